package settings_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// site is a service with a login whose provider is that of the test.
type site struct {
	*oidctest.Provider
	app     *httptest.Server
	handler atomic.Pointer[http.Handler]
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{Provider: oidctest.New(t)}
	s.serve(http.NotFoundHandler())
	s.app = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*s.handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(s.app.Close)
	for _, id := range []string{"", "second"} {
		secret := ""
		if id != "" {
			secret = oidctest.ClientSecret
		}
		s.Register(oidctest.Client{
			ID: id, Secret: secret, RedirectURIs: []string{s.app.URL + "/auth/callback", s.app.URL + "/sso/corp"},
			PostLogoutRedirectURIs: []string{s.app.URL + "/auth/logged-out", "https://app.example/bye"},
		})
	}
	s.AutoLogin("alice")
	return s
}

func (s *site) serve(h http.Handler) { s.handler.Store(&h) }

// document replaces APP and CLIENT too.
func (s *site) document(text string) string {
	return strings.NewReplacer(
		"ISSUER", s.Issuer(), "APP", s.app.URL,
		"CLIENT", `"client": {"clientID": "`+oidctest.ClientID+`", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`,
		"SECOND", `"client": {"clientID": "second", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`,
		"LOGIN", `"login": {"publicURL": "`+s.app.URL+`", "keys": [{"env": "SESSION_KEY"}]}`,
	).Replace(text)
}

// run serves the pages of a login and one that shows the user.
func (s *site) run(t *testing.T, text string) *settings.Configuration {
	t.Helper()
	c := configured(t, s.Provider, s.document(text))
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	c.Login.Authenticator = auth
	rp, err := login.New(c.Login)
	require.NoError(t, err)
	s.serve(pages(rp))
	return c
}

func pages(rp *login.RelyingParty) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/sso/", rp)
	mux.Handle("/", rp.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintf(w, "%s %s", r.URL.Path, id.Subject())
	})))
	return mux
}

// browser is a browser that trusts the service.
func (s *site) browser(t *testing.T) *http.Client {
	t.Helper()
	return visitor.New(t, s.app.Client().Transport)
}

// open navigates to a page of the service, and returns what the browser shows at last.
func (s *site) open(t *testing.T, b *http.Client, path string) (int, string) {
	t.Helper()
	return s.send(t, b, http.MethodGet, path)
}

func (s *site) send(t *testing.T, b *http.Client, method, path string) (int, string) {
	t.Helper()
	header := visitor.Page()
	header.Set("Sec-Fetch-Site", "same-origin")
	header.Set("Origin", s.app.URL)
	got := visitor.Send(t, b, method, s.app.URL+path, header)
	return got.Status, got.Body
}

func TestSmallestDocumentWithALogin(t *testing.T) {
	s := newSite(t)
	s.run(t, `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT}}, LOGIN}`)
	_, shown := s.open(t, s.browser(t), "/orders")
	require.Equal(t, "/orders alice", shown)
	require.Equal(t, "openid", s.AuthorizationRequest().Get("scope"))
}

// The publicURL of the document is that of the login too.
func TestPublicURLOfTheDocumentIsThatOfTheLogin(t *testing.T) {
	s := newSite(t)
	s.run(t, `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT}}, "publicURL": "APP", "login": {"keys": [{"env": "SESSION_KEY"}]}}`)
	_, shown := s.open(t, s.browser(t), "/")
	require.Equal(t, "/ alice", shown)
}

