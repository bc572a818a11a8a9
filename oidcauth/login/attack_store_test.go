package login_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/usermap"
)

// Stores that answer with anything.
type lyingStore struct {
	*login.Memory
	answer func(token string) ([]byte, bool, error)
}

func (s lyingStore) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.answer(token)
}

// The store answers with garbage, or with the session of another user: someone can write to it.
func TestAttackStoreThatLies(t *testing.T) {
	memory := &login.Memory{}
	var tokens []string
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.Store = memory }})
	w.op.AutoLogin("mallory")
	mallory, alice := w.browser(), w.browser()
	mallory.open(w.app.URL + "/")
	var value []byte
	spy := lyingStore{memory, func(token string) ([]byte, bool, error) {
		tokens = append(tokens, token)
		v, found, err := memory.FindCtx(t.Context(), token)
		value = v
		return v, found, err
	}}
	w.serve(w.routes(w.relyingParty(setup{login: func(c *login.Config) { c.Sessions.Store = spy }})))
	require.True(t, w.isSignedIn(mallory))
	ofMallory := value
	w.op.AutoLogin("alice")
	alice.open(w.app.URL + "/")
	require.True(t, w.isSignedIn(alice))
	require.NotEmpty(t, tokens)
	for _, c := range []struct {
		name   string
		answer func() ([]byte, bool, error)
		status int
	}{
		{"the session of another user", func() ([]byte, bool, error) { return ofMallory, true, nil }, 401},
		{"garbage", func() ([]byte, bool, error) { return []byte(`{"v":1,"e":{"sub":"admin"}}`), true, nil }, 401},
		{"nothing", func() ([]byte, bool, error) { return nil, true, nil }, 401},
		{"too much", func() ([]byte, bool, error) { return make([]byte, 1<<20), true, nil }, 401},
		{"an error beside a value", func() ([]byte, bool, error) { return ofMallory, true, errDown }, 503},
	} {
		t.Run(c.name, func(t *testing.T) {
			lying := lyingStore{memory, func(string) ([]byte, bool, error) { return c.answer() }}
			w.serve(w.routes(w.relyingParty(setup{login: func(l *login.Config) { l.Sessions.Store = lying }})))
			require.Equal(t, c.status, w.status(t, "__Host-session="+alice.cookie(w, "__Host-session").Value))
		})
	}
}

// panickingStore panics by choice.
type panickingStore struct {
	*login.Memory
	on atomic.Bool
}

func (s *panickingStore) check() {
	if s.on.Load() {
		panic("store")
	}
}

func (s *panickingStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	s.check()
	return s.Memory.FindCtx(ctx, token)
}

func (s *panickingStore) DeleteCtx(ctx context.Context, token string) error {
	s.check()
	return s.Memory.DeleteCtx(ctx, token)
}

func (s *panickingStore) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	s.check()
	return s.Memory.SwapCtx(ctx, token, old, value, expiry)
}

// A panic of the store or of the finder ends its request, admits no one, and leaves nothing locked.
func TestAttackPanicOfTheStoreOrTheFinder(t *testing.T) {
	store := &panickingStore{Memory: &login.Memory{}}
	var finder atomic.Bool
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.Store = store }, auth: func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			if finder.Load() {
				panic("finder")
			}
			return []usermap.User{{ID: q.Value, Enabled: true}}, nil
		})
	}})
	w.app.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b, late := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	for _, on := range []*atomic.Bool{&store.on, &finder} {
		at := late.callback(w, "/")
		on.Store(true)
		for _, c := range []struct {
			b            *browser
			method, path string
			header       http.Header
		}{
			{late, "POST", strings.TrimPrefix(at, w.app.URL), navigation()},
			{late, "GET", strings.TrimPrefix(at, w.app.URL), navigation()},
			{b, "GET", "/", fetching()},
			{b, "GET", "/token", fetching()},
		} {
			v, err := c.b.try(c.method, w.app.URL+c.path, nil, c.header)
			require.True(t, err != nil || v.status >= 400, "%s %s: %d", c.method, c.path, v.status)
		}
		require.Nil(t, late.cookie(w, "__Host-session"))
		on.Store(false)
		require.True(t, w.isSignedIn(b))
		w.op.Advance(30 * time.Minute)
	}
	require.Equal(t, http.StatusOK, b.send(http.MethodGet, w.app.URL+"/token", nil, fetching()).status)
}
