package migration

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func golangJWTBefore(ctx context.Context, issuer, audience, keysURL string) (http.Handler, error) {
	keys, err := keyfunc.NewDefaultCtx(ctx, []string{keysURL})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{"RS256"}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(audience),
		jwt.WithExpirationRequired(),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		token, err := parser.Parse(raw, keys.KeyfuncCtx(r.Context()))
		switch {
		case errors.Is(err, jwt.ErrTokenExpired):
			http.Error(w, "expired", http.StatusUnauthorized)
			return
		case err != nil:
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		subject, _ := token.Claims.GetSubject()
		fmt.Fprintln(w, "hello", subject)
	}), nil
}

func golangJWTAfter(issuer, audience, keysURL string) (http.Handler, error) {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL:        issuer,
			Audience:   []string{audience},
			Algorithms: []string{"RS256"},
			Keys:       certsource.JWKS{URL: keysURL}, // without it, discovery finds the key set
		}},
	})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := auth.Check(r)
		switch {
		case errors.Is(err, reason.Expired):
			http.Error(w, "expired", http.StatusUnauthorized)
			return
		case err != nil:
			auth.Refuse(w, r, err)
			return
		}
		fmt.Fprintln(w, "hello", id.Subject())
	}), nil
}