func TestMembersOfALoginAreInItsRequest(t *testing.T) {
	s := newSite(t)
	s.run(t, `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT, "login": {
		"scopes": ["openid", "offline_access"], "resources": ["api://orders"], "audience": "api://orders", "acrValues": ["phr", "mfa"], "requireACR": true, "callback": "corp",
		"maxAge": "5m", "prompt": "select_account", "uiLocales": ["de", "en"], "parameters": {"claims_locales": ["de"]}, "formPost": true
	}}}, "login": {"publicURL": "APP", "path": "/sso", "home": "/start", "cookieName": "orders", "keys": [{"env": "SESSION_KEY"}]}}`)
	b := s.browser(t)
	_, _ = s.open(t, b, "/sso/login")
	asked := s.AuthorizationRequest()
	for name, want := range map[string][]string{
		"scope": {"openid offline_access"}, "resource": {"api://orders"}, "audience": {"api://orders"}, "acr_values": {"phr mfa"}, "max_age": {"300"},
		"prompt": {"select_account"}, "ui_locales": {"de en"}, "claims_locales": {"de"}, "response_mode": {"form_post"},
		"redirect_uri": {s.app.URL + "/sso/corp"},
	} {
		require.Equal(t, want, asked[name], name)
	}
}

// Users choose between the applications, in the order of the document, and each has its own client.
func TestApplicationsOfALoginOverrideTheirProvider(t *testing.T) {
	s := newSite(t)
	const document = `{"providers": {"corp": {"issuer": "ISSUER", CLIENT, "login": {"acrValues": ["mfa"]}}},
		"applications": {
			"orders": {"provider": "corp", "audience": ["api://orders"]},
			"reports": {"provider": "corp", "audience": ["api://reports"], SECOND, "login": {"name": "Reports", "acrValues": ["phr"]}, "claims": {"checks": ["sub == 'bob'"]}},
			"machines": {"provider": "corp", "audience": ["api://machines"], "client": null}
		}, "login": {"publicURL": "APP", "keys": [{"env": "SESSION_KEY"}] APPLICATIONS}}`
	c := s.run(t, strings.ReplaceAll(document, "APPLICATIONS", ""))
	require.Equal(t, []string{"orders", "Reports"}, namesOf(c.Login.Providers))
	_, shown := s.open(t, s.browser(t), "/auth/login?provider=orders&return_to=/a")
	require.Equal(t, "/a alice", shown)
	require.Equal(t, oidctest.ClientID, s.AuthorizationRequest().Get("client_id"))
	require.Equal(t, "mfa", s.AuthorizationRequest().Get("acr_values"))
	status, _ := s.open(t, s.browser(t), "/auth/login?provider=Reports")
	require.Equal(t, http.StatusForbidden, status, "the checks are those of the application")
	require.Equal(t, "second", s.AuthorizationRequest().Get("client_id"))
	require.Equal(t, "phr", s.AuthorizationRequest().Get("acr_values"))
	c = s.run(t, strings.ReplaceAll(document, "APPLICATIONS", `, "applications": ["reports", "orders"]`))
	require.Equal(t, []string{"Reports", "orders"}, namesOf(c.Login.Providers))
	c = s.run(t, strings.ReplaceAll(document, "APPLICATIONS", `, "applications": ["orders"]`))
	require.Equal(t, []string{"orders"}, namesOf(c.Login.Providers))
}

func namesOf(list []login.Provider) (out []string) {
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}

