// Command fiber is a Fiber app, version 3, behind package oidcauth.
//
//	go run ./fiber -issuer https://login.example.com -audience api://orders
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/gofiber/fiber/v3"

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
		Issuers: []oidcauth.Issuer{{URL: issuer, Audience: []string{audience}}},
	})
	if err != nil {
		return err
	}
	visit := func(who string) { slog.Info("visit", "who", who) }
	return routes(auth, visit).Listen(addr)
}

// api is the service. It knows nothing of tokens but the identity in its context.
type api struct {
	visit func(who string) // told of every request that reaches a handler
}

func routes(auth *oidcauth.Authenticator, visit func(who string)) *fiber.App {
	a := api{visit}
	signedIn, ordersRead := authenticate(auth), requireScopes(auth, "orders.read")
	app := fiber.New(fiber.Config{ReadTimeout: 5 * time.Second})
	// Route by route: a group with middleware also takes the paths that it does not know, and answers 401 there.
	app.Get("/me", signedIn, a.me)
	app.Get("/orders", signedIn, ordersRead, a.orders) // the identity first, then its scopes
	app.Get("/public", optional(auth), a.public)
	return app
}

func (a api) me(c fiber.Ctx) error {
	id, _ := oidcauth.FromContext(c.Context())
	a.visit(id.Name())
	return c.SendString(id.Name() + "\n")
}

func (a api) orders(c fiber.Ctx) error {
	id, _ := oidcauth.FromContext(c.Context())
	a.visit(id.Name())
	return c.SendString("orders of " + id.Name() + "\n")
}

func (a api) public(c fiber.Ctx) error {
	who := "anonymous"
	if id, ok := oidcauth.FromContext(c.Context()); ok {
		who = id.Name()
	}
	a.visit(who)
	return c.SendString(who + "\n")
}
