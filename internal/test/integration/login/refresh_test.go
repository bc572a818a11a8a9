package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// shortLived gives access tokens of 30 s.
func shortLived(c *setup) { c.client.lifetime = 30 }

const (
	lifetime    = 30 * time.Second
	defaultIdle = time.Hour
)

// The provider ends the session at the second use of a refresh token.
func TestManyRequestsRefreshOnce(t *testing.T) {
	s := newScene(t, panva.Get(t), shortLived)
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	former := s.fetch(tab, "/token", 1)[0].Text
	require.Zero(t, s.calls.count("refresh_token"))
	for range 3 {
		s.advance(lifetime + time.Second)
		tokens := map[string]bool{}
		for _, got := range s.fetch(tab, "/token", 20) {
			require.Equal(t, http.StatusOK, got.Status)
			tokens[got.Text] = true
		}
		require.Len(t, tokens, 1)
		require.False(t, tokens[former])
		require.Equal(t, 1, s.calls.count("refresh_token"))
	}
	tab.Documents()
	tab.Go(s.url + "/me")
	s.sees(tab, "/me", "row-1")
	require.Equal(t, []string{"/me"}, s.visits(tab))
	require.Equal(t, 3, s.happened(decision.Refreshed))
	require.Empty(t, s.refusals())
}

// A logout at the provider ends the refresh token, which the service learns when it needs the next token.
func TestLogoutAtTheProviderOnly(t *testing.T) {
	s := newScene(t, panva.Get(t), shortLived, func(c *setup) { c.client.sid = false })
	s.withoutBackChannel(t)
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	tab.Go(s.issuer() + "/session/end")
	s.signOut(tab)
	tab.Await("#done")
	tab.Go(s.url + "/public")
	require.Equal(t, http.StatusOK, s.fetch(tab, "/me", 1)[0].Status, "the access token lives")

	s.advance(lifetime + time.Second)
	got := s.fetch(tab, "/me", 1)[0]
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.Equal(t, reason.RefreshRefused, s.decision(t, got.Decision).Reason)
	require.Equal(t, []reason.Reason{reason.RefreshRefused}, s.endings())
	tab.Documents()
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
}

func TestProviderEndsBeforeTheCodeIsExchanged(t *testing.T) {
	op := own(t)
	s := newScene(t, op)
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	s.calls.once("authorization_code", func() { op.Kill(t) })
	s.signIn(tab, "alice")
	require.Equal(t, reason.ProviderUnavailable, s.explained(tab, "Sign-in is not possible right now").Reason)
	require.Equal(t, []string{"/me", "/auth/callback"}, s.visits(tab))
	again(tab)
	require.Equal(t, reason.ProviderUnavailable, s.explained(tab, "Sign-in is not possible right now").Reason)
	require.Equal(t, []string{"/auth/login"}, s.visits(tab))

	op.Restart(t)
	s.advance(time.Minute) // after which the service asks again
	again(tab)
	s.signIn(tab, "alice")
	s.sees(tab, "/me", "row-1")
	require.Equal(t, []string{"/auth/login", "/auth/callback", "/me"}, s.visits(tab))
}

func TestProviderEndsDuringARefresh(t *testing.T) {
	op := own(t)
	s := newScene(t, op, shortLived)
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	s.advance(lifetime - 5*time.Second) // the rest is for the browser
	s.calls.once("refresh_token", func() { op.Kill(t) })
	require.Equal(t, http.StatusOK, s.fetch(tab, "/me", 1)[0].Status, "the access token lives")
	require.Equal(t, 1, s.calls.count("refresh_token"))

	s.advance(5 * time.Second)
	got := s.fetch(tab, "/me", 1)[0]
	require.Equal(t, http.StatusServiceUnavailable, got.Status)
	require.Equal(t, reason.ProviderUnavailable, s.decision(t, got.Decision).Reason)
	tab.Documents()
	tab.Go(s.url + "/me")
	require.Equal(t, reason.ProviderUnavailable, s.explained(tab, "Sign-in is not possible right now").Reason)
	require.Equal(t, []string{"/me"}, s.visits(tab))
	require.Empty(t, s.endings())

	op.Restart(t) // it has forgotten the refresh token
	s.advance(time.Minute)
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	require.Equal(t, []reason.Reason{reason.RefreshRefused}, s.endings())
}
