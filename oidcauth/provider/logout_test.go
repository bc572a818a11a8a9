package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestEndOfASessionLeadsWhereItIsTold(t *testing.T) {
	hint := idToken("JWT")
	const configured, special = "https://app.example/bye?x=1", "com.example.app:/bye"
	for name, c := range map[string]struct {
		configured string
		logout     provider.Logout
		want       url.Values
	}{
		"configured": {
			configured,
			provider.Logout{IDTokenHint: hint, State: "s&1"},
			url.Values{"id_token_hint": {hint}, "client_id": {"api"}, "post_logout_redirect_uri": {configured}, "state": {"s&1"}},
		},
		"nowhere":            {configured, provider.Logout{State: "s", NoRedirect: true}, url.Values{"client_id": {"api"}}},
		"none is configured": {"", provider.Logout{State: "s"}, url.Values{"client_id": {"api"}}},
		"somewhere special": {
			configured,
			provider.Logout{RedirectURI: special},
			url.Values{"client_id": {"api"}, "post_logout_redirect_uri": {special}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := provider.New(provider.Config{
				EndSessionURL: "https://idp.example/logout?tenant=1", ClientID: "api", PostLogoutRedirectURI: c.configured,
			})
			require.NoError(t, err)
			got, err := client.EndSessionURL(context.Background(), c.logout)
			require.NoError(t, err)
			u, err := url.Parse(got)
			require.NoError(t, err)
			c.want.Set("tenant", "1")
			assert.Equal(t, c.want, u.Query())
			u.RawQuery = ""
			assert.Equal(t, "https://idp.example/logout", u.String())
		})
	}
}

// idToken has the form of an ID token.
func idToken(typ string) string {
	return must(jose.Sign("ES256", map[string]any{"typ": typ}, []byte(`{"sub":"alice"}`), ecKey))
}

func TestNoOtherTokenGetsIntoTheURL(t *testing.T) {
	client, err := provider.New(provider.Config{EndSessionURL: "https://idp.example/logout"})
	require.NoError(t, err)
	scoped := must(jose.Sign("ES256", nil, []byte(`{"sub":"alice","scope":"read"}`), ecKey))
	for hint, want := range map[string]error{
		idToken("JWT"): nil, idToken(""): nil, "a.b.c.d.e": provider.ErrHint,
		"opaque": provider.ErrHint, "a.b.c": provider.ErrHint, idToken("at+jwt"): provider.ErrHint, scoped: provider.ErrHint,
	} {
		_, err := client.EndSessionURL(context.Background(), provider.Logout{IDTokenHint: hint})
		require.ErrorIs(t, err, want, hint)
	}
}

func TestUnusableLogouts(t *testing.T) {
	client, err := provider.New(provider.Config{EndSessionURL: "https://idp.example/logout"})
	require.NoError(t, err)
	for _, l := range []provider.Logout{
		{RedirectURI: "https://app.example", NoRedirect: true},
		{RedirectURI: "/bye"},
		{RedirectURI: "https://app.example#x"},
		{RedirectURI: "https://u:p@app.example"},
		{IDTokenHint: "a b"},
	} {
		_, err := client.EndSessionURL(context.Background(), l)
		assert.Error(t, err)
	}
	_, err = provider.New(provider.Config{EndSessionURL: "https://idp.example/logout", PostLogoutRedirectURI: "/bye"})
	assert.Error(t, err)
}

func TestTheBrowserComesBack(t *testing.T) {
	p := oidctest.New(t)
	config := p.ClientConfig()
	config.PostLogoutRedirectURI = "https://app.example/bye"
	client, err := provider.New(config)
	require.NoError(t, err)
	address, err := client.EndSessionURL(context.Background(), provider.Logout{State: "s1"})
	require.NoError(t, err)
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(address)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	assert.Equal(t, "https://app.example/bye?state=s1", resp.Header.Get("Location"))
	assert.Equal(t, 1, p.Requests(oidctest.EndSession))
}
