package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	jwtmiddleware "github.com/auth0/go-jwt-middleware/v2"
	"github.com/auth0/go-jwt-middleware/v2/jwks"
	"github.com/auth0/go-jwt-middleware/v2/validator"
	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v2/jwk"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// peers check signature, iss, aud and exp as their documentation shows, with keys held.
var peers = []candidate{
	{name: "golang-jwt with keyfunc", module: "github.com/golang-jwt/jwt/v5", build: golangJWT},
	{name: "go-oidc", module: "github.com/coreos/go-oidc/v3", build: goOIDC},
	{name: "auth0 go-jwt-middleware", module: "github.com/auth0/go-jwt-middleware/v2", build: auth0},
	{name: "zitadel/oidc", module: "github.com/zitadel/oidc/v3", build: zitadel},
	{name: "jwx jwt.Parse", module: "github.com/lestrrat-go/jwx/v2", build: jwx},
}

type contextKey struct{}

// guard is the least middleware around a function that checks a token.
func guard(next http.Handler, check func(*http.Request, string) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		who, err := check(r, token)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, who)))
	})
}

func golangJWT(s *site, next http.Handler) (http.Handler, error) {
	keys, err := keyfunc.NewDefaultCtx(context.Background(), []string{s.jwksURL})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{s.alg}), jwt.WithIssuer(s.Issuer()), jwt.WithAudience(audience), jwt.WithExpirationRequired())
	return guard(next, func(_ *http.Request, raw string) (any, error) {
		token, err := parser.Parse(raw, keys.Keyfunc)
		if err != nil {
			return nil, err
		}
		return token.Claims, nil
	}), nil
}

func goOIDC(s *site, next http.Handler) (http.Handler, error) {
	keys := gooidc.NewRemoteKeySet(context.Background(), s.jwksURL)
	verifier := gooidc.NewVerifier(s.Issuer(), keys, &gooidc.Config{ClientID: audience, SupportedSigningAlgs: []string{s.alg}})
	return guard(next, func(r *http.Request, raw string) (any, error) { return verifier.Verify(r.Context(), raw) }), nil
}

func auth0(s *site, next http.Handler) (http.Handler, error) {
	issuer, err := url.Parse(s.Issuer())
	if err != nil {
		return nil, err
	}
	keys := jwks.NewCachingProvider(issuer, time.Hour)
	v, err := validator.New(keys.KeyFunc, validator.SignatureAlgorithm(s.alg), s.Issuer(), []string{audience})
	if err != nil {
		return nil, err
	}
	return jwtmiddleware.New(v.ValidateToken).CheckJWT(next), nil
}

var errAudience = errors.New("another audience")

// zitadel's verifier leaves the audience to its caller.
func zitadel(s *site, next http.Handler) (http.Handler, error) {
	keys := rp.NewRemoteKeySet(s.client, s.jwksURL)
	verifier := op.NewAccessTokenVerifier(s.Issuer(), keys, op.WithSupportedAccessTokenSigningAlgorithms(s.alg))
	return guard(next, func(r *http.Request, raw string) (any, error) {
		claims, err := op.VerifyAccessToken[*oidc.AccessTokenClaims](r.Context(), raw, verifier)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(claims.GetAudience(), audience) {
			return nil, errAudience
		}
		return claims, nil
	}), nil
}

func jwx(s *site, next http.Handler) (http.Handler, error) {
	cache := jwk.NewCache(context.Background())
	if err := cache.Register(s.jwksURL); err != nil {
		return nil, err
	}
	keys := jwk.NewCachedSet(cache, s.jwksURL)
	return guard(next, func(_ *http.Request, raw string) (any, error) {
		return jwxjwt.ParseString(raw, jwxjwt.WithKeySet(keys), jwxjwt.WithIssuer(s.Issuer()), jwxjwt.WithAudience(audience))
	}), nil
}
