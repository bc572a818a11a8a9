package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestUserSignsInAndReturnsToThePage(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	v := b.open(w.app.URL + "/orders?page=2")
	require.Equal(t, http.StatusOK, v.status, v.body+w.logged())
	require.Equal(t, "GET /orders?page=2 user=user-alice sub=alice", v.body)
	require.Equal(t, 3, v.hops) // the provider, the callback, the page
	v = b.open(w.app.URL + "/next")
	require.Equal(t, "GET /next user=user-alice sub=alice", v.body)
	require.Zero(t, v.hops)
	require.Equal(t, "private", v.header.Get("Cache-Control"))
}

func TestAuthorizationRequest(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) {
		p := &c.Providers[0]
		p.Scopes = []string{"openid", "profile", "offline_access"}
		p.ACRValues = []string{"gold", "silver"}
		p.MaxAge, p.Prompt = 10*time.Minute, "select_account"
		p.UILocales, p.Resources = []string{"de", "en"}, []string{"https://a.example", "https://b.example"}
		p.Parameters = url.Values{"audience": {"orders"}}
	}})
	w.browser().open(w.app.URL + "/auth/login?login_hint=alice")
	got := w.op.AuthorizationRequest()
	require.Len(t, got.Get("state"), 44)
	require.Len(t, got.Get("nonce"), 43)
	require.Len(t, got.Get("code_challenge"), 43)
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		got.Del(name)
	}
	require.Equal(t, url.Values{
		"response_type": {"code"}, "client_id": {oidctest.ClientID}, "redirect_uri": {w.app.URL + "/auth/callback"},
		"scope": {"openid profile offline_access"}, "code_challenge_method": {"S256"}, "acr_values": {"gold silver"}, "max_age": {"600"},
		"prompt": {"select_account"}, "login_hint": {"alice"}, "ui_locales": {"de en"}, "resource": {"https://a.example", "https://b.example"}, "audience": {"orders"},
	}, got)
}

func TestEachAttemptHasItsOwnSecrets(t *testing.T) {
	w := newWorld(t, setup{})
	seen := map[string]bool{}
	for range 20 {
		w.browser().open(w.app.URL + "/")
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			value := w.op.AuthorizationRequest().Get(name)
			require.False(t, seen[value], name)
			seen[value] = true
		}
	}
}

func TestPushedAuthorizationRequest(t *testing.T) {
	w := newWorld(t, setup{})
	at := w.browser().step(http.MethodGet, w.app.URL+"/", nil, navigation()).location(t)
	require.Equal(t, []string{"client_id", "request_uri"}, sortedKeys(at.Query()))

	w.op.SetMetadata(oidctest.Claims{"pushed_authorization_request_endpoint": nil})
	w.serve(w.routes(w.relyingParty(setup{})))
	at = w.browser().step(http.MethodGet, w.app.URL+"/", nil, navigation()).location(t)
	require.Equal(t, []string{"client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_type", "scope", "state"}, sortedKeys(at.Query()))
	require.Equal(t, "GET / user=user-alice sub=alice", w.browser().open(w.app.URL+"/").body)
}

func TestAnswerInTheBodyOfAPOST(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Providers[0].FormPost = true }})
	b := w.browser()
	at := b.step(http.MethodGet, w.app.URL+"/orders", nil, navigation())
	require.Contains(t, at.header.Get("Set-Cookie"), "SameSite=None")
	v := b.step(http.MethodGet, at.location(t).String(), nil, navigation())
	require.Equal(t, http.StatusOK, v.status)
	form, action := hiddenForm(t, v.body)
	require.Equal(t, w.app.URL+"/auth/callback", action)
	header := navigation()
	header.Set("Sec-Fetch-Site", "cross-site")
	header.Set("Origin", w.op.Issuer())
	v = b.send(http.MethodPost, action, form, header)
	require.Equal(t, "GET /orders user=user-alice sub=alice", v.body)
	require.Empty(t, v.url.RawQuery)
}

