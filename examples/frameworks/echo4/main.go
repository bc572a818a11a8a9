// Command echo4 is an Echo router, version 4, behind package oidcauth.
//
//	go run ./echo4 -issuer https://login.example.com -audience api://orders
//	go run ./echo4 -issuer https://login.example.com -audience api://orders -client-id portal -secret-file secret
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

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

func routes(auth *oidcauth.Authenticator, visit func(who string)) *echo.Echo {
	a := api{visit}
	signedIn, ordersRead := authenticate(auth), requireScopes(auth, "orders.read")
	router := echo.New()
	// Route by route: a group with middleware also takes the paths that it does not know, and answers 401 there.
	router.GET("/me", a.me, signedIn)
	router.GET("/orders", a.orders, signedIn, ordersRead) // the identity first, then its scopes
	router.GET("/reports", a.reports, signedIn, require(auth, audit))
	router.GET("/public", a.public, optional(auth))
	return router
}

// audit is what /reports requires: a role, and a level that the provider states in a claim.
func audit(id *oidcauth.Identity) error {
	if err := id.RequireRoles("auditor"); err != nil {
		return err
	}
	return id.RequireClaims(claims.AtLeast(claims.Name("level"), 2))
}

func (a api) me(c echo.Context) error {
	id, _ := oidcauth.FromContext(c.Request().Context())
	a.visit(id.Name())
	return c.String(http.StatusOK, id.Name()+"\n")
}

func (a api) orders(c echo.Context) error {
	id, _ := oidcauth.FromContext(c.Request().Context())
	a.visit(id.Name())
	return c.String(http.StatusOK, "orders of "+id.Name()+"\n")
}

func (a api) reports(c echo.Context) error {
	id, _ := oidcauth.FromContext(c.Request().Context())
	a.visit(id.Name())
	return c.String(http.StatusOK, "reports for "+id.Name()+"\n")
}

func (a api) public(c echo.Context) error {
	who := "anonymous"
	if id, ok := oidcauth.FromContext(c.Request().Context()); ok {
		who = id.Name()
	}
	a.visit(who)
	return c.String(http.StatusOK, who+"\n")
}
