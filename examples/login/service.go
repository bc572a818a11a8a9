package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// service is what the service needs of its provider.
type service struct {
	url    string
	client *provider.Client
	scopes []string
	acr    []string // that the page Payments requires; if nil, it requires a sign-in within 5 min

	// endSession ends the user's session at the provider. It is nil at a real provider.
	endSession func(*oidcauth.Identity) error
}

// handler returns the routes. config has the issuer. Without a database, each user of the provider is accepted.
func (s *service) handler(config oidcauth.Config, db *sql.DB, log *records) (http.Handler, error) {
	rules := oidcauth.ClaimRules{
		Roles:    oidcauth.RoleRules{Paths: []claims.Path{claims.Name("roles")}},
		UserInfo: s.client, // for claims that the ID token lacks
	}
	if db != nil {
		finder, err := users(db)
		if err != nil {
			return nil, err
		}
		config.Users, rules.User = finder, claims.Name("email") // compared with accounts.email
	}
	config.Issuers[0].Claims = rules
	config.Logger = slog.New(slog.NewTextHandler(log, nil))
	config.OnEvent = log.event
	auth, err := oidcauth.New(config)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32) // A real service reads its keys from a secret store, so that sessions outlast a restart.
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	rp, err := login.New(login.Config{
		Authenticator: auth,
		Providers:     []login.Provider{{Client: s.client, Scopes: s.scopes}},
		PublicURL:     s.url,
		Keys:          [][]byte{key},
	})
	if err != nil {
		return nil, err
	}
	return s.routes(auth, rp), nil
}

func (s *service) routes(auth *oidcauth.Authenticator, rp *login.RelyingParty) http.Handler {
	within := 5 * time.Minute
	if len(s.acr) > 0 {
		within = 0 // the age does not matter
	}
	stronger := rp.RequireAuthentication(within, s.acr...)
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp) // login, callback, logout
	mux.Handle("GET /{$}", rp.Require(http.HandlerFunc(s.home)))
	mux.Handle("GET /staff", rp.Require(auth.RequireRoles("staff")(http.HandlerFunc(s.staff))))
	mux.Handle("GET /payments", rp.Require(stronger(http.HandlerFunc(s.payments))))
	mux.Handle("GET /api/me", rp.Require(http.HandlerFunc(me))) // a session, or a bearer token
	if s.endSession != nil {
		mux.Handle("POST /end-at-provider", rp.Require(http.HandlerFunc(s.endAtProvider)))
	}
	mux.Handle("GET /static/", static)
	return mux
}

// serve serves until ctx ends.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
