// Command events sends server-sent events for as long as the client's token is good.
//
//	go run ./examples/events -issuer https://login.example.com -audience api://orders
//	curl -N http://127.0.0.1:8080/clock -H "Authorization: Bearer $TOKEN"
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

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
	auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: issuer, Audience: []string{audience}}}})
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: handler(auth, time.Second), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func handler(auth *oidcauth.Authenticator, every time.Duration) http.Handler {
	read := auth.RequireScopes("clock.read")
	mux := http.NewServeMux()
	mux.Handle("GET /clock", auth.Handler(read(clock(auth, every))))
	return mux
}
