package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	"github.com/golang-jwt/jwt/v5/request"
	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/knownbearer/knownbearer/oidcauth"
)

var own = judge{"knownbearer", []module{{"knownbearer", library}}, true, knownbearer}

var peers = []judge{
	{"go-oidc", []module{{"go-oidc", "github.com/coreos/go-oidc/v3"}}, true, goOIDC},
	{"golang-jwt", []module{{"golang-jwt", "github.com/golang-jwt/jwt/v5"}, {"keyfunc", "github.com/MicahParks/keyfunc/v3"}}, false, golangJWT},
	{"jwx", []module{{"jwx", "github.com/lestrrat-go/jwx/v2"}}, false, jwx},
}

func knownbearer(_ context.Context, r row, client *http.Client, next http.Handler) (http.Handler, error) {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers:    []oidcauth.Issuer{{URL: r.Issuer, Audience: []string{r.Audience}, Algorithms: r.Algorithms, Leeway: oidcauth.Exactly(r.Leeway)}},
		HTTPClient: client, Now: r.now, Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	return auth.Handler(next), nil
}

// guard is the least middleware around a function that checks a request.
func guard(next http.Handler, check func(*http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := check(r); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// goOIDC verifies ID tokens, and access tokens are what many services have it verify. It has no leeway to set, and
// extracts no token from a request: this is the grammar of RFC 6750.
func goOIDC(ctx context.Context, r row, client *http.Client, next http.Handler) (http.Handler, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), r.Issuer)
	if err != nil {
		return nil, err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: r.Audience, SupportedSigningAlgs: r.algorithms(), Now: r.now})
	return guard(next, func(req *http.Request) error {
		scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return request.ErrNoTokenInRequest
		}
		_, err := verifier.Verify(req.Context(), strings.TrimLeft(token, " "))
		return err
	}), nil
}

// golangJWT has every check that the parser offers for access tokens, and keys for signatures only.
func golangJWT(ctx context.Context, r row, client *http.Client, next http.Handler) (http.Handler, error) {
	discard := func(string) func(context.Context, error) { return func(context.Context, error) {} }
	fetched, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{r.KeysURL}, keyfunc.Override{Client: client, RefreshErrorHandlerFunc: discard})
	if err != nil {
		return nil, err
	}
	keys, err := keyfunc.New(keyfunc.Options{Ctx: ctx, Storage: fetched.Storage(), UseWhitelist: []jwkset.USE{jwkset.UseSig, ""}})
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(r.algorithms()), jwt.WithIssuer(r.Issuer), jwt.WithAudience(r.Audience), jwt.WithExpirationRequired(),
		jwt.WithLeeway(r.Leeway), jwt.WithTimeFunc(r.now), jwt.WithStrictDecoding(),
	)
	return guard(next, func(req *http.Request) error {
		_, err := request.ParseFromRequest(req, request.BearerExtractor{}, keys.Keyfunc, request.WithParser(parser))
		return err
	}), nil
}

// jwx infers algorithms, since key sets of many providers do not name them, takes the only key for a token that names none,
// and asks for exp, which it does not by itself. It takes no list of algorithms.
func jwx(ctx context.Context, r row, client *http.Client, next http.Handler) (http.Handler, error) {
	jwxjwt.Settings(jwxjwt.WithCompactOnly(true), jwxjwt.WithNumericDateParsePedantic(true)) // of the whole process
	cache := jwk.NewCache(ctx)
	if err := cache.Register(r.KeysURL, jwk.WithHTTPClient(client)); err != nil {
		return nil, err
	}
	if _, err := cache.Refresh(ctx, r.KeysURL); err != nil {
		return nil, err
	}
	keys := jwxjwt.WithKeySet(jwk.NewCachedSet(cache, r.KeysURL), jws.WithInferAlgorithmFromKey(true), jws.WithUseDefault(true))
	return guard(next, func(req *http.Request) error {
		_, err := jwxjwt.ParseRequest(
			req, keys, jwxjwt.WithIssuer(r.Issuer), jwxjwt.WithAudience(r.Audience), jwxjwt.WithRequiredClaim("exp"),
			jwxjwt.WithAcceptableSkew(r.Leeway), jwxjwt.WithClock(jwxjwt.ClockFunc(r.now)),
		)
		return err
	}), nil
}
