package provider

import (
	"mime"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// An issuer signs ID tokens, access tokens and UserInfo with the same keys and often under the same typ, and addresses them
// to the same client. So one of the others is told by its claims: some are nobody's but theirs, and some are theirs beside
// exp and iat, both of which an ID token (OpenID Connect Core 1.0 section 2) and an access token (RFC 9068) must have.
var (
	marks      = []string{"nonce", "at_hash", "c_hash", "s_hash", "events", "token_introspection", "token_use", "typ"}
	datedMarks = []string{"auth_time", "azp", "amr", "acr", "sid", "nbf", "scope", "scp", "client_id", "cnf"}
)

// otherToken returns what marks signed claims as those of another kind of token than UserInfo.
func otherToken(o strictjson.Object) (mark string, found bool) {
	for _, name := range marks {
		if o.Has(name) {
			return name, true
		}
	}
	if o.Has("exp") && o.Has("iat") {
		for _, name := range datedMarks {
			if o.Has(name) {
				return name, true
			}
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
