// Command websocket is a WebSocket server behind package oidcauth. A browser presents its token as a subprotocol, and the
// connection is closed when the token expires or is revoked.
//
//	go run ./websocket -issuer https://login.example.com -audience api://orders
//	new WebSocket("ws://127.0.0.1:8080/echo", ["bearer", token])
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
)

const protocol = "bearer"

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
		Issuers:     []oidcauth.Issuer{{URL: issuer, Audience: []string{audience}}},
		Credentials: oidcauth.Credentials{WebSocketProtocol: protocol},
	})
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: handler(auth), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func handler(auth *oidcauth.Authenticator) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /echo", auth.Handler(auth.RequireScopes("echo")(echo(auth))))
	return mux
}
