package migration

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/gorilla/sessions"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func loginBefore(ctx context.Context, issuer, clientID, secret, publicURL string, store sessions.Store) (http.Handler, error) {
	p, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	verifier := p.Verifier(&oidc.Config{ClientID: clientID})
	config := oauth2.Config{
		ClientID: clientID, ClientSecret: secret, Endpoint: p.Endpoint(),
		RedirectURL: publicURL + "/auth/callback", Scopes: []string{oidc.ScopeOpenID, "email"},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth/callback", func(w http.ResponseWriter, r *http.Request) {
		session, _ := store.Get(r, "session")
		state, _ := session.Values["state"].(string)
		nonce, _ := session.Values["nonce"].(string)
		codeVerifier, _ := session.Values["verifier"].(string)
		if state == "" || r.URL.Query().Get("state") != state {
			http.Error(w, "wrong state", http.StatusBadRequest)
			return
		}
		token, err := config.Exchange(r.Context(), r.URL.Query().Get("code"), oauth2.VerifierOption(codeVerifier))
		if err != nil {
			http.Error(w, "no token", http.StatusBadGateway)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(r.Context(), raw)
		if err != nil || idToken.Nonce != nonce {
			http.Error(w, "bad ID token", http.StatusUnauthorized)
			return
		}
		var profile struct {
			Email string `json:"email"`
		}
		if err := idToken.Claims(&profile); err != nil {
			http.Error(w, "bad ID token", http.StatusUnauthorized)
			return
		}
		session.Values = map[any]any{"email": profile.Email}
		if err := session.Save(r, w); err != nil {
			http.Error(w, "no session", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		session, _ := store.Get(r, "session")
		if email, _ := session.Values["email"].(string); email != "" {
			fmt.Fprintln(w, "hello", email)
			return
		}
		state, nonce, codeVerifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
		session.Values["state"], session.Values["nonce"], session.Values["verifier"] = state, nonce, codeVerifier
		if err := session.Save(r, w); err != nil {
			http.Error(w, "no session", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(codeVerifier)), http.StatusSeeOther)
	})
	return mux, nil
}

func loginAfter(issuer, clientID, secret, publicURL string, key []byte) (http.Handler, error) {
	client, err := provider.New(provider.Config{Issuer: issuer, ClientID: clientID, Auth: provider.Auth{Secret: secret}})
	if err != nil {
		return nil, err
	}
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL: issuer, Audience: []string{publicURL}, LogoutAudience: []string{clientID},
			Claims: oidcauth.ClaimRules{Name: claims.Name("email")},
		}},
	})
	if err != nil {
		return nil, err
	}
	rp, err := login.New(login.Config{
		Authenticator: auth, PublicURL: publicURL, Keys: [][]byte{key},
		Providers: []login.Provider{{Client: client, Scopes: []string{"openid", "email"}}},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp)
	mux.Handle("/", rp.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprintln(w, "hello", id.Name())
	})))
	return mux, nil
}

func scsBefore(manager *scs.SessionManager) http.Handler {
	return manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		email := manager.GetString(r.Context(), "email") // which the callback has put there
		if email == "" {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		manager.Put(r.Context(), "visits", manager.GetInt(r.Context(), "visits")+1)
		fmt.Fprintln(w, "hello", email, manager.GetInt(r.Context(), "visits"))
	}))
}

func scsAfter(rp *login.RelyingParty, manager *scs.SessionManager) http.Handler {
	return rp.Require(manager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		visits := "visits of " + id.Subject() // data of one user, whoever used the browser before
		manager.Put(r.Context(), visits, manager.GetInt(r.Context(), visits)+1)
		fmt.Fprintln(w, "hello", id.Name(), manager.GetInt(r.Context(), visits))
	})))
}