func TestLoginThatAThirdPartyInitiates(t *testing.T) {
	w := newWorld(t, setup{})
	for _, c := range []struct{ name, target, to string }{
		{"a path", "/orders?page=2", "/orders?page=2"},
		{"a URL of this service", w.app.URL + "/orders", "/orders"},
		{"a URL of another host", "https://evil.example/orders", "/"},
		{"another host with the same beginning", w.app.URL + ".evil.example/", "/"},
		{"credentials", strings.Replace(w.app.URL, "https://", "https://app@", 1) + "/orders", "/"},
		{"another scheme", "javascript:alert(1)", "/"},
		{"no target", "", "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := url.Values{"iss": {w.op.Issuer()}, "login_hint": {"alice"}, "target_link_uri": {c.target}}
			header := navigation()
			header.Set("Sec-Fetch-Site", "cross-site")
			for _, v := range []visit{
				w.browser().send(http.MethodGet, w.app.URL+"/auth/login?"+q.Encode(), nil, header),
				w.browser().send(http.MethodPost, w.app.URL+"/auth/login", q, header),
			} {
				require.Equal(t, http.StatusOK, v.status, v.body)
				require.Equal(t, c.to, v.url.RequestURI())
				require.Equal(t, "alice", w.op.AuthorizationRequest().Get("login_hint"))
			}
		})
	}
	v := w.browser().open(w.app.URL + "/auth/login?iss=https%3A%2F%2Fevil.example")
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Zero(t, v.hops)
	require.NotContains(t, v.body, "evil")
}

// twoProviders adds a second provider, at which bob signs in.
func twoProviders(t *testing.T) (*world, *oidctest.Provider) {
	t.Helper()
	other := oidctest.New(t)
	other.AutoLogin("bob")
	s := setup{}
	w := &world{t: t, op: oidctest.New(t)}
	w.start()
	w.register(s)
	w.op.AutoLogin("alice")
	other.Register(oidctest.Client{RedirectURIs: []string{w.app.URL + "/auth/callback-second"}})
	client, err := provider.New(other.ClientConfig())
	require.NoError(t, err)
	s.auth = addIssuer(other)
	s.login = func(c *login.Config) {
		c.Providers[0].Name = "first"
		c.Providers = append(c.Providers, login.Provider{Client: client, Name: "second", Callback: "callback-second"})
	}
	w.rp = w.relyingParty(s)
	w.serve(w.routes(w.rp))
	return w, other
}

func TestSeveralProviders(t *testing.T) {
	w, other := twoProviders(t)
	v := w.browser().open(w.app.URL + "/auth/login?provider=second&return_to=/orders")
	require.Equal(t, "GET /orders user=user-bob sub=bob", v.body)
	v = w.browser().open(w.app.URL + "/auth/login?iss=" + url.QueryEscape(other.Issuer()))
	require.Equal(t, "GET / user=user-bob sub=bob", v.body)
	v = w.browser().open(w.app.URL + "/auth/login?iss=" + url.QueryEscape(w.op.Issuer()))
	require.Equal(t, "GET / user=user-alice sub=alice", v.body)
	v = w.browser().open(w.app.URL + "/auth/login?provider=third")
	require.Equal(t, http.StatusUnauthorized, v.status)

	b := w.browser()
	v = b.open(w.app.URL + "/orders")
	require.Equal(t, http.StatusOK, v.status)
	require.Zero(t, v.hops)
	links := linksOf(v.body)
	require.Len(t, links, 2)
	v = b.open(w.app.URL + links[1])
	require.Equal(t, "GET /orders user=user-bob sub=bob", v.body)
}

func TestPlainOAuthWithoutAnIDToken(t *testing.T) {
	for _, c := range []struct {
		name string
		auth func(*world) func(c *authConfig)
	}{
		{"introspection", func(w *world) func(*authConfig) {
			return func(c *authConfig) { c.Issuers[0].Introspection.Client = w.client(t) }
		}},
		{"UserInfo", func(w *world) func(*authConfig) {
			return func(c *authConfig) {
				c.Issuers[0].Introspection.InsecureByUserInfo = true
				c.Issuers[0].Claims.UserInfo = w.client(t)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{t: t, op: oidctest.New(t)}
			w.start()
			s := setup{auth: c.auth(w), login: func(c *login.Config) { c.Providers[0].Scopes = []string{"profile"} }}
			w.register(s)
			w.op.AutoLogin("alice")
			w.serve(w.routes(w.relyingParty(s)))
			b := w.browser()
			v := b.open(w.app.URL + "/orders")
			require.Equal(t, "GET /orders user=user-alice sub=alice", v.body, w.logged())
			require.Empty(t, w.op.AuthorizationRequest().Get("nonce"))
			require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
		})
	}
}
