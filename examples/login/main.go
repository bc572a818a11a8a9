// Command login is a service whose users sign in with a browser. It has a provider with a login form, and its users are in SQLite.
//
//	go run .          serves on http://127.0.0.1:8080 until Ctrl-C
//	go run . -once    sends the requests of browsers instead, prints what happened, and ends; status 0 if all is as intended
//	go run . -provider https://login.example.com -client-id orders -secret-file secret
//
// The last command signs users in at a real provider, at which http://127.0.0.1:8080/auth/callback is registered as redirect_uri.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
)

// options are the flags.
type options struct {
	addr                            string
	once                            bool
	provider, clientID, secretFile  string
	scopes, acr, audience, database string
}

func main() {
	var o options
	flag.StringVar(&o.addr, "addr", "127.0.0.1:8080", "listen on this loopback `address`")
	flag.BoolVar(&o.once, "once", false, "send the requests of browsers, print what happened, and end")
	flag.StringVar(&o.provider, "provider", "", "sign in at the real provider with this issuer `URL`")
	flag.StringVar(&o.clientID, "client-id", "", "the client `id` at the real provider")
	flag.StringVar(&o.secretFile, "secret-file", "", "the `file` with the client secret; without it, the client is public")
	flag.StringVar(&o.scopes, "scopes", "openid profile email", "the requested scopes")
	flag.StringVar(&o.acr, "acr", "", "the acr that the page Payments requires; without it, a sign-in within 5 minutes")
	flag.StringVar(&o.audience, "audience", "api://orders", "the audience of bearer tokens for this service")
	flag.StringVar(&o.database, "users", "", "the SQLite `file` with a table as in users.sql; without it, the real provider's users are all accepted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o options) error {
	if o.once {
		o.addr = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	log := &records{}
	if o.provider != "" {
		log.printTo(out)
		return serveReal(ctx, out, listener, o, url, log)
	}
	d, err := newDemo(url, log)
	if err != nil {
		return err
	}
	defer d.close()
	if o.once {
		return d.journey(ctx, out, listener)
	}
	log.printTo(out)
	fmt.Fprintf(out, "Open %s and sign in as alice or bob. carol is disabled, and dave has no account. End with Ctrl-C.\n", url)
	fmt.Fprintf(out, "\nA program sends a token instead, here for 5 minutes:\n  curl -i %s/api/me -H 'Authorization: Bearer %s'\n", url, d.token())
	return serve(ctx, listener, d.handler)
}
