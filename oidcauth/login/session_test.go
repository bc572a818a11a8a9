package login_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// countedStore counts its calls, and fails by choice.
type countedStore struct {
	*login.Memory
	finds, writes atomic.Int32
	failing       atomic.Bool
	undeletable   atomic.Bool

	failAfterSwaps atomic.Int32 // if not 0: so many swaps succeed, and then all fail
	swaps          atomic.Int32
}

var errDown = errors.New("the store is down")

func (s *countedStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	s.finds.Add(1)
	if s.failing.Load() {
		return nil, false, errDown
	}
	return s.Memory.FindCtx(ctx, token)
}

func (s *countedStore) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	s.writes.Add(1)
	if s.failing.Load() {
		return errDown
	}
	return s.Memory.CommitCtx(ctx, token, value, expiry)
}

func (s *countedStore) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	s.writes.Add(1)
	if most := s.failAfterSwaps.Load(); s.failing.Load() || most > 0 && s.swaps.Add(1) > most {
		return false, errDown
	}
	return s.Memory.SwapCtx(ctx, token, old, value, expiry)
}

func (s *countedStore) DeleteCtx(ctx context.Context, token string) error {
	s.writes.Add(1)
	if s.failing.Load() || s.undeletable.Load() {
		return errDown
	}
	return s.Memory.DeleteCtx(ctx, token)
}

// countedWorld is a world whose store is counted.
func countedWorld(t *testing.T, s setup) (*world, *countedStore) {
	t.Helper()
	store := &countedStore{}
	change := s.login
	var w *world
	s.login = func(c *login.Config) {
		store.Memory = &login.Memory{Now: w0(&w)}
		c.Sessions.Store = store
		if change != nil {
			change(c)
		}
	}
	w = &world{t: t, op: oidctest.New(t)}
	w.start()
	w.register(s)
	w.op.AutoLogin("alice")
	w.rp = w.relyingParty(s)
	w.serve(w.routes(w.rp))
	return w, store
}

func w0(w **world) func() time.Time { return func() time.Time { return (*w).op.Now() } }

func TestRequestAsksTheStoreOnce(t *testing.T) {
	w, store := countedWorld(t, setup{login: func(c *login.Config) { c.Sessions.Idle = 16 * time.Minute }})
	b := w.browser()
	b.open(w.app.URL + "/")
	store.finds.Store(0)
	store.writes.Store(0)
	for range 5 {
		require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	}
	require.EqualValues(t, 5, store.finds.Load())
	require.Zero(t, store.writes.Load())

	w.op.Advance(2*time.Minute + time.Second) // more than an eighth
	for range 5 {
		require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	}
	require.EqualValues(t, 1, store.writes.Load())
}

func TestStoreThatCannotBeAsked(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b, late := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	at := late.callback(w, "/orders")
	store.failing.Store(true)
	for _, try := range []struct {
		name string
		do   func() visit
	}{
		{"a page", func() visit { return b.open(w.app.URL + "/") }},
		{"a script", func() visit { return b.send(http.MethodGet, w.app.URL+"/", nil, fetching()) }},
		{"a callback", func() visit { return late.open(at) }},
		{"a logout", func() visit { return b.send(http.MethodPost, w.app.URL+"/auth/logout", nil, navigation()) }},
	} {
		t.Run(try.name, func(t *testing.T) {
			v := try.do()
			require.Equal(t, http.StatusServiceUnavailable, v.status, v.body)
			require.Zero(t, v.hops)
			require.NotEmpty(t, v.header.Get("Retry-After"))
			require.NotContains(t, v.body, errDown.Error())
		})
	}
	store.failing.Store(false)
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
}

func TestSessionCookie(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	v := b.step(http.MethodGet, b.callback(w, "/"), nil, navigation())
	var found *http.Cookie
	for _, line := range v.header["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		require.NoError(t, err)
		if c.Name == "__Host-session" {
			found = c
		}
	}
	require.NotNil(t, found)
	require.True(t, found.Secure && found.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, found.SameSite)
	require.Equal(t, "/", found.Path)
	require.Empty(t, found.Domain)
	require.Len(t, found.Value, 43)
	require.Equal(t, "no-store", v.header.Get("Cache-Control"))
	require.Equal(t, "no-referrer", v.header.Get("Referrer-Policy"))
}

// The store has neither the ID of the session nor a token, so a reader of the store cannot act as the user.
func TestStoreHoldsNoSecret(t *testing.T) {
	w := newWorld(t, setup{})
	store := &recordingStore{Memory: &login.Memory{}}
	w.serve(w.routes(w.relyingParty(setup{login: func(c *login.Config) { c.Sessions.Store = store }})))
	b := w.browser()
	b.open(w.app.URL + "/")
	token := b.open(w.app.URL + "/token").body
	require.NotEmpty(t, token)
	text := strings.Join(store.seen, "\n")
	require.NotEmpty(t, text)
	for _, secret := range []string{b.cookie(w, "__Host-session").Value, token, "alice", "access"} {
		require.NotContains(t, text, secret)
	}
}

