package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The service replaces its Authenticator by one with a new configuration while it runs. Both share the deny list, so that
// revoked tokens stay revoked.
func ExampleNew_reload() {
	provider, err := oidctest.Start() // replaces the real provider
	if err != nil {
		fmt.Println(err)
		return
	}
	defer provider.Close()

	var (
		list    denylist.Memory // one for the life of the process
		current atomic.Pointer[oidcauth.Authenticator]
	)
	load := func(audience ...string) error {
		auth, err := oidcauth.New(oidcauth.Config{
			Issuers:    []oidcauth.Issuer{{URL: provider.Issuer(), Audience: audience}},
			Revocation: oidcauth.Revocation{DenyList: &list},
			Logger:     slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err // the former configuration stays in use
		}
		current.Store(auth)
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
	err = errors.Join(
		load("api://orders"),
		current.Load().Revoke(context.Background(), revoked, "access_token"),
	)
	fmt.Println(status(revoked), status(good), err)
	err = load("api://orders", "api://invoices")
	fmt.Println(status(revoked), status(good), err)
	// Output:
	// 401 200 <nil>
	// 401 200 <nil>
}
