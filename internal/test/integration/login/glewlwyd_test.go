package login_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// rowing is an issuer of a Glewlwyd. Its login page is empty: scripts do here what its own page does.
type rowing struct {
	*glewlwyd.Server
	*glewlwyd.Issuer
}

func newRowing(t *testing.T) rowing {
	t.Helper()
	s, err := glewlwyd.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return rowing{s, s.Issuer("ES256")}
}

func (g rowing) issuer() string { return g.URL }
func (g rowing) secret() string { return glewlwyd.Secret }

func (g rowing) register(tb testing.TB, c client) {
	tb.Helper()
	require.NoError(tb, g.Add(glewlwyd.Client{ID: c.id, RedirectURI: c.callback, BackChannel: c.backChannel}))
}

// signIn posts name and password, and goes on with the request.
func (g rowing) signIn(tab *browser.Tab, user string) {
	tab.Helper()
	status := browser.Eval[int](tab, fmt.Sprintf(`fetch("/api/auth/", {
		method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({username: %q, password: %q}),
	}).then(r => r.status)`, user, glewlwyd.Password), awaitPromise)
	require.Equal(tab, http.StatusOK, status)
	browser.Eval[chromedp.Void](tab, `location = new URLSearchParams(location.search).get("callback_url") + "&g_continue"`)
}

func (g rowing) signOut(*browser.Tab) {}

// Glewlwyd posts a logout token when the user ends the session there.
func TestGlewlwyd(t *testing.T) {
	op := newRowing(t)
	s := newScene(t, op, func(c *setup) { // sub is random
		c.auth.Issuers[0].Claims.User = claims.Name("email")
		c.auth.Users = usermap.NewTable(usermap.Entry{Value: "alice@example.test", User: usermap.User{ID: "row-1", Name: "Alice", Enabled: true}})
	})
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	require.Empty(t, s.refusals())
	sid := browser.Eval[string](tab, `document.querySelector("#sid").innerText`)

	second := tab.Another()
	second.Go(op.URL + "/.well-known/openid-configuration")
	ended := browser.Eval[int](second, fmt.Sprintf(`fetch(%q, {method: "DELETE"}).then(r => r.status)`, op.URL+"/session/"+sid), awaitPromise)
	require.Equal(t, http.StatusOK, ended)
	<-s.loggedOut
	got := s.fetch(tab, "/me", 1)[0]
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.Equal(t, reason.TokenRevoked, s.decision(t, got.Decision).Reason)
}
