package readme_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// newPortal is what a reader's own service with logins has.
func newPortal(config oidcauth.Config, oidc provider.Config, publicURL string) (http.Handler, error) {
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	client, err := provider.New(oidc)
	if err != nil {
		return nil, err
	}
	rp, err := login.New(login.Config{
		Authenticator: auth, Providers: []login.Provider{{Client: client}}, PublicURL: publicURL,
		Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/orders", rp.Require(http.HandlerFunc(hello)))
	return mux, nil
}

// visit is what a new browser gets in the end.
func visit(t *testing.T, app *httptest.Server, path string) int {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{Transport: app.Client().Transport, Jar: jar}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	res, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func TestLogin(t *testing.T) {
	p := oidctest.New(t)
	app := httptest.NewUnstartedServer(nil)
	publicURL := "https://" + app.Listener.Addr().String()
	p.Register(oidctest.Client{RedirectURIs: []string{publicURL + "/auth/callback"}})
	p.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"email": "alice@corp.example"}})
	p.AutoLogin("alice") // without it, the browser gets a form
	config := p.Config("api://orders")
	config.Issuers[0].Claims.User = claims.Name("email")
	config.Users = usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}})
	portal, err := newPortal(config, p.ClientConfig(), publicURL)
	if err != nil {
		t.Fatal(err)
	}
	app.Config.Handler = portal
	app.StartTLS()
	defer app.Close()
	if got := visit(t, app, "/orders"); got != http.StatusOK { // a new browser with cookies, which accepts text/html
		t.Error("login", got)
	}
	p.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"nonce": "of another login"}}})
	if got := visit(t, app, "/orders"); got != http.StatusUnauthorized {
		t.Error("wrong nonce", got)
	}
	p.FailLogin(oidctest.LoginFault{Error: "access_denied"})
	if got := visit(t, app, "/orders"); got != http.StatusForbidden {
		t.Error("access denied", got)
	}
}
