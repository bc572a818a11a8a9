package hints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// tokenRules concern the kind of the token.
var tokenRules = []Rule{
	{
		Code: "google_opaque", Reasons: []string{"opaque_token"},
		Cause: "The token begins like an access token of Google, which is opaque and for Google's own APIs.",
		Fix:   "Have the client send a token that was issued for this API; Google issues an ID token whose aud is this API's URL.",
		sees:  tokenIs(Google),
	},
	{
		Code: "token_truncated", Reasons: []string{"opaque_token", "malformed_token", "invalid_signature"},
		Cause: "The end of the token is missing.",
		Fix:   "Look for a size limit of headers, or of a database column, between client and service.",
		sees:  truncated,
	},
	{
		Code: "auth0_without_audience", Reasons: []string{"opaque_token", "encrypted_token"},
		Cause: "The client may have requested a token from Auth0 without naming an API: such a token is only for UserInfo.",
		Fix:   "Have the client send the parameter audience, with the API's identifier, in its authorization request.",
		sees: func(c *Case) (seen, bool) {
			auth0 := slices.ContainsFunc(c.Issuers, func(iss string) bool { return hostEnds(iss, "auth0.com") })
			return seen{actual: string(c.Token), expected: "a signed JWT"}, c.Token == EncryptedTo || c.Token == Opaque && auth0
		},
	},
	{
		Code: "opaque_token", Reasons: []string{"opaque_token"},
		Cause: "The token is opaque: only its provider can say what it means.",
		Fix:   "Set Issuer.Introspection.Client, or have the provider issue JWT access tokens for this API.",
		sees:  tokenIs(Opaque),
	},
	{
		Code: "encrypted_token", Reasons: []string{"encrypted_token"},
		Cause: "The token is encrypted.",
		Fix:   "Have the provider only sign the tokens for this API, without encryption.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: string(c.Token), expected: "a signed JWT"}, c.Token == Encrypted || c.Token == EncryptedTo
		},
	},
	{
		Code: "symmetric_algorithm", Reasons: []string{"algorithm_refused"},
		Cause: "The header says that the token is signed with a shared secret, so everyone who can verify it can forge it; it may be forged.",
		Fix:   "If the provider really does so, have it sign with RS256 or ES256.",
		sees: func(c *Case) (seen, bool) {
			alg := c.algorithm()
			return seen{actual: alg, expected: "RS256"}, slices.Contains([]string{"HS256", "HS384", "HS512"}, alg)
		},
	},
	{
		Code: "algorithm_not_listed", Reasons: []string{"algorithm_refused"},
		Cause: "The token's algorithm is not accepted from this issuer.",
		Fix:   "Add it to Issuer.Algorithms only if the provider's settings or its keys name it; the sender chooses the token's header.",
		sees: func(c *Case) (seen, bool) {
			alg := c.algorithm()
			return seen{actual: alg, expected: join(c.Algorithms)}, c.Algorithms != nil && jose.Allowed(alg) && !slices.Contains(c.Algorithms, alg)
		},
	},
	{
		Code: "id_token_option", Reasons: []string{"id_token_as_access_token"},
		Cause: "The token has claims of an ID token and of an access token: the provider may issue one JWT as both, as OpenIAM does with \"Send JWT Token as Access Token\".",
		Fix: "Compare access_token and id_token of one token response. If they are one JWT, switch the option off, or set Issuer.InsecureIDTokenAsAccessToken " +
			"if that is by design; if not, have the client send its access token.",
		sees: func(c *Case) (seen, bool) {
			ours := slices.ContainsFunc(c.audience(), func(aud string) bool { return slices.Contains(c.Audience, aud) })
			both := c.hasAny("at_hash", "c_hash", "nonce") && c.hasAny("scope", "scp")
			return seen{actual: "at_hash, c_hash or nonce, beside scopes and this API's aud", expected: "an access token"},
				ours && both && c.text("token_use") == "" && !strings.EqualFold(c.text("typ"), "ID")
		},
	},
	{
		Code: "id_token_sent", Reasons: []string{"id_token_as_access_token"},
		Cause: "The client sent its ID token, which tells the client who logged in and gives no access to an API.",
		Fix: "Have the client send the access_token of the same token response, not the id_token; Issuer.InsecureIDTokenAsAccessToken is only for a product " +
			"whose access tokens are such JWTs by design.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: "an ID token for " + join(c.audience()), expected: "an access token for " + join(c.Audience)}, true
		},
	},
	{
		Code: "other_token_class", Reasons: []string{"wrong_token_type"},
		Cause: "The token is of another kind: a refresh token, a logout token, a security event or a proof.",
		Fix:   "Have the client send the access token.",
		sees: func(c *Case) (seen, bool) {
			v, _ := c.Header.Get("typ")
			typ, _ := v.Text()
			kind := c.text("typ")
			if c.has("events") {
				kind = "events"
			}
			return seen{actual: fmt.Sprintf("header typ %q, payload %q", clip(typ), kind), expected: "header typ at+jwt or JWT"}, true
		},
	},
}

func (c *Case) algorithm() string {
	v, _ := c.Header.Get("alg")
	alg, _ := v.Text()
	return clip(alg)
}

func tokenIs(s Shape) func(*Case) (seen, bool) {
	return func(c *Case) (seen, bool) { return seen{actual: string(s), expected: "a signed JWT"}, c.Token == s }
}

func truncated(c *Case) (seen, bool) {
	if has, wants := c.Signature.Has, c.Signature.Wants; has > 0 && has < wants {
		return seen{fmt.Sprintf("%d bytes of signature", has), fmt.Sprintf("%d", wants)}, true
	}
	return seen{actual: string(Cut), expected: "three parts"}, c.Token == Cut
}
