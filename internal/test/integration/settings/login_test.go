package settings_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

// serveLogin serves the login of the document, and a page that shows the user.
func (p *page) serveLogin(t *testing.T, changes ...string) *settings.Configuration {
	t.Helper()
	c, auth := p.configure(t, changes...)
	c.Login.Authenticator = auth
	rp, err := login.New(c.Login)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/", rp.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintf(w, "%s is %s", id.Name(), id.User().Name)
	})))
	p.app.Config.Handler = mux
	for client, secret := range map[string]string{"portal": oidctest.ClientSecret, "post-client": oidctest.ClientSecret, "public-client": ""} {
		p.Register(oidctest.Client{
			ID: client, Secret: secret, RedirectURIs: []string{p.app.URL + "/auth/callback"},
			PostLogoutRedirectURIs: []string{p.app.URL + "/auth/logged-out", "https://post.example/bye"},
		})
	}
	p.AddUser(oidctest.User{Name: "s1", Claims: oidctest.Claims{upn: "alice", "display_name": "alice@corp", "company": "corp"}})
	p.AddUser(oidctest.User{Name: "s2", Claims: oidctest.Claims{upn: "passive", "company": "corp"}})
	p.AddUser(oidctest.User{Name: "s3", Claims: oidctest.Claims{upn: "alice", "company": "other"}})
	return c
}

// visitor is a browser with the user who signs in at the provider.
func (p *page) visitor(t *testing.T, user string) *http.Client {
	t.Helper()
	p.AutoLogin(user)
	return visitor.New(t, p.app.Client().Transport)
}

func (p *page) signIn(t *testing.T, b *http.Client, application string) (int, string) {
	t.Helper()
	got := visitor.Send(t, b, http.MethodGet, p.app.URL+"/auth/login?provider="+application, visitor.Page())
	return got.Status, got.Body
}

// The login endpoint, scopes, resource, acr values and client are those of the application over its provider.
func TestLoginOfThePage(t *testing.T) {
	p := newPage(t)
	p.serveLogin(t)
	for application, want := range map[string]string{
		"portal": "portal openid orders api://portal phrh phr", "post": "post-client openid orders api://portal mfa", "public": "public-client openid orders api://portal mfa",
	} {
		status, shown := p.signIn(t, p.visitor(t, "s1"), application)
		require.Equal(t, http.StatusOK, status, shown)
		require.Equal(t, "alice@corp is Alice A.", shown)
		asked := p.AuthorizationRequest()
		require.Equal(t, want, strings.Join([]string{asked.Get("client_id"), asked.Get("scope"), asked.Get("resource"), asked.Get("acr_values")}, " "))
	}
	for _, user := range []string{"s2", "s3"} {
		status, _ := p.signIn(t, p.visitor(t, user), "portal")
		require.Equal(t, http.StatusForbidden, status, "a disabled account, and the wrong check value")
	}
}

// The three behaviours after a logout.
func TestLogoutOfThePage(t *testing.T) {
	p := newPage(t)
	p.serveLogin(t)
	for application, want := range map[string]string{"portal": p.app.URL + "/auth/logged-out", "post": "https://post.example/bye", "public": ""} {
		b := p.visitor(t, "s1")
		_, _ = p.signIn(t, b, application)
		b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		got := visitor.Send(t, b, http.MethodPost, p.app.URL+"/auth/logout", http.Header{"Origin": {p.app.URL}})
		to, err := url.Parse(got.Header.Get("Location"))
		require.NoError(t, err)
		require.Equal(t, string(oidctest.EndSession), to.Path)
		require.Equal(t, want, to.Query().Get("post_logout_redirect_uri"), application)
	}
}

// Without a check of the ID token, one for another client is not read. The check is left out only for the application that says so,
// and only with openid and UserInfo.
func TestLoginWithoutIDTokenCheckOfThePage(t *testing.T) {
	p := newPage(t)
	p.serveLogin(t)
	p.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"aud": "another client"}}})
	status, _ := p.signIn(t, p.visitor(t, "s1"), "portal")
	require.NotEqual(t, http.StatusOK, status)
	status, shown := p.signIn(t, p.visitor(t, "s1"), "public")
	require.Equal(t, http.StatusOK, status, shown)
	require.Equal(t, "applications.public.client", p.faultOf(t, `["openid", "orders"]`, `["orders"]`))
	require.Equal(t, "applications.public.client", p.faultOf(t, `"userInfo": true`, `"userInfo": false`, `"insecureSkipIDTokenCheck": true,`, ""))
}
