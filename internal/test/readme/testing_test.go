package readme_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// newService is what a reader's own service has.
func newService(config oidcauth.Config) (http.Handler, error) {
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	return auth.Handler(http.HandlerFunc(hello)), nil
}

func hello(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	_, _ = w.Write([]byte("hello " + id.Name()))
}

func TestService(t *testing.T) {
	p := oidctest.New(t) // ends with the test
	config := p.Config("api://orders")
	config.Issuers[0].Claims.User = claims.Name("oid")
	config.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}})
	service, err := newService(config)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+p.Token("api://orders", oidctest.Claims{"sub": "s-1", "oid": "alice"}))
	w := httptest.NewRecorder()
	service.ServeHTTP(w, r)
	if w.Body.String() != "hello Alice" {
		t.Error(w.Code, w.Body)
	}
}

func TestHandlerAlone(t *testing.T) {
	id := oidctest.Identity(oidctest.Claims{"sub": "alice", "scope": "orders.read"}, usermap.User{ID: "7", Name: "Alice"})
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	w := httptest.NewRecorder()
	hello(w, r.WithContext(oidcauth.NewContext(r.Context(), id)))
	if w.Body.String() != "hello Alice" {
		t.Error(w.Body)
	}
}

// status is what a service answers to a token.
func status(service http.Handler, token string) int {
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	service.ServeHTTP(w, r)
	return w.Code
}

func TestOpaqueTokenAndLogout(t *testing.T) {
	p := oidctest.New(t)
	client, err := provider.New(p.ClientConfig())
	if err != nil {
		t.Fatal(err)
	}
	config := p.Config("api://orders")
	config.Issuers[0].Introspection.Client = client
	config.Issuers[0].LogoutAudience = []string{"orders-client"}
	auth, err := oidcauth.New(config)
	if err != nil {
		t.Fatal(err)
	}
	service := auth.Handler(http.HandlerFunc(hello))
	token := p.Opaque("api://orders", oidctest.Claims{"sub": "alice"})
	if got := status(service, token); got != http.StatusOK {
		t.Error("before the logout", got)
	}
	form := url.Values{"logout_token": {p.LogoutToken("orders-client", oidctest.Claims{"sub": "alice"})}}
	r := httptest.NewRequest(http.MethodPost, "/backchannel-logout", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	auth.BackChannelLogout().ServeHTTP(httptest.NewRecorder(), r)
	if got := status(service, token); got != http.StatusUnauthorized {
		t.Error("after the logout", got)
	}
}

func TestProviderFails(t *testing.T) {
	p := oidctest.New(t)
	service, err := newService(p.Config("api://orders"))
	if err != nil {
		t.Fatal(err)
	}
	token := p.Token("api://orders", oidctest.Claims{"sub": "alice"})
	p.Fail(oidctest.JWKS, oidctest.Fault{Status: 503}) // or Hang: true, until p.Resume()
	if got := status(service, token); got != http.StatusServiceUnavailable {
		t.Error("without keys", got)
	}
	p.Fail(oidctest.JWKS, oidctest.Fault{}) // mended
	p.Advance(5 * time.Second)              // the next fetch is allowed
	if got := status(service, token); got != http.StatusOK {
		t.Error("with keys", got)
	}
}
