// Command chi is a chi router behind package oidcauth.
//
//	go run ./chi -issuer https://login.example.com -audience api://orders
//	go run ./chi -issuer https://login.example.com -audience api://orders -client-id portal -secret-file secret
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/examples/frameworks/internal/portal"
	"github.com/knownbearer/knownbearer/oidcauth"
)

func main() {
	issuer := flag.String("issuer", "", "the provider's issuer URL, exactly as in its tokens")
	audience := flag.String("audience", "", "the audience that tokens for this service have")
	addr := flag.String("addr", "127.0.0.1:8080", "the address to listen on")
	var client portal.Flags
	client.Register()
	flag.Parse()
	if err := serve(*addr, *issuer, *audience, client); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(addr, issuer, audience string, client portal.Flags) error {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: issuer, Audience: []string{audience},
			Claims: oidcauth.ClaimRules{Roles: oidcauth.RoleRules{Paths: []claims.Path{claims.Name("roles")}}},
		}},
	})
	if err != nil {
		return err
	}
	visit := func(who string) { slog.Info("visit", "who", who) }
	router := routes(auth, visit)
	if client.ClientID != "" {
		rp, err := portal.New(auth, issuer, "http://"+addr, client)
		if err != nil {
			return err
		}
		addLogin(router, auth, rp, visit)
	}
	server := &http.Server{Addr: addr, Handler: router, ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// api is the service: all it knows of tokens is the identity in its context.
type api struct {
	visit func(who string) // told of every request that reaches a handler
}

// routes uses the library's middleware as it is: chi's is net/http's.
func routes(auth *oidcauth.Authenticator, visit func(who string)) chi.Router {
	a := api{visit}
	router := chi.NewRouter()
	router.Group(func(signedIn chi.Router) { // a group, so that unknown paths stay a plain 404
		signedIn.Use(auth.Handler)
		signedIn.Get("/me", a.me)
		signedIn.With(auth.RequireScopes("orders.read")).Get("/orders", a.orders)
		signedIn.With(auth.RequireRoles("auditor"), auth.RequireClaims(claims.AtLeast(claims.Name("level"), 2))).Get("/reports", a.reports)
	})
	router.With(auth.Optional).Get("/public", a.public)
	return router
}

func (a api) me(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	a.say(w, id.Name(), id.Name())
}

func (a api) orders(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	a.say(w, id.Name(), "orders of "+id.Name())
}

func (a api) reports(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	a.say(w, id.Name(), "reports for "+id.Name())
}

func (a api) public(w http.ResponseWriter, r *http.Request) {
	who := "anonymous"
	if id, ok := oidcauth.FromContext(r.Context()); ok {
		who = id.Name()
	}
	a.say(w, who, who)
}

func (a api) say(w http.ResponseWriter, who, text string) {
	a.visit(who)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8") // a name must not be taken for HTML
	fmt.Fprintln(w, text)
}
