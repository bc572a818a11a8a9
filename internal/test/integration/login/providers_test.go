package login_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
)

func TestMain(m *testing.M) {
	status := browser.Main(m)
	if err := errors.Join(panva.Stop()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// client is what a provider knows of a service.
type client struct {
	id, callback, afterLogout, backChannel, frontChannel string

	sid      bool // of the session at the provider, in its tokens
	lifetime int  // of access tokens, in seconds; 0: the provider's
}

// idp is a provider at which the visitor of a browser signs in.
type idp interface {
	issuer() string
	secret() string
	register(testing.TB, client)
	// signIn fills in the form of the provider. It returns when the form is sent.
	signIn(tab *browser.Tab, user string)
	// signOut agrees to a logout that the service has begun.
	signOut(tab *browser.Tab)
}

// op is oidc-provider, which the tests share.
type op struct{ *oidcprovider.Provider }

var panva = throwaway.Share(func() (op, error) {
	p, err := oidcprovider.Run(oidcprovider.Options{})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", throwaway.ErrMissing, err)
	}
	return op{p}, err
})

// own is an oidc-provider for a test that kills it or sets its clock.
func own(t *testing.T) op {
	t.Helper()
	return op{oidcprovider.Start(t, oidcprovider.Options{})}
}

func (o op) Stop() error {
	o.End()
	return nil
}

func (o op) issuer() string { return o.Issuer }
func (o op) secret() string { return oidcprovider.ClientSecret }

func (o op) register(tb testing.TB, c client) {
	tb.Helper()
	o.Add(tb, oidcprovider.Client{
		ID: c.id, RedirectURIs: []string{c.callback}, AfterLogout: []string{c.afterLogout}, BackChannel: c.backChannel, WithSessionID: c.sid,
		Lifetime: c.lifetime,
	})
}

func (o op) signIn(tab *browser.Tab, user string) {
	tab.Helper()
	o.signInWith(tab, user, "")
}

// signInWith chooses an acr too.
func (o op) signInWith(tab *browser.Tab, user, acr string) {
	tab.Helper()
	tab.Await("#login")
	fill(tab, "#login [name=login]", user)
	fill(tab, "#login [name=password]", "any")
	if acr != "" {
		tab.Do(chromedp.SetValue(chromedp.CSS("#login [name=acr]"), acr))
	}
	press(tab, "#login [name=accept]")
}

func (o op) signOut(tab *browser.Tab) {
	tab.Helper()
	press(tab, "[name=logout]")
}

// example is the example server of zitadel/oidc.
type example struct{ *zitadel.Provider }

func newExample(t *testing.T) example {
	t.Helper()
	return example{zitadel.Start(t)}
}

const zitadelAlice = zitadel.Alice

func (e example) issuer() string { return e.Issuer() }
func (e example) secret() string { return zitadel.ClientSecret }

func (e example) register(_ testing.TB, c client) { e.Add(c.id, c.callback, c.afterLogout) }

func (e example) signIn(tab *browser.Tab, user string) {
	tab.Helper()
	fill(tab, "#username", user)
	fill(tab, "#password", zitadel.Password)
	press(tab, "button")
}

// signOut finds nothing to agree to.
func (e example) signOut(*browser.Tab) {}

// fill types a text into an empty field, or one that has the text already.
func fill(tab *browser.Tab, selector, text string) {
	tab.Helper()
	tab.Await(selector)
	tab.Do(chromedp.SetValue(chromedp.CSS(selector), text))
}

// press presses a button by the keyboard. A script could not press it while a page is loaded.
func press(tab *browser.Tab, selector string) {
	tab.Helper()
	tab.Await(selector)
	tab.Do(chromedp.Focus(chromedp.CSS(selector)))
	tab.Press(kb.Enter)
}

// at returns the path of a URL of the provider, or false.
func at(p idp, url string) (string, bool) {
	return strings.CutPrefix(url, strings.TrimSuffix(p.issuer(), "/"))
}

func TestProvidersAreOtherSitesForTheBrowser(t *testing.T) {
	s := newScene(t, panva.Get(t))
	_, found := at(s.idp, s.url)
	require.False(t, found)
	require.Contains(t, s.url, "//localhost:")
	require.Contains(t, s.idp.issuer(), "//127.0.0.1:")
}
