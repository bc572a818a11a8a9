// Command portal is the first program with a login. The README of package login shows it.
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func main() {
	rp, err := newLogin("https://login.example.com", "portal", os.Getenv("CLIENT_SECRET"), os.Getenv("SESSION_KEY"))
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", routes(rp)))
}

func newLogin(issuer, clientID, secret, sessionKey string) (*login.RelyingParty, error) {
	key, err := base64.StdEncoding.DecodeString(sessionKey) // 32 random bytes
	if err != nil {
		return nil, err
	}
	client, err := provider.New(provider.Config{Issuer: issuer, ClientID: clientID, Auth: provider.Auth{Secret: secret}})
	if err != nil {
		return nil, err
	}
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL:            issuer,
			Audience:       []string{"http://localhost:8080"}, // of bearer tokens for this service, which a login does not need
			LogoutAudience: []string{clientID},                // accepts the provider's back-channel logouts
			Claims:         oidcauth.ClaimRules{UserInfo: client},
		}},
	})
	if err != nil {
		return nil, err
	}
	return login.New(login.Config{
		Authenticator: auth,
		Providers:     []login.Provider{{Client: client, Scopes: []string{"openid", "profile", "email"}}},
		PublicURL:     "http://localhost:8080", // https://… in production
		Keys:          [][]byte{key},
	})
}

func routes(rp *login.RelyingParty) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/auth/", rp) // login, callback, logout
	mux.Handle("/", rp.Require(http.HandlerFunc(hello)))
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	id, _ := oidcauth.FromContext(r.Context())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8") // a name must not be taken for HTML
	fmt.Fprintln(w, "hello", id.Name())
}
