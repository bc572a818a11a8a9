package login_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

// portal is a LemonLDAP::NG.
type portal struct{ *lemonldap.Server }

func newPortal(t *testing.T) portal {
	t.Helper()
	s, err := lemonldap.Start(lemonldap.Options{})
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return portal{s}
}

func (p portal) issuer() string { return p.URL }
func (p portal) secret() string { return lemonldap.Secret }

func (p portal) register(tb testing.TB, c client) {
	tb.Helper()
	require.NoError(tb, p.Add(lemonldap.Client{ID: c.id, RedirectURI: c.callback, AfterLogout: c.afterLogout}))
}

func (p portal) signIn(tab *browser.Tab, user string) {
	tab.Helper()
	fill(tab, "[name=user]", user)
	fill(tab, "[name=password]", user)
	press(tab, "button[type=submit]")
}

// signOut finds nothing to agree to.
func (p portal) signOut(*browser.Tab) {}

func TestLemonLDAP(t *testing.T) {
	s := newScene(t, newPortal(t))
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "dwho")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
	tab.Go(s.url + "/me")
	s.sees(tab, "/me", "row-7")
	tab.Documents()
	s.signsOut(tab)
	require.Equal(t, []string{"/auth/logout", "POST /auth/logout", "/auth/logged-out"}, s.visits(tab))
	require.Empty(t, s.refusals())
	tab.Go(s.url + "/me")
	tab.Await("[name=password]") // the portal asks again
}
