package login_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// signsOut signs the user out here, and at the provider.
func (s *scene) signsOut(tab *browser.Tab) {
	tab.Helper()
	tab.Go(s.url + "/auth/logout")
	press(tab, "main button")
	s.signOut(tab)
	tab.Await("main li a")
	require.Contains(tab, tab.Location(), s.url+"/auth/logged-out")
	require.Contains(tab, tab.Text(), "You are signed out")
}

func TestLogoutEndsBothSessions(t *testing.T) {
	for name, p := range map[string]func(*testing.T) idp{
		"oidc-provider": func(t *testing.T) idp { return panva.Get(t) },
		"zitadel":       func(t *testing.T) idp { return newExample(t) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, p(t))
			tab := browser.Open(t)
			s.signsIn(tab, "/me", "alice")
			session := s.session(tab)
			tab.Go(s.url + "/auth/logout")
			tab.Go(s.url + "/me")
			s.sees(tab, "/me", "row-1")
			tab.Documents()
			s.signsOut(tab)
			require.Equal(t, []string{"/auth/logout", "POST /auth/logout", "/auth/logged-out"}, s.visits(tab))
			require.Empty(t, tab.Cookies(s.url))
			require.Equal(t, []reason.Reason{""}, s.endings())
			tab.SetCookie(s.url, "session", session)
			tab.Go(s.url + "/public")
			require.Equal(t, http.StatusUnauthorized, s.fetch(tab, "/me", 1)[0].Status, "a copy of the cookie is of no use")

			tab.Go(s.url + "/auth/login")
			s.signIn(tab, "alice") // the provider asks again
			s.sees(tab, "/", "")
		})
	}
}

// Two services share the session at the provider. The logout at one of them reaches the other one without the browser.
func TestBackChannelLogout(t *testing.T) {
	op := own(t)
	for name, sid := range map[string]bool{"with sid": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			of := func(c *setup) { c.client.sid = sid }
			here, there := newScene(t, op, of), newScene(t, op, of, func(c *setup) { c.login.CookieName = "other" })
			tab, other := browser.Open(t), browser.Open(t)
			here.signsIn(tab, "/me", "alice")
			tab.Go(there.url + "/me") // the provider knows the user
			there.sees(tab, "/me", "row-1")
			there.signsIn(other, "/me", "carol")
			second := tab.Another()
			here.signsOut(second)
			require.Equal(t, 1, there.happened(decision.LoggedOut))

			got := there.fetch(tab, "/me", 1)[0]
			require.Equal(t, http.StatusUnauthorized, got.Status)
			require.Equal(t, reason.TokenRevoked, there.decision(t, got.Decision).Reason)
			require.Equal(t, http.StatusOK, there.fetch(other, "/me", 1)[0].Status, "another user's")
			tab.Documents()
			op.SetClock(t, 2*time.Second) // a login in the very second of a logout of the user would be refused
			there.signsIn(tab, "/me", "alice")
			require.Equal(t, []string{"/me", "/auth/callback", "/me"}, there.visits(tab))
			op.SetClock(t, 0)
		})
	}
}

// withoutBackChannel has the provider post no logout token to the service.
func (s *scene) withoutBackChannel(t *testing.T) {
	t.Helper()
	panva.Get(t).Add(t, oidcprovider.Client{
		ID: s.id, RedirectURIs: []string{s.url + "/auth/callback"}, AfterLogout: []string{s.url + "/auth/logged-out"}, Lifetime: int(lifetime.Seconds()),
	})
}