// Logout tokens for the client of a login are accepted, and those for another client only if the document says so.
func TestClientOfALoginIsItsLogoutAudience(t *testing.T) {
	s := newSite(t)
	c := s.run(t, `{"providers": {
		"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT},
		"other": {"issuer": "https://other.example", "audience": ["x"], SECOND, "logoutAudience": ["third"], "login": {"callback": "other"}},
		"none": {"issuer": "https://none.example", "audience": ["x"]}
	}, LOGIN}`)
	require.Equal(t, []string{oidctest.ClientID}, c.Config.Issuers[0].LogoutAudience)
	require.Equal(t, []string{"third"}, c.Config.Issuers[1].LogoutAudience)
	require.Nil(t, c.Config.Issuers[2].LogoutAudience)
	c = configured(t, s.Provider, s.document(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], CLIENT}}}`))
	require.Nil(t, c.Config.Issuers[0].LogoutAudience, "without a login")
	require.Zero(t, c.Login.Providers)
}

// Each way to end a session, for all providers and for one.
func TestLogoutOfADocument(t *testing.T) {
	for _, c := range []struct{ document, provider, want string }{
		{`{}`, `{}`, "/auth/logged-out"},
		{`{"noRedirect": true}`, `{}`, "none"},
		{`{"localOnly": true}`, `{}`, "local"},
		{`{"redirectURI": "https://app.example/bye"}`, `{}`, "https://app.example/bye"},
		{`{"noRedirect": true}`, `{"logout": {"redirectURI": "https://app.example/bye"}}`, "https://app.example/bye"},
		{`{"redirectURI": "https://app.example/bye"}`, `{"logout": {"noRedirect": true}}`, "none"},
		{`{"redirectURI": "https://app.example/bye"}`, `{"logout": {"localOnly": true}}`, "local"},
		{`{"localOnly": true}`, `{"logout": {}}`, "/auth/logged-out"},
	} {
		s := newSite(t)
		s.run(t, strings.NewReplacer("OF_ALL", c.document, "OF_ONE", c.provider).Replace(`{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"],
			CLIENT, "login": OF_ONE}}, "login": {"publicURL": "APP", "keys": [{"env": "SESSION_KEY"}], "logout": OF_ALL}}`))
		b := s.browser(t)
		_, _ = s.open(t, b, "/")
		b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		require.Equal(t, c.want, s.endOf(t, b), "%s %s", c.document, c.provider)
	}
}

// endOf is where a logout leads.
func (s *site) endOf(t *testing.T, b *http.Client) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.app.URL+"/auth/logout", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Origin", s.app.URL)
	res, err := b.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	to, err := url.Parse(res.Header.Get("Location"))
	require.NoError(t, err)
	if to.Path != string(oidctest.EndSession) {
		return "local"
	}
	back := to.Query().Get("post_logout_redirect_uri")
	if back == "" {
		return "none"
	}
	return strings.TrimPrefix(back, s.app.URL)
}

// The document of the page signs users in as it is, with the files that the page names.
func TestDocumentOfThePageHasALogin(t *testing.T) {
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, text, _ := strings.Cut(string(page), "## Login and logout")
	_, text, _ = strings.Cut(text, "```json\n")
	text, _, found := strings.Cut(text, "```")
	require.True(t, found)
	dir := t.TempDir()
	for name, content := range map[string]string{"settings.json": text, "client-secret.txt": "secret\n", "session-key.txt": sessionKey + "\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	doc, err := settings.Load(filepath.Join(dir, "settings.json"))
	require.NoError(t, err)
	c, err := doc.Configuration(options)
	require.NoError(t, err)
	require.Equal(t, []string{"corp"}, namesOf(c.Login.Providers))
	require.True(t, c.Login.Providers[0].RequireACR)
}

// Presets set what the logins of their product need.
func TestPresetsOfLogins(t *testing.T) {
	s := newSite(t)
	s.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"email_verified": true, "token_use": "id"}})
	s.run(t, `{"providers": {"a": {"preset": "google", "issuer": "ISSUER", "algorithms": null, "audience": ["x"], CLIENT}}, LOGIN}`)
	_, shown := s.open(t, s.browser(t), "/")
	require.Equal(t, "/ alice", shown)
	require.Equal(t, "openid email profile", s.AuthorizationRequest().Get("scope"))
	require.Equal(t, "offline", s.AuthorizationRequest().Get("access_type"))

	const cognito = `{"providers": {"a": {"preset": "cognito", "parameters": {"region": "x", "pool": "y"}, "issuer": "ISSUER", "algorithms": null, "clientIDs": ["CLIENT_ID"],
		CLIENT, "claims": {"checks": CHECKS}}}, LOGIN}`
	for checks, want := range map[string]int{`["token_use == 'access'"]`: http.StatusForbidden, `["token_use == 'id'"]`: http.StatusOK} {
		s.run(t, strings.NewReplacer("CHECKS", checks, "CLIENT_ID", oidctest.ClientID).Replace(cognito))
		b := s.browser(t)
		status, _ := s.open(t, b, "/")
		require.Equal(t, want, status, checks)
		if want == http.StatusOK {
			b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			require.Equal(t, "local", s.endOf(t, b))
		}
	}
}
