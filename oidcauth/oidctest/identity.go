package oidctest

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/usermap"
)

// Identity returns what a handler finds in its context for a token with these claims, and for this user. Put it into
// a context with oidcauth.NewContext.
//
// A real Authenticator makes the identity, so that a test cannot use one that no token leads to. The defaults of sub
// and aud are "test". A user with an ID is enabled. Identity panics if the Authenticator refuses the claims. It knows
// nothing of the checks in the configuration of your service. Its roles are those of the claim roles.
func Identity(has Claims, user usermap.User) *oidcauth.Identity {
	key, err := newKey("ES256")
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	p := &Provider{issuer: "https://issuer.test", now: time.Now, tokens: map[string]string{}, keys: []signingKey{{"test", "ES256", key}}}
	config := p.Config("test")
	config.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles")}
	config.Issuers[0].Keys = certsource.PEM(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	if user.ID != "" {
		user.Enabled = true
	}
	if user.Enabled {
		config.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			return []usermap.User{user}, nil
		})
	}
	auth, err := oidcauth.New(config)
	if err != nil {
		panic(fmt.Sprintf("oidctest: %v", err))
	}
	all := Claims{"sub": "test"}
	maps.Copy(all, has)
	r := &http.Request{Method: http.MethodGet, Header: http.Header{"Authorization": {"Bearer " + p.Token("test", all)}}}
	id, err := auth.Check(r)
	if err != nil {
		panic(fmt.Sprintf("oidctest: %v", err))
	}
	return id
}
