package hints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// tokenRules concern the type of the token.
var tokenRules = []Rule{
	{
		Code: "google_opaque", Reasons: []string{"opaque_token"},
		Cause: "The token begins like an access token of Google, which is opaque and only for Google's own APIs.",
		Fix:   "Have the client send a token that was issued for this API; Google issues an ID token whose aud is this API's URL.",
		match: tokenIs(Google),
	},
	{
		Code: "token_truncated", Reasons: []string{"opaque_token", "malformed_token", "invalid_signature"},
		Cause: "The end of the token is missing.",
		Fix:   "Find the limit on the size of headers, or of a database column, between client and service, and raise it.",
		match: truncated,
	},
	{
		Code: "auth0_without_audience", Reasons: []string{"opaque_token", "encrypted_token"},
		Cause: "The client may have requested a token from Auth0 without naming an API; such a token is only for UserInfo.",
		Fix:   "Have the client send the parameter audience, with the API's identifier, in its authorization request.",
		match: func(c *Case) (evidence, bool) {
			auth0 := slices.ContainsFunc(c.Issuers, func(iss string) bool { return hostEnds(iss, "auth0.com") })
			return evidence{actual: string(c.Token), expected: "a signed JWT"}, c.Token == EncryptedTo || c.Token == Opaque && auth0
		},
	},
	{
		Code: "opaque_token", Reasons: []string{"opaque_token"},
		Cause: "The token is opaque, so only its provider can check it.",
		Fix:   "Set Issuer.Introspection.Client, or have the provider issue JWT access tokens for this API.",
		match: tokenIs(Opaque),
	},
	{
		Code: "encrypted_token", Reasons: []string{"encrypted_token"},
		Cause: "The token is encrypted.",
		Fix:   "Have the provider sign the tokens for this API without encryption.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: string(c.Token), expected: "a signed JWT"}, c.Token == Encrypted || c.Token == EncryptedTo
		},
	},
	{
		Code: "symmetric_algorithm", Reasons: []string{"algorithm_refused"},
		Cause: "The token's header names an algorithm with a shared secret; everyone who can verify such a token can also forge one.",
		Fix:   "Have the provider sign with RS256 or ES256; if it does so already, the token is forged.",
		match: func(c *Case) (evidence, bool) {
			alg := c.algorithm()
			return evidence{actual: alg, expected: "RS256"}, slices.Contains([]string{"HS256", "HS384", "HS512"}, alg)
		},
	},
	{
		Code: "algorithm_not_listed", Reasons: []string{"algorithm_refused"},
		Cause: "The token's algorithm is not accepted from this issuer.",
		Fix:   "Add the algorithm to Issuer.Algorithms only if the provider's settings or keys name it; the sender chooses the token's header.",
		match: func(c *Case) (evidence, bool) {
			alg := c.algorithm()
			return evidence{actual: alg, expected: join(c.Algorithms)}, c.Algorithms != nil && jose.Allowed(alg) && !slices.Contains(c.Algorithms, alg)
		},
	},
	{
		Code: "id_token_option", Reasons: []string{"id_token_as_access_token"},
		Cause: "The token has claims of an ID token and of an access token: the provider may issue one JWT as both, as OpenIAM does with \"Send JWT Token as Access Token\".",
		Fix: "Compare access_token and id_token of one token response. If they are the same JWT, switch the option off, or set Issuer.InsecureIDTokenAsAccessToken " +
			"if that is by design. If they differ, have the client send its access token.",
		match: func(c *Case) (evidence, bool) {
			ours := slices.ContainsFunc(c.audience(), func(aud string) bool { return slices.Contains(c.Audience, aud) })
			both := c.hasAny("at_hash", "c_hash", "nonce") && c.hasAny("scope", "scp")
			return evidence{actual: "at_hash, c_hash or nonce, beside scopes and this API's aud", expected: "an access token"},
				ours && both && c.text("token_use") == "" && !strings.EqualFold(c.text("typ"), "ID")
		},
	},
	{
		Code: "id_token_sent", Reasons: []string{"id_token_as_access_token"},
		Cause: "The client sent its ID token, which is only for the client and gives no access to an API.",
		Fix: "Have the client send the access_token of the same token response, not the id_token. Set Issuer.InsecureIDTokenAsAccessToken only for a product " +
			"whose access tokens are such JWTs by design.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "an ID token for " + join(c.audience()), expected: "an access token for " + join(c.Audience)}, true
		},
	},
	{
		Code: "introspection_without_token_type", Reasons: []string{"wrong_token_type"},
		Cause: "The introspection answer does not say that the token is an access token, and some providers also call refresh tokens active.",
		Fix: "Have the provider include token_type in its introspection answers. If it never calls a refresh token active, set " +
			"Issuer.Introspection.InsecureWithoutTokenType.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "no token_type, token_use, tokenType or typ", expected: "token_type Bearer"}, c.withoutKind()
		},
	},
	{
		Code: "other_token_class", Reasons: []string{"wrong_token_type"},
		Cause: "The token is not an access token but a refresh token, a logout token, a security event token or a proof.",
		Fix:   "Have the client send the access token.",
		match: func(c *Case) (evidence, bool) {
			if c.withoutKind() {
				return evidence{}, false
			}
			v, _ := c.Header.Get("typ")
			typ, _ := v.Text()
			kind := c.text("typ")
			if c.has("events") {
				kind = "events"
			}
			return evidence{actual: fmt.Sprintf("header typ %q, payload %q", clip(typ), kind), expected: "header typ at+jwt or JWT"}, true
		},
	},
}

// withoutKind reports whether an introspection answer does not state the kind of the token.
func (c *Case) withoutKind() bool {
	return c.Introspected && !c.hasAny("token_type", "token_use", "tokenType", "typ", "events")
}

func (c *Case) algorithm() string {
	v, _ := c.Header.Get("alg")
	alg, _ := v.Text()
	return clip(alg)
}

func tokenIs(s Shape) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		return evidence{actual: string(s), expected: "a signed JWT"}, c.Token == s
	}
}

func truncated(c *Case) (evidence, bool) {
	if actual, expected := c.Signature.Actual, c.Signature.Expected; actual > 0 && actual < expected {
		return evidence{fmt.Sprintf("%d bytes of signature", actual), fmt.Sprintf("%d bytes", expected)}, true
	}
	return evidence{actual: string(Cut), expected: "three parts"}, c.Token == Cut
}
