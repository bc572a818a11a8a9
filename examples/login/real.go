package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// serveReal signs users in at the real provider of the flags.
func serveReal(ctx context.Context, out io.Writer, listener net.Listener, o options, url string, log *records) error {
	config := provider.Config{Issuer: o.provider, ClientID: o.clientID}
	if o.secretFile != "" {
		secret, err := os.ReadFile(o.secretFile)
		if err != nil {
			return err
		}
		config.Auth.Secret = strings.TrimSpace(string(secret))
	}
	client, err := provider.New(config)
	if err != nil {
		return err
	}
	var db *sql.DB
	if o.database != "" {
		if db, err = sql.Open("sqlite", o.database); err != nil {
			return err
		}
		defer db.Close()
	}
	s := &service{url: url, client: client, scopes: strings.Fields(o.scopes), acr: strings.Fields(o.acr)}
	handler, err := s.handler(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: o.provider, Audience: []string{o.audience}, LogoutAudience: []string{o.clientID}}},
	}, db, log)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "At the provider, register %[1]s/auth/callback as redirect_uri and %[1]s/auth/logged-out as post_logout_redirect_uri.\n", url)
	fmt.Fprintf(out, "Then open %s. End with Ctrl-C.\n", url)
	return serve(ctx, listener, handler)
}
