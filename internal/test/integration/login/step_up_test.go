package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// session returns the value of the cookie of the session.
func (s *scene) session(tab *browser.Tab) string {
	tab.Helper()
	for _, c := range tab.Cookies(s.url) {
		if c.Name == "session" {
			return c.Value
		}
	}
	require.Fail(tab, "no session")
	return ""
}

func TestStepUpByACR(t *testing.T) {
	op := panva.Get(t)
	s := newScene(t, op)
	s.withoutBackChannel(t) // by which the provider ends the session of a user who signs in as another one
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	before := s.session(tab)
	got := s.fetch(tab, "/strong", 1)[0]
	require.Equal(t, http.StatusUnauthorized, got.Status, "a script is not redirected")
	require.Equal(t, reason.InsufficientUserAuthentication, s.decision(t, got.Decision).Reason)

	tab.Documents()
	tab.Go(s.url + "/strong")
	op.signInWith(tab, "alice", oidcprovider.ByPassword)
	require.Equal(t, reason.InsufficientUserAuthentication, s.explained(tab, "Sign-in did not work").Reason)
	require.Equal(t, []string{"/strong", "/auth/callback"}, s.visits(tab))
	require.Equal(t, before, s.session(tab), "the session goes on")

	tab.Go(s.url + "/strong")
	op.signInWith(tab, "carol", oidcprovider.ByTwoFactors)
	require.Equal(t, reason.LoginChanged, s.explained(tab, "Sign-in did not work").Reason)
	require.Equal(t, []string{"/strong", "/auth/callback"}, s.visits(tab))
	require.Equal(t, before, s.session(tab), "it is another user's login")
	tab.Go(s.url + "/me")
	s.sees(tab, "/me", "row-1")
}

func TestStepUpSucceeds(t *testing.T) {
	op := panva.Get(t)
	s := newScene(t, op)
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	before := s.session(tab)
	tab.Documents()
	tab.Go(s.url + "/strong")
	op.signInWith(tab, "alice", oidcprovider.ByTwoFactors)
	s.sees(tab, "/strong", "row-1")
	require.Equal(t, []string{"/strong", "/auth/callback", "/strong"}, s.visits(tab))
	require.NotEqual(t, before, s.session(tab), "a step-up begins a session with a new ID")
	tab.SetCookie(s.url, "session", before)
	require.Equal(t, http.StatusUnauthorized, s.fetch(tab, "/me", 1)[0].Status, "the former one has ended")
}

func TestStepUpByMaxAge(t *testing.T) {
	op := own(t)
	s := newScene(t, op)
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	tab.Go(s.url + "/recent")
	s.sees(tab, "/recent", "row-1")
	tab.Documents()
	t.Run("the user authenticates again", func(t *testing.T) {
		s.advance(5 * time.Minute)
		op.SetClock(t, 5*time.Minute)
		tab.Go(s.url + "/recent")
		s.signIn(tab, "alice")
		s.sees(tab, "/recent", "row-1")
		require.Equal(t, []string{"/recent", "/auth/callback", "/recent"}, s.visits(tab))
		require.Empty(t, s.refusals())
	})
	// The provider takes the authentication for recent.
	t.Run("the clock of the provider is behind", func(t *testing.T) {
		s.advance(5 * time.Minute)
		tab.Go(s.url + "/recent")
		require.Equal(t, "Sign-in did not work", title(tab))
		require.Equal(t, []string{"/recent", "/auth/callback"}, s.visits(tab))
	})
}

// title returns the title of an explaining page.
func title(tab *browser.Tab) string {
	tab.Helper()
	tab.Await(".note code")
	return browser.Eval[string](tab, `document.querySelector("h1").innerText`)
}

func TestClocksApart(t *testing.T) {
	op := own(t)
	t.Run("provider ahead", func(t *testing.T) {
		op.SetClock(t, 2*time.Minute)
		s := newScene(t, op)
		tab := browser.Open(t)
		tab.Go(s.url + "/me")
		s.signIn(tab, "alice")
		d := s.explained(tab, "Sign-in did not work")
		require.Equal(t, reason.NotYetValid, d.Reason)
		require.Contains(t, d.HintCodes(), "id_token_clock")
		require.Equal(t, []string{"/me", "/auth/callback"}, s.visits(tab))
	})
	t.Run("provider ahead, within the leeway", func(t *testing.T) {
		op.SetClock(t, 2*time.Minute)
		s := newScene(t, op, func(c *setup) { c.auth.Issuers[0].Leeway = oidcauth.Exactly(3 * time.Minute) })
		tab := browser.Open(t)
		s.signsIn(tab, "/me", "alice")
		require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	})
	t.Run("provider behind", func(t *testing.T) {
		op.SetClock(t, -2*time.Minute)
		s := newScene(t, op)
		tab := browser.Open(t)
		s.signsIn(tab, "/me", "alice")
		require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	})
}
