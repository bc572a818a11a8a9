package oidcauth_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The service replaces its Authenticator by one with a new configuration while it runs. Revoked tokens stay revoked, and no key is
// fetched again.
func ExampleAuthenticator_Next() {
	provider, err := oidctest.Start() // replaces the real provider
	if err != nil {
		fmt.Println(err)
		return
	}
	defer provider.Close()

	config := func(audience ...string) oidcauth.Config {
		return oidcauth.Config{
			Issuers: []oidcauth.Issuer{{URL: provider.Issuer(), Audience: audience}},
			Logger:  slog.New(slog.DiscardHandler),
		}
	}
	first, err := oidcauth.New(config("api://orders"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var current atomic.Pointer[oidcauth.Authenticator]
	current.Store(first)
	reload := func(audience ...string) error {
		next, err := current.Load().Next(config(audience...))
		if err != nil {
			return err // the former configuration stays in use
		}
		current.Store(next)
		next.Reloaded(context.Background(), decision.Reload{Source: "the example"})
		return nil
	}
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current.Load().Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	})
	status := func(token string) int {
		r := httptest.NewRequest(http.MethodGet, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		return w.Code
	}

	revoked := provider.Token("api://orders", oidctest.Claims{"sub": "alice"})
	good := provider.Token("api://orders", oidctest.Claims{"sub": "bob"})
	err = current.Load().Revoke(context.Background(), revoked, "access_token")
	fmt.Println(status(revoked), status(good), err)
	err = reload("api://orders", "api://invoices")
	fmt.Println(status(revoked), status(good), err)
	// Output:
	// 401 200 <nil>
	// 401 200 <nil>
}
