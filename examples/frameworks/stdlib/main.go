// Command stdlib is net/http's ServeMux behind package oidcauth.
//
//	go run ./stdlib -issuer https://login.example.com -audience api://orders
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
)

func main() {
	issuer := flag.String("issuer", "", "the provider's issuer URL, exactly as in its tokens")
	audience := flag.String("audience", "", "the audience that tokens for this service have")
	addr := flag.String("addr", "127.0.0.1:8080", "the address to listen on")
	flag.Parse()
	if err := serve(*addr, *issuer, *audience); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(addr, issuer, audience string) error {
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
	server := &http.Server{Addr: addr, Handler: routes(auth, visit), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// api is the service: all it knows of tokens is the identity in its context.
type api struct {
	visit func(who string) // told of every request that reaches a handler
}

// routes protects route by route: what the mux does not know stays a plain 404.
func routes(auth *oidcauth.Authenticator, visit func(who string)) http.Handler {
	a := api{visit}
	ordersRead := auth.RequireScopes("orders.read")
	mux := http.NewServeMux()
	mux.Handle("GET /me", auth.Handler(http.HandlerFunc(a.me)))
	mux.Handle("GET /orders", auth.Handler(ordersRead(http.HandlerFunc(a.orders)))) // the identity first, then its scopes
	mux.Handle("GET /reports", auth.Handler(auth.Require("audit", audit)(http.HandlerFunc(a.reports))))
	mux.Handle("GET /public", auth.Optional(http.HandlerFunc(a.public)))
	return mux
}

// audit is what /reports requires: a role, and a level that the provider states in a claim.
func audit(id *oidcauth.Identity) error {
	if err := id.RequireRoles("auditor"); err != nil {
		return err
	}
	return id.RequireClaims(claims.AtLeast(claims.Name("level"), 2))
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
