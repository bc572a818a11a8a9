// Command quickstart shows the main job on loopback: a provider, an API behind oidcauth, a dozen requests, for each of them
// who was let in or why not, and of one refusal the cause, the fix and the log record.
//
//	go run ./examples/quickstart              prints table and record, keeps serving, prints two lines to try, explains each refusal
//	go run ./examples/quickstart -once        ends after the record; status 0 if every outcome was the intended one
//	go run ./examples/quickstart -issuer https://login.example.com -audience api://orders
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func main() {
	once := flag.Bool("once", false, "end after the table")
	issuer := flag.String("issuer", "", "protect the API with this real provider instead")
	audience := flag.String("audience", "", "the audience that the real provider's tokens must have")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *issuer != "" {
		err = protectReal(ctx, *issuer, *audience)
	} else {
		err = show(ctx, os.Stdout, *once)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// orders is the API: all it knows of tokens is the identity in its context.
func orders(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	fmt.Fprintf(w, "hello %s\n", id.Name())
}

func show(ctx context.Context, out io.Writer, once bool) error {
	d, err := newDemo()
	if err != nil {
		return err
	}
	defer d.provider.Close()
	server, url, err := serve(d.auth)
	if err != nil {
		return err
	}
	defer server.Close()
	wrong, err := d.run(out, url)
	switch {
	case err != nil:
		return err
	case wrong > 0:
		return fmt.Errorf("%d outcomes were not the intended ones", wrong)
	case once:
		return nil
	}
	d.fail(oidctest.Fault{})
	d.log.printTo(out)
	fmt.Fprintf(out, "\nServing; end with Ctrl-C. Try, for the next five minutes:\n")
	fmt.Fprintf(out, "  curl -i %s -H 'Authorization: Bearer %s'\n", url, d.provider.Token(audience, alice))
	fmt.Fprintf(out, "  curl -i %s -H 'Authorization: Bearer %s'\n", url, d.provider.Token("api://other", alice))
	<-ctx.Done()
	return nil
}

func protectReal(ctx context.Context, issuer, audience string) error {
	log := &records{}
	log.printTo(os.Stdout)
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: issuer, Audience: []string{audience}}},
		Logger:  slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		return err
	}
	server, url, err := serve(auth)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Printf("Serving; end with Ctrl-C. Try:\n  curl -i %s -H \"Authorization: Bearer $TOKEN\"\n", url)
	<-ctx.Done()
	return nil
}

// serve protects the orders on a free loopback port.
func serve(auth *oidcauth.Authenticator) (*http.Server, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /orders", auth.Handler(http.HandlerFunc(orders)))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	return server, "http://" + listener.Addr().String() + "/orders", nil
}
