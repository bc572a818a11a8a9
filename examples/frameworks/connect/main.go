// Command connect is a Connect service, which also speaks gRPC and gRPC-Web, behind package oidcauth.
//
//	go run ./connect -issuer https://login.example.com -audience api://orders
//	curl -i http://127.0.0.1:8080/orders.v1.Orders/Whoami -H "Content-Type: application/json" -d '{}' -H "Authorization: Bearer $TOKEN"
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"connectrpc.com/authn"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

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

// The procedures. Generated code has constants of this kind.
const (
	whoami = "/orders.v1.Orders/Whoami" // any accepted token
	watch  = "/orders.v1.Orders/Watch"  // a stream, for tokens with the scope orders.read
	cancel = "/orders.v1.Orders/Cancel" // checks the scope itself
)

// api is the service. It knows nothing of tokens but the identity in its context.
type api struct {
	visit func(who string) // told of every call that reaches a handler
}

func routes(auth *oidcauth.Authenticator, visit func(who string)) http.Handler {
	a := api{visit}
	rules := connect.WithInterceptors(refusals{auth, map[string]func(*oidcauth.Identity) error{
		watch: func(id *oidcauth.Identity) error { return id.RequireScopes("orders.read") },
	}})
	mux := http.NewServeMux()
	signedIn := authn.NewMiddleware(authenticate(auth))
	mux.Handle(whoami, signedIn.Wrap(connect.NewUnaryHandler(whoami, a.whoami, rules)))
	mux.Handle(watch, signedIn.Wrap(connect.NewServerStreamHandler(watch, a.watch, rules)))
	mux.Handle(cancel, signedIn.Wrap(connect.NewUnaryHandler(cancel, a.cancel, rules)))
	return mux
}

func (a api) whoami(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
	id, _ := oidcauth.FromContext(ctx)
	a.visit(id.Name())
	return connect.NewResponse(wrapperspb.String(id.Name())), nil
}

func (a api) watch(ctx context.Context, _ *connect.Request[emptypb.Empty], stream *connect.ServerStream[wrapperspb.StringValue]) error {
	id, _ := oidcauth.FromContext(ctx)
	a.visit(id.Name())
	return stream.Send(wrapperspb.String("orders of " + id.Name()))
}

func (a api) cancel(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
	id, _ := oidcauth.FromContext(ctx)
	if err := id.RequireScopes("orders.write"); err != nil {
		return nil, err
	}
	a.visit(id.Name())
	return connect.NewResponse(wrapperspb.String("cancelled")), nil
}