type recordingStore struct {
	*login.Memory
	seen []string
}

func (s *recordingStore) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	s.seen = append(s.seen, token, string(value))
	return s.Memory.CommitCtx(ctx, token, value, expiry)
}

func TestSessionEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		login func(*login.Config)
	}{
		{"in a store", func(*login.Config) {}},
		{"in a cookie", func(c *login.Config) { c.Sessions.InCookie = true }},
	} {
		limited := func(lc *login.Config) {
			c.login(lc)
			lc.Sessions.Idle, lc.Sessions.Absolute = 30*time.Minute, 2*time.Hour
		}
		status := func(w *world, b *browser) int {
			return b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status
		}
		t.Run("idle, "+c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: limited})
			b := w.browser()
			b.open(w.app.URL + "/")
			for range 3 {
				w.op.Advance(29 * time.Minute)
				require.Equal(t, http.StatusOK, status(w, b))
			}
			w.op.Advance(31 * time.Minute)
			require.Equal(t, http.StatusUnauthorized, status(w, b))
		})
		t.Run("absolute, "+c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: limited})
			b := w.browser()
			b.open(w.app.URL + "/")
			for range 5 {
				w.op.Advance(23 * time.Minute)
				require.Equal(t, http.StatusOK, status(w, b))
			}
			w.op.Advance(6 * time.Minute)
			require.Equal(t, http.StatusUnauthorized, status(w, b))
		})
	}
}

func TestLoginBeginsASessionWithANewID(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	planted := strings.Repeat("A", 43)
	b.setCookie(w, "__Host-session", planted)
	b.open(w.app.URL + "/")
	first := b.cookie(w, "__Host-session").Value
	require.NotEqual(t, planted, first)
	b.open(w.app.URL + "/auth/login")
	second := b.cookie(w, "__Host-session").Value
	require.NotEqual(t, first, second)

	other := w.browser()
	for _, old := range []string{planted, first} {
		other.setCookie(w, "__Host-session", old)
		require.Equal(t, http.StatusUnauthorized, other.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	}
	require.Equal(t, http.StatusOK, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
}

func TestSessionInACookie(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = true }})
	b := w.browser()
	require.Equal(t, "GET /orders user=user-alice sub=alice", b.open(w.app.URL+"/orders").body)
	value := b.cookie(w, "__Host-session").Value
	require.NotContains(t, value, "alice")
	v := b.open(w.app.URL + "/token")
	require.Equal(t, http.StatusBadGateway, v.status)
	require.Contains(t, v.body, login.ErrNoToken.Error())

	for _, bad := range []string{value[:len(value)-1], value + "A", value[1:], ""} {
		b.setCookie(w, "__Host-session", bad)
		require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	}
}

func TestSessionThatIsTooLargeForACookie(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = true }})
	w.op.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"groups": strings.Repeat("group ", 700)}})
	b := w.browser()
	v := b.open(w.app.URL + "/")
	require.Equal(t, http.StatusInternalServerError, v.status)
	require.Equal(t, 2, v.hops)
	require.Contains(t, w.logged(), "session_too_large")
	require.Nil(t, b.cookie(w, "__Host-session"))
}

func TestKeysAreRotated(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		w := newWorld(t, setup{})
		store := &login.Memory{}
		party := func(keys ...[]byte) http.Handler {
			return w.routes(w.relyingParty(setup{login: func(c *login.Config) {
				c.Keys = keys
				if c.Sessions.InCookie = inCookie; !inCookie {
					c.Sessions.Store = store
				}
			}}))
		}
		w.serve(party(key(1)))
		b := w.browser()
		b.open(w.app.URL + "/")
		at := b.callback(w, "/auth/login?return_to=/late")
		w.serve(party(key(2), key(1)))
		require.Equal(t, http.StatusOK, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
		require.Equal(t, "/late", b.step(http.MethodGet, at, nil, navigation()).header.Get("Location"))
		w.serve(party(key(3)))
		require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	}
}

func TestDisabledUserIsRefusedWithTheNextRequest(t *testing.T) {
	var disabled atomic.Bool
	w := newWorld(t, setup{auth: func(c *authConfig) { c.Users = toggledUsers(&disabled) }})
	b := w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	disabled.Store(true)
	v := b.open(w.app.URL + "/")
	require.GreaterOrEqual(t, v.status, 400)
	require.LessOrEqual(t, v.hops, 3)
	require.Contains(t, w.logged(), "user_disabled")
}
