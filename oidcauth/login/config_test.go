package login_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// fieldsOf returns the fields of all faults.
func fieldsOf(err error) (out []string) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, one := range joined.Unwrap() {
		var fault *login.ConfigError
		if errors.As(one, &fault) {
			out = append(out, fault.Field)
		}
	}
	return out
}

func TestConfigIsChecked(t *testing.T) {
	w := newWorld(t, setup{})
	foreign, err := provider.New(provider.Config{Issuer: "https://other.example", ClientID: "app"})
	require.NoError(t, err)
	nameless, err := provider.New(provider.Config{Issuer: w.op.Issuer()})
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		change func(*login.Config)
		want   []string
	}{
		{"as it is", func(*login.Config) {}, nil},
		{"no authenticator", func(c *login.Config) { c.Authenticator = nil }, []string{"Authenticator"}},
		{"no providers", func(c *login.Config) { c.Providers = nil }, []string{"Providers"}},
		{"no client", func(c *login.Config) { c.Providers[0].Client = nil }, []string{"Providers[0].Client"}},
		{"a client of an issuer that is not trusted", func(c *login.Config) { c.Providers[0].Client = foreign }, []string{"Providers[0].Client"}},
		{"a client without ClientID", func(c *login.Config) { c.Providers[0].Client = nameless }, []string{"Providers[0].Client"}},
		{"no PublicURL", func(c *login.Config) { c.PublicURL = "" }, []string{"PublicURL"}},
		{"http", func(c *login.Config) { c.PublicURL = "http://app.example.com" }, []string{"PublicURL"}},
		{"http on loopback", func(c *login.Config) { c.PublicURL = "http://localhost:8080" }, nil},
		{"http on a subdomain of localhost", func(c *login.Config) { c.PublicURL = "http://app.localhost:8080" }, nil},
		{"http on ::1", func(c *login.Config) { c.PublicURL = "http://[::1]:8080" }, nil},
		{"http on a host that begins like it", func(c *login.Config) { c.PublicURL = "http://localhost.example.com" }, []string{"PublicURL"}},
		{"http on a host that ends like it", func(c *login.Config) { c.PublicURL = "http://notlocalhost" }, []string{"PublicURL"}},
		{"a slash at the end", func(c *login.Config) { c.PublicURL = "https://app.example.com/" }, nil},
		{"a query", func(c *login.Config) { c.PublicURL = "https://app.example.com/?a" }, []string{"PublicURL"}},
		{"dots", func(c *login.Config) { c.PublicURL = "https://app.example.com/a/../b" }, []string{"PublicURL"}},
		{"no keys", func(c *login.Config) { c.Keys = nil }, []string{"Keys"}},
		{"a short key", func(c *login.Config) { c.Keys = [][]byte{key(1), key(2)[:16]} }, []string{"Keys[1]"}},
		{"Path with a slash", func(c *login.Config) { c.Path = "/auth/" }, []string{"Path"}},
		{"Path without a slash", func(c *login.Config) { c.Path = "auth" }, []string{"Path"}},
		{"CookieName with a space", func(c *login.Config) { c.CookieName = "a b" }, []string{"CookieName"}},
		{"Home elsewhere", func(c *login.Config) { c.Home = "//evil.example" }, []string{"Home"}},
		{"Home in the login", func(c *login.Config) { c.Home = "/auth/login" }, []string{"Home"}},
		{"ReturnTo elsewhere", func(c *login.Config) { c.Logout.ReturnTo = "https://evil.example" }, []string{"Logout.ReturnTo"}},
		{"two logouts", func(c *login.Config) { c.Logout = login.Logout{LocalOnly: true, NoRedirect: true} }, []string{"Logout.LocalOnly"}},
		{"a redirect that is omitted", func(c *login.Config) { c.Logout = login.Logout{NoRedirect: true, RedirectURI: "https://a.example"} }, []string{"Logout.NoRedirect"}},
		{"a relative RedirectURI", func(c *login.Config) { c.Logout.RedirectURI = "/bye" }, []string{"Logout.RedirectURI"}},
		{"two logouts of a provider", func(c *login.Config) { c.Providers[0].Logout = &login.Logout{LocalOnly: true, NoRedirect: true} }, []string{"Providers[0].Logout.LocalOnly"}},
		{"ReturnTo of a provider", func(c *login.Config) { c.Providers[0].Logout = &login.Logout{ReturnTo: "/bye"} }, []string{"Providers[0].Logout.ReturnTo"}},
		{"a nil store", func(c *login.Config) { c.Sessions.Store = (*login.Memory)(nil) }, []string{"Sessions.Store"}},
		{"a store and a cookie", func(c *login.Config) { c.Sessions = login.Sessions{Store: &login.Memory{}, InCookie: true} }, []string{"Sessions.InCookie"}},
		{"a negative time", func(c *login.Config) { c.Sessions.Idle = -1 }, []string{"Sessions.Idle"}},
		{"a long time", func(c *login.Config) { c.Sessions.Absolute = 9000 * time.Hour * 24 }, []string{"Sessions.Absolute"}},
		{"a scope with a space", func(c *login.Config) { c.Providers[0].Scopes = []string{"openid profile"} }, []string{"Providers[0].Scopes", "Providers[0].Client"}},
		{"no identity without openid", func(c *login.Config) { c.Providers[0].Scopes = []string{"profile"} }, []string{"Providers[0].Client"}},
		{"no ID token check without UserInfo", func(c *login.Config) { c.Providers[0].InsecureSkipIDToken = true }, []string{"Providers[0].Client"}},
		{"an acr with a space", func(c *login.Config) { c.Providers[0].ACRValues = []string{"a b"} }, []string{"Providers[0].ACRValues"}},
		{"RequireACR alone", func(c *login.Config) { c.Providers[0].RequireACR = true }, []string{"Providers[0].RequireACR"}},
		{"a fraction of a second", func(c *login.Config) { c.Providers[0].MaxAge = time.Millisecond }, []string{"Providers[0].MaxAge"}},
		{"prompt none", func(c *login.Config) { c.Providers[0].Prompt = "none" }, []string{"Providers[0].Prompt"}},
		{"a relative resource", func(c *login.Config) { c.Providers[0].Resources = []string{"orders"} }, []string{"Providers[0].Resources"}},
		{"a parameter of the login", func(c *login.Config) { c.Providers[0].Parameters = url.Values{"state": {"x"}} }, []string{"Providers[0].Parameters"}},
		{"form_post on http", func(c *login.Config) {
			c.PublicURL, c.Providers[0].FormPost = "http://localhost:8080", true
		}, []string{"Providers[0].FormPost"}},
		{"one name twice", func(c *login.Config) { c.Providers = append(c.Providers, c.Providers[0]) }, []string{"Providers[1].Name"}},
		{"everything", func(c *login.Config) { *c = login.Config{} }, []string{"Authenticator", "Providers", "Keys", "PublicURL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := w.config(setup{login: c.change})
			_, err := login.New(config)
			require.Equal(t, c.want, fieldsOf(err), "%v", err)
			require.Equal(t, c.want == nil, err == nil)
		})
	}
}

