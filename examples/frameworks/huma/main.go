// Command huma is a Huma API on net/http's ServeMux, behind package oidcauth.
//
//	go run ./huma -issuer https://login.example.com -audience api://orders
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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
	server := &http.Server{Addr: addr, Handler: routes(auth, visit), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

// api is the service. It knows nothing of tokens but the identity in its context.
type api struct {
	visit func(who string) // told of every request that reaches a handler
}

// routes declares the requirements of each operation in the OpenAPI document. The middleware reads them there.
func routes(auth *oidcauth.Authenticator, visit func(who string)) http.Handler {
	a := api{visit}
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Orders", "1.0.0")
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{bearer: {Type: "http", Scheme: "bearer"}}
	router := humago.New(mux, config)
	router.UseMiddleware(authenticate(auth))
	huma.Register(router, operation("/me", required()), a.me)
	huma.Register(router, operation("/orders", required("orders.read")), a.orders)
	huma.Register(router, operation("/public", required(), anonymous), a.public)
	return mux
}

func operation(path string, security ...map[string][]string) huma.Operation {
	return huma.Operation{OperationID: path[1:], Method: http.MethodGet, Path: path, Security: security}
}

type text struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func plain(s string) *text { return &text{"text/plain; charset=utf-8", []byte(s + "\n")} }

func (a api) me(ctx context.Context, _ *struct{}) (*text, error) {
	id, _ := oidcauth.FromContext(ctx)
	a.visit(id.Name())
	return plain(id.Name()), nil
}

func (a api) orders(ctx context.Context, _ *struct{}) (*text, error) {
	id, _ := oidcauth.FromContext(ctx)
	a.visit(id.Name())
	return plain("orders of " + id.Name()), nil
}

func (a api) public(ctx context.Context, _ *struct{}) (*text, error) {
	who := "anonymous"
	if id, ok := oidcauth.FromContext(ctx); ok {
		who = id.Name()
	}
	a.visit(who)
	return plain(who), nil
}
