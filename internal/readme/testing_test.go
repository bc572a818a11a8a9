package readme_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
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
	config.Issuers[0].Search = claims.Name("oid")
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
