package login_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"golang.org/x/oauth2"
)

func TestTokensAreRefreshedBeforeTheyExpire(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	first := b.open(w.app.URL + "/token").body
	w.op.Advance(4*time.Minute - 10*time.Second) // the times of a token are whole seconds
	require.Equal(t, first, b.open(w.app.URL+"/token").body)
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
	w.op.Advance(20 * time.Second) // a token of 5 minutes has less than one
	second := b.open(w.app.URL + "/token").body
	require.NotEqual(t, first, second)
	require.Equal(t, second, b.open(w.app.URL+"/token").body)
	require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
	for range 5 { // each refresh token is used once
		w.op.Advance(5 * time.Minute)
		require.Equal(t, http.StatusOK, b.open(w.app.URL+"/token").status)
	}
	require.Equal(t, 7, w.op.Requests(oidctest.TokenEndpoint))
}

func TestRequestThatRefreshesIsAcceptedOnce(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	accepted := func() (n int) {
		for _, kind := range w.kinds() {
			if kind == decision.Accepted {
				n++
			}
		}
		return n
	}
	before := accepted()
	w.op.Advance(4*time.Minute + 30*time.Second)
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint), "no refresh")
	require.Equal(t, before+1, accepted())
}

// Five replicas share a store, and each gets requests of the same session at the moment of a refresh.
func TestReplicasRefreshOnceForEachExpiry(t *testing.T) {
	store := &login.Memory{}
	w := newWorld(t, setup{})
	s := setup{login: func(c *login.Config) { c.Sessions.Store = store }}
	var replicas []http.Handler
	for range 5 {
		replicas = append(replicas, w.routes(w.relyingParty(s)))
	}
	var next int
	var mu sync.Mutex
	w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		next++
		own := replicas[next%len(replicas)]
		mu.Unlock()
		own.ServeHTTP(rw, r)
	}))
	b := w.browser()
	b.open(w.app.URL + "/")
	logins := w.op.Requests(oidctest.TokenEndpoint)
	for turn := range 3 {
		w.op.Advance([]time.Duration{4*time.Minute + 30*time.Second, 6 * time.Minute, 10 * time.Minute}[turn])
		var wait sync.WaitGroup
		for range 20 {
			own := w.browser()
			own.client.Jar = copyOf(t, w, b)
			wait.Go(func() {
				v, err := own.try(http.MethodGet, w.app.URL+"/token", nil, fetching())
				if err != nil || v.status != http.StatusOK {
					t.Errorf("%v %d %s", err, v.status, v.body)
				}
			})
		}
		wait.Wait()
		require.Equal(t, logins+turn+1, w.op.Requests(oidctest.TokenEndpoint))
	}
}

func TestTransientFailureOfARefreshKeepsTheSession(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	first := b.open(w.app.URL + "/token").body
	w.op.Fail(oidctest.TokenEndpoint, oidctest.Fault{Status: http.StatusBadGateway})
	w.op.Advance(4*time.Minute + time.Second)
	require.Equal(t, first, b.open(w.app.URL+"/token").body)
	asked := w.op.Requests(oidctest.TokenEndpoint)
	require.Equal(t, first, b.open(w.app.URL+"/token").body)
	require.Equal(t, asked, w.op.Requests(oidctest.TokenEndpoint)) // not asked again at once

	w.op.Advance(time.Minute) // the token has expired
	v := b.open(w.app.URL + "/")
	require.Equal(t, http.StatusServiceUnavailable, v.status)
	require.Zero(t, v.hops)
	require.Contains(t, w.logged(), "provider_unavailable")

	w.op.Fail(oidctest.TokenEndpoint, oidctest.Fault{})
	w.op.Advance(10 * time.Second)
	v = b.open(w.app.URL + "/token")
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.Zero(t, v.hops)
	require.NotEqual(t, first, v.body)
}

func TestRefusedRefreshEndsTheSession(t *testing.T) {
	w := newWorld(t, setup{client: func(c *oidctest.Client) { c.BackChannelLogoutURI = "" }})
	b := w.browser()
	b.open(w.app.URL + "/")
	require.NoError(t, w.op.SignOut("alice"))
	require.Equal(t, http.StatusOK, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	w.op.Advance(4*time.Minute + time.Second)
	v := b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Contains(t, w.logged(), "refresh_refused")
	require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	v = b.open(w.app.URL + "/orders")
	require.Equal(t, "GET /orders user=user-alice sub=alice", v.body)
	require.Equal(t, 3, v.hops)
}

func TestRefreshAboutAnotherUserEndsTheSession(t *testing.T) {
	for _, change := range []oidctest.Claims{{"sub": "mallory"}, {"iss": "https://evil.example"}, {"aud": "another-client"}} {
		w := newWorld(t, setup{})
		b := w.browser()
		b.open(w.app.URL + "/")
		w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: change}})
		w.op.Advance(4*time.Minute + time.Second)
		require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status, change)
		w.op.FailLogin(oidctest.LoginFault{})
		require.Equal(t, http.StatusUnauthorized, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status, change)
	}
}

func TestRefreshWithoutAnIDTokenOrANewRefreshToken(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.FailLogin(oidctest.LoginFault{Token: oidctest.Claims{"id_token": nil}})
	w.op.Advance(4*time.Minute + time.Second)
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
	require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
}

// A session whose provider issues no refresh token goes on, and its access token is not used after its end.
func TestSessionWithoutARefreshToken(t *testing.T) {
	w := newWorld(t, setup{})
	w.op.FailLogin(oidctest.LoginFault{Token: oidctest.Claims{"refresh_token": nil}})
	b := w.browser()
	b.open(w.app.URL + "/")
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/token").status)
	w.op.Advance(6 * time.Minute)
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
	require.Equal(t, http.StatusBadGateway, b.open(w.app.URL+"/token").status)
}

// A browser that goes away while its request refreshes does not lose the only refresh token that is still valid.
func TestRefreshGoesOnWithoutItsRequest(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.Advance(6 * time.Minute)
	began := make(chan struct{})
	handler := *w.handler.Load()
	w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := contextThatEnds(r.Context())
		cancel()
		close(began)
		handler.ServeHTTP(rw, r.WithContext(ctx))
	}))
	b.send(http.MethodGet, w.app.URL+"/token", nil, fetching())
	<-began
	w.serve(handler)
	v := b.open(w.app.URL + "/token")
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.Zero(t, v.hops)
	require.LessOrEqual(t, w.op.Requests(oidctest.TokenEndpoint), 2)
}

// A store that fails after the provider has rotated the refresh token does not end the session.
func TestStoreThatFailsDuringARefresh(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.Advance(6 * time.Minute)
	store.failAfterSwaps.Store(1) // the lease is stored, and the tokens are not
	v := b.open(w.app.URL + "/token")
	require.Equal(t, http.StatusServiceUnavailable, v.status)
	require.Zero(t, v.hops)
	store.failAfterSwaps.Store(0)
	v = b.open(w.app.URL + "/token")
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.Zero(t, v.hops)
	require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint))
}

func TestContextWithoutASession(t *testing.T) {
	_, err := login.TokenSource(t.Context()).Token()
	require.ErrorIs(t, err, login.ErrNoSession)
	var _ oauth2.TokenSource = login.TokenSource(t.Context())
	require.False(t, errors.Is(err, login.ErrNoToken))
}
