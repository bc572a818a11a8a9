package oidctest_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// newOrdersService returns the service under test. It takes the Config that main reads from the environment.
func newOrdersService(config oidcauth.Config) (http.Handler, error) {
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	list := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintf(w, "orders of %s, account %s", id.Name(), id.User().ID)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Handler(auth.RequireScopes("orders.read")(list)))
	return mux, nil
}

// get sends one request and returns what a client sees of the answer.
func get(service http.Handler, token string) string {
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	service.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return http.StatusText(w.Code)
	}
	return w.Body.String()
}

// A complete test of a service: its provider, its users, and its answers. In a test, New(t) replaces Start and Close.
func Example() {
	p, err := oidctest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	config := p.Config("api://orders")
	config.Issuers[0].Claims.User = claims.Name("oid")
	config.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("tid"), "tenant-1")}
	config.Users = usermap.NewTable(
		usermap.Entry{Value: "o-1", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}},
		usermap.Entry{Value: "o-2", User: usermap.User{ID: "8", Name: "Bob"}}, // Bob is disabled.
	)
	config.Logger = slog.New(slog.DiscardHandler)
	service, err := newOrdersService(config)
	if err != nil {
		fmt.Println(err)
		return
	}

	// token returns Alice's token with these changes.
	token := func(audience string, changes oidctest.Claims) string {
		all := oidctest.Claims{"sub": "s-1", "oid": "o-1", "tid": "tenant-1", "scope": "orders.read"}
		for name, value := range changes {
			all[name] = value
		}
		return p.Token(audience, all)
	}
	alice := token("api://orders", nil)
	fmt.Println("Alice:          ", get(service, alice))
	fmt.Println("no token:       ", get(service, ""))
	fmt.Println("other API:      ", get(service, token("api://billing", nil)))
	fmt.Println("no scope:       ", get(service, token("api://orders", oidctest.Claims{"scope": nil})))
	fmt.Println("other tenant:   ", get(service, token("api://orders", oidctest.Claims{"tid": "tenant-2"})))
	fmt.Println("Bob:            ", get(service, token("api://orders", oidctest.Claims{"oid": "o-2"})))
	fmt.Println("forged:         ", get(service, p.Forge(oidctest.Forgery{
		Claims: oidctest.Claims{"aud": "api://orders", "oid": "o-1"}, Algorithm: "HS256", Key: []byte("0123456789abcdef0123456789abcdef"),
	})))

	if err := p.Rotate("ES256"); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("new key:        ", get(service, token("api://orders", nil)))
	p.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	fmt.Println("provider down:  ", get(service, alice))
	p.Advance(10 * time.Minute)
	fmt.Println("10 minutes on:  ", get(service, alice))
	// Output:
	// Alice:           orders of Alice, account 7
	// no token:        Unauthorized
	// other API:       Unauthorized
	// no scope:        Forbidden
	// other tenant:    Forbidden
	// Bob:             Forbidden
	// forged:          Unauthorized
	// new key:         orders of Alice, account 7
	// provider down:   orders of Alice, account 7
	// 10 minutes on:   Unauthorized
}
