// Command gin is a gin router behind package oidcauth.
//
//	go run ./gin -issuer https://login.example.com -audience api://orders
//	go run ./gin -issuer https://login.example.com -audience api://orders -client-id portal -secret-file secret
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/gin-gonic/gin"

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
	gin.SetMode(gin.ReleaseMode) // gin's debug mode prints routes and warnings
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

func routes(auth *oidcauth.Authenticator, visit func(who string)) *gin.Engine {
	a := api{visit}
	router := gin.New()
	signedIn := router.Group("", authenticate(auth)) // a group, so that unknown paths stay a plain 404
	signedIn.GET("/me", a.me)
	signedIn.GET("/orders", requireScopes(auth, "orders.read"), a.orders)
	signedIn.GET("/reports", require(auth, audit), a.reports)
	router.GET("/public", optional(auth), a.public)
	return router
}

// audit is what /reports requires: a role, and a level that the provider states in a claim.
func audit(id *oidcauth.Identity) error {
	if err := id.RequireRoles("auditor"); err != nil {
		return err
	}
	return id.RequireClaims(claims.AtLeast(claims.Name("level"), 2))
}

func (a api) me(c *gin.Context) {
	id, _ := oidcauth.FromContext(c.Request.Context())
	a.visit(id.Name())
	c.String(http.StatusOK, "%s\n", id.Name())
}

func (a api) orders(c *gin.Context) {
	id, _ := oidcauth.FromContext(c.Request.Context())
	a.visit(id.Name())
	c.String(http.StatusOK, "orders of %s\n", id.Name())
}

func (a api) reports(c *gin.Context) {
	id, _ := oidcauth.FromContext(c.Request.Context())
	a.visit(id.Name())
	c.String(http.StatusOK, "reports for %s\n", id.Name())
}

func (a api) public(c *gin.Context) {
	who := "anonymous"
	if id, ok := oidcauth.FromContext(c.Request.Context()); ok {
		who = id.Name()
	}
	a.visit(who)
	c.String(http.StatusOK, "%s\n", who)
}