// The Authenticator's PublicURL is the default.
func TestPublicURLOfTheAuthenticator(t *testing.T) {
	w := newWorld(t, setup{})
	own := w.app.URL
	w.serve(w.routes(w.relyingParty(setup{auth: func(c *authConfig) { c.PublicURL = own }, login: func(c *login.Config) { c.PublicURL = "" }})))
	require.Equal(t, "GET / user=user-alice sub=alice", w.browser().open(own+"/").body)
}

func TestPrintedFormsContainNoSecret(t *testing.T) {
	w := newWorld(t, setup{})
	c := w.config(setup{login: func(c *login.Config) { c.Keys = [][]byte{[]byte("0123456789abcdef0123456789abcdef")} }})
	text, err := json.Marshal(map[string]any{"config": c})
	require.NoError(t, err)
	all := string(text)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		all += fmt.Sprintf(verb, c) + fmt.Sprintf(verb, w.rp)
	}
	all += slog.AnyValue(c).Resolve().String() + slog.AnyValue(w.rp).Resolve().String()
	for _, secret := range []string{"0123456789abcdef", "30313233", "48 49 50", oidctest.ClientSecret} {
		require.NotContains(t, all, secret)
	}
	require.Contains(t, all, w.app.URL)
}

// A service below a path that a proxy removes.
func TestPublicURLWithAPath(t *testing.T) {
	w := newWorld(t, setup{client: func(c *oidctest.Client) {
		c.RedirectURIs = append(c.RedirectURIs, c.RedirectURIs[0][:len(c.RedirectURIs[0])-len("/auth/callback")]+"/shop/auth/callback")
	}})
	rp := w.relyingParty(setup{login: func(c *login.Config) { c.PublicURL += "/shop" }})
	w.serve(stripPrefix("/shop", w.routes(rp)))
	v := w.browser().open(w.app.URL + "/shop/orders?a=b")
	require.Equal(t, "GET /orders?a=b user=user-alice sub=alice", v.body)
	require.Equal(t, "/shop/orders?a=b", v.url.RequestURI())
}
