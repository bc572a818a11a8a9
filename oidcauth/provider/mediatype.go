package provider

import (
	"mime"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// What typ says, in lower case and without application/ (RFC 7515 section 4.1.9).
var (
	untyped            = []string{"", "jwt"}
	userInfoTypes      = []string{"userinfo+jwt", "token-userinfo+jwt"} // the latter is Glewlwyd's
	introspectionTypes = []string{"token-introspection+jwt"}
	otherTypes         = []string{
		"at+jwt", "rt+jwt", "id+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "client-authentication+jwt", "oauth-authz-req+jwt",
		"token-introspection+jwt",
	}
)

func plainType(typ string) string { return jose.Header{Type: typ}.MediaType() }

func plainTypes(types []string) []string {
	out := make([]string, 0, len(types))
	for _, t := range types {
		out = append(out, plainType(t))
	}
	return out
}

// An issuer signs ID tokens, access tokens and UserInfo with the same keys and often under the same typ, and addresses them
// to the same client. So one of the others is told by its claims: some are nobody's but theirs, and some are theirs beside
// exp and iat, both of which an ID token (OpenID Connect Core 1.0 section 2) and an access token (RFC 9068) must have. One
// that lacks iss or aud may be an access token of a product that leaves them out; such a token still has exp.
var (
	marks      = []string{"nonce", "at_hash", "c_hash", "s_hash", "events", "token_introspection", "token_use", "typ"}
	datedMarks = []string{"auth_time", "azp", "amr", "acr", "sid", "nbf", "scope", "scp", "client_id", "cnf"}
)

// otherToken returns what marks signed claims as those of another kind of token than UserInfo. Where typ says that it is
// UserInfo, dates mark nothing.
func otherToken(o strictjson.Object, typed bool) (mark string, found bool) {
	for _, name := range marks {
		if o.Has(name) {
			return "it has " + name, true
		}
	}
	if typed || !o.Has("exp") {
		return "", false
	}
	for _, name := range []string{"iss", "aud"} {
		if !o.Has(name) {
			return "it has exp and no " + name, true
		}
	}
	if !o.Has("iat") {
		return "", false
	}
	for _, name := range datedMarks {
		if o.Has(name) {
			return "it has exp, iat and " + name, true
		}
	}
	return "", false
}

// mediaType is the lower-case type of an answer without parameters, or empty.
func mediaType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}
