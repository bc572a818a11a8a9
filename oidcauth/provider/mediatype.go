package provider

import (
	"mime"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Values of typ, in lower case and without application/ (RFC 7515 section 4.1.9).
var (
	untyped            = []string{"", "jwt"}
	userInfoTypes      = []string{"userinfo+jwt", "token-userinfo+jwt"} // Glewlwyd writes the second one.
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

// An issuer signs ID tokens, access tokens and UserInfo with the same keys, often with the same typ, and for the same
// client. Their claims tell them apart. Those of otherTokenClaims occur only in other tokens. Those of
// otherDatedClaims show another token if exp and iat are also present, which an ID token (OpenID Connect Core 1.0
// section 2) and an access token (RFC 9068) must have. A JWT with exp but without iss or aud may be the access token
// of a product that omits them.
var (
	otherTokenClaims = []string{"nonce", "at_hash", "c_hash", "s_hash", "events", "token_introspection", "token_use", "typ"}
	otherDatedClaims = []string{"auth_time", "azp", "amr", "acr", "sid", "nbf", "scope", "scp", "client_id", "cnf"}
)

// otherToken reports whether signed claims belong to another kind of token than UserInfo, and why. If typ says that they
// are UserInfo, exp and iat are ignored.
func otherToken(o strictjson.Object, typed bool) (why string, found bool) {
	for _, name := range otherTokenClaims {
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
	for _, name := range otherDatedClaims {
		if o.Has(name) {
			return "it has exp, iat and " + name, true
		}
	}
	return "", false
}

// mediaType returns the type of an answer in lower case, without parameters. It is empty if there is none.
func mediaType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}
