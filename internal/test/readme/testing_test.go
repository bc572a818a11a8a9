package readme_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// newService is what a reader's own service has.
func newService(config oidcauth.Config) (http.Handler, error) {
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Handler(http.HandlerFunc(hello)))
	mux.Handle("POST /orders", auth.Handler(auth.RequireScopes("orders.write")(http.HandlerFunc(hello))))
	return mux, nil
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

func TestRefusals(t *testing.T) {
	p := oidctest.New(t)
	config := p.Config("api://orders")
	config.Issuers[0].Claims.User = claims.Name("email")
	config.Users = usermap.NewTable(
		usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}},
		usermap.Entry{Value: "info@corp.example", User: usermap.User{ID: "8", Name: "Bob", Enabled: true}},
		usermap.Entry{Value: "info@corp.example", User: usermap.User{ID: "9", Name: "Carol", Enabled: true}},
	)
	var got reason.Reason // of the last decision
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Kind == decision.Refused {
			got = e.Decision.Reason
		}
	}
	service, err := newService(config)
	if err != nil {
		t.Fatal(err)
	}
	hourAgo := p.Now().Add(-time.Hour).Unix() // times in a token are seconds
	for want, token := range map[reason.Reason]string{
		reason.Expired:           p.Token("api://orders", oidctest.Claims{"email": "alice@corp.example", "exp": hourAgo}),
		reason.WrongAudience:     p.Token("api://billing", oidctest.Claims{"email": "alice@corp.example"}),
		reason.UserAmbiguous:     p.Token("api://orders", oidctest.Claims{"email": "info@corp.example"}),
		reason.InsufficientScope: p.Token("api://orders", oidctest.Claims{"email": "alice@corp.example", "scope": "orders.read"}),
	} {
		r := httptest.NewRequest(http.MethodPost, "/orders", nil) // requires orders.write
		r.Header.Set("Authorization", "Bearer "+token)
		service.ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("refused for %q, want %q", got, want)
		}
	}
}

func TestClaimOfUserInfo(t *testing.T) {
	p := oidctest.New(t)
	client, err := p.UserInfoClient()
	if err != nil {
		t.Fatal(err)
	}
	config := p.Config("api://orders")
	config.Issuers[0].Claims.User = claims.Name("email")
	config.Issuers[0].Claims.UserInfo = client
	config.Users = usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}})
	service, err := newService(config)
	if err != nil {
		t.Fatal(err)
	}
	p.SetUserInfo("s-1", oidctest.Claims{"email": "alice@corp.example"}) // UserInfo of the token's sub
	if got := status(service, p.Token("api://orders", oidctest.Claims{"sub": "s-1"})); got != http.StatusOK {
		t.Error(got)
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

func TestTokenForAnotherAPI(t *testing.T) {
	p := oidctest.New(t)
	client, err := provider.New(p.ClientConfig())
	if err != nil {
		t.Fatal(err)
	}
	received := p.Token("api://orders", oidctest.Claims{"sub": "alice"})
	token, err := client.Exchange(t.Context(), received, provider.ExchangeRequest{TokenRequest: provider.TokenRequest{Audience: "api://stock"}})
	if err != nil {
		t.Fatal(err)
	}
	service, err := newService(p.Config("api://stock"))
	if got := status(service, token.AccessToken); err != nil || got != http.StatusOK {
		t.Error(err, got)
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
