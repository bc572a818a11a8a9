package login_test

import (
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// signedOut returns the reasons of all events about the end of a session.
func (w *world) signedOut() (out []reason.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Kind == decision.SignedOut {
			out = append(out, e.SignOut.Reason)
		}
	}
	return out
}

// A back-channel logout names a session at the provider. The first request that finds its own session ended by it reports the end, and the
// other requests of the page do not.
func TestEndOfASessionByBackChannelLogoutIsReportedOnce(t *testing.T) {
	for name, path := range map[string]string{"Require": "/", "Optional": "/welcome"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, setup{})
			w.mux.Handle("/welcome", w.rp.Optional(http.NotFoundHandler()))
			b := w.browser()
			require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
			w.endAtProvider(t)
			var all sync.WaitGroup
			for range 8 {
				own := w.browser()
				own.jar, own.client.Jar = b.jar, b.jar
				all.Go(func() { _, _ = own.try(http.MethodGet, w.app.URL+path, nil, fetching()) })
			}
			all.Wait()
			require.Equal(t, []reason.Reason{reason.TokenRevoked}, w.signedOut())
			require.False(t, w.isSignedIn(b))
			require.Equal(t, []reason.Reason{reason.TokenRevoked}, w.signedOut())
		})
	}
}

// A copy of a cookie can be sent at any time, so its requests are refused and report no end.
func TestEndOfASessionInACookieIsRefusedOnly(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = true }})
	b := w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	w.endAtProvider(t)
	require.False(t, w.isSignedIn(b))
	require.Empty(t, w.signedOut())
	kinds := w.kinds()
	require.Equal(t, decision.Refused, kinds[len(kinds)-1])
}

// endAtProvider sends a logout token about all sessions of alice.
func (w *world) endAtProvider(t *testing.T) {
	t.Helper()
	token := w.op.LogoutToken(oidctest.ClientID, oidctest.Claims{"sub": "alice"})
	v := w.browser().send(http.MethodPost, w.app.URL+"/auth/backchannel-logout", url.Values{"logout_token": {token}}, http.Header{})
	require.Equal(t, http.StatusOK, v.status)
}

// The refusal of a request whose session the store cannot delete names the issuer of the session.
func TestStoreThatFailsAtTheEndOfASession(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b := w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	w.endAtProvider(t)
	store.undeletable.Store(true)
	require.Equal(t, http.StatusServiceUnavailable, b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
	require.Equal(t, w.op.Issuer(), w.refusal(t).Issuer)
	require.False(t, w.isSignedIn(b))
}
