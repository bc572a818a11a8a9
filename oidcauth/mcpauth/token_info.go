package mcpauth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/auth"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// identityKey is the key of the identity in TokenInfo.Extra.
const identityKey = "github.com/knownbearer/knownbearer/oidcauth"

// tokenInfo names the user to whom the go-sdk binds a session. r is the request of the accepted token.
func tokenInfo(a *oidcauth.Authenticator, r *http.Request, id *oidcauth.Identity) *auth.TokenInfo {
	user := id.Issuer()
	switch {
	case id.Subject() != "":
		user += " sub " + id.Subject()
	case id.User().ID != "":
		user += " user " + id.User().ID
	default: // The client is no user: many may log in by one.
		token, _ := a.BearerToken(r)
		user += fmt.Sprintf(" token %x", sha256.Sum256([]byte(token)))
	}
	return &auth.TokenInfo{Scopes: id.Scopes(), Expiration: id.Expires(), UserID: user, Extra: map[string]any{identityKey: id}}
}

// accepted are the options for a token that was accepted before: the leeway of its issuer has decided about its expiry.
var accepted = &auth.RequireBearerTokenOptions{AllowMissingExpiration: true, ClockSkew: math.MaxInt64}

// withTokenInfo puts the token information into the context of a request. Only the middleware of the go-sdk can do that. It sees
// a request of its own, because it would read the token otherwise than the Authenticator does. A stream ends with its token.
func withTokenInfo(a *oidcauth.Authenticator, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // the stream of a session, which may stay open for hours
			ctx, cancel := a.Watch(r)
			defer cancel()
			r = r.WithContext(ctx)
		}
		id, _ := oidcauth.FromContext(r.Context())
		verify := func(context.Context, string, *http.Request) (*auth.TokenInfo, error) { return tokenInfo(a, r, id), nil }
		carrier := (&http.Request{Header: http.Header{"Authorization": {"Bearer accepted"}}}).WithContext(r.Context())
		auth.RequireBearerToken(verify, accepted)(http.HandlerFunc(func(w http.ResponseWriter, carrier *http.Request) {
			next.ServeHTTP(w, r.WithContext(carrier.Context()))
		})).ServeHTTP(w, carrier)
	})
}

// TokenVerifier is for a server that has auth.RequireBearerToken of the go-sdk already. Prefer [Handler]: that middleware answers
// 500 if the token cannot be verified at the moment, 401 to a user who is not allowed, and names no error in its challenge.
// Set its ClockSkew to the Leeway of the issuer, and add [Middleware] to the server.
func TokenVerifier(a *oidcauth.Authenticator) auth.TokenVerifier {
	return func(ctx context.Context, _ string, r *http.Request) (*auth.TokenInfo, error) {
		id, err := a.Check(r.WithContext(ctx)) // the whole request: it may have several Authorization headers
		if err != nil {
			return nil, &refusal{a.RefuseToken(ctx, oidcauth.Presented{}, err)}
		}
		return tokenInfo(a, r, id), nil
	}
}

// refusal has the words that the client may read, because RequireBearerToken sends them.
type refusal struct{ answer oidcauth.Answer }

func (r *refusal) Error() string { return r.answer.Text + " (decision " + r.answer.DecisionID + ")" }

// Unwrap returns ErrInvalidToken, for which RequireBearerToken answers 401 instead of 500.
func (r *refusal) Unwrap() error {
	if r.answer.Status == http.StatusServiceUnavailable {
		return nil
	}
	return auth.ErrInvalidToken
}
