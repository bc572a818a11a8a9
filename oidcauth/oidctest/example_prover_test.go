package oidctest_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A test of a service that accepts tokens with DPoP proofs.
func ExampleProver() {
	p, err := oidctest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	config := p.Config("api://orders")
	config.PublicURL = "https://api.example.com"
	config.Logger = slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	if err != nil {
		fmt.Println(err)
		return
	}
	service := auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	status := func(r *http.Request) int {
		w := httptest.NewRecorder()
		service.ServeHTTP(w, r)
		return w.Code
	}

	alice, thief := p.NewProver(config.PublicURL), p.NewProver(config.PublicURL)
	token := alice.Token("api://orders", oidctest.Claims{"sub": "alice"})
	r := httptest.NewRequest(http.MethodGet, "/orders", nil)
	alice.Prove(r, token, nil)
	fmt.Println("good:         ", status(r))
	fmt.Println("again:        ", status(r))
	alice.Prove(r, token, oidctest.Claims{"htm": http.MethodPut})
	fmt.Println("other method: ", status(r))
	thief.Prove(r, token, nil)
	fmt.Println("other key:    ", status(r))
	r.Header.Set("Authorization", "Bearer "+token)
	fmt.Println("bearer:       ", status(r))
	// Output:
	// good:          200
	// again:         401
	// other method:  401
	// other key:     401
	// bearer:        401
}
