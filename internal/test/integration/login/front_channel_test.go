package login_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// fake is the provider of oidctest. It alone has front-channel logout as it is specified: the portal of LemonLDAP::NG sends the name of
// the user as sid, and the others have none.
type fake struct{ *oidctest.Provider }

func newFake(t *testing.T) fake {
	t.Helper()
	p := oidctest.New(t)
	for name := range rows {
		p.AddUser(oidctest.User{Name: name})
	}
	return fake{p}
}

func (f fake) issuer() string { return f.Issuer() }
func (f fake) secret() string { return "integration-test-client-secret-0123456789" }

func (f fake) register(_ testing.TB, c client) {
	f.Register(oidctest.Client{
		ID: c.id, Secret: f.secret(), RedirectURIs: []string{c.callback}, PostLogoutRedirectURIs: []string{c.afterLogout},
		FrontChannelLogoutURI: c.frontChannel,
	})
}

func (f fake) signIn(tab *browser.Tab, user string) {
	tab.Helper()
	fill(tab, "[name=username]", user)
	press(tab, "form button")
}

// signOut leaves the page that has the frames, once they are loaded.
func (f fake) signOut(tab *browser.Tab) {
	tab.Helper()
	tab.Await("p a")
	const loaded = `new Promise(r => document.readyState === "complete" ? r() : addEventListener("load", () => r()))`
	browser.Eval[chromedp.Void](tab, loaded, awaitPromise)
	press(tab, "p a")
}

// The frame is of another site than the service, so it has no cookie.
func TestFrontChannelLogout(t *testing.T) {
	p := newFake(t)
	here, there := newScene(t, p), newScene(t, p, func(c *setup) { c.login.CookieName = "other" })
	tab, other := browser.Open(t), browser.Open(t)
	here.signsIn(tab, "/me", "alice")
	tab.Go(there.url + "/me") // the provider knows the user
	there.sees(tab, "/me", "row-1")
	there.signsIn(other, "/me", "alice")
	second := tab.Another()
	here.signsOut(second)

	got := there.fetch(tab, "/me", 1)[0]
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.Equal(t, reason.SessionUnknown, there.decision(t, got.Decision).Reason)
	require.Equal(t, 1, there.happened(decision.SignedOut))
	require.Equal(t, http.StatusOK, there.fetch(other, "/me", 1)[0].Status, "the session of another browser")
	tab.Documents()
	there.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, there.visits(tab))
}
