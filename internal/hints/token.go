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
		Code: "token_too_large", Reasons: []string{"malformed_token", "opaque_token", "malformed_request"},
		Cause: "The token is longer than 64 KiB, which is the limit.",
		Fix:   "Have the provider put fewer claims into the token, such as app roles instead of all groups.",
		match: tokenIs(TooLarge),
	},
	{
		Code: "signature_der", Reasons: []string{"invalid_signature"},
		Cause: "The signature is longer than a signature of its algorithm: it may be in ASN.1 (DER), as openssl and key services write it.",
		Fix:   "Have the code that signs the token write R and S of the signature one after the other, each as long as the key (RFC 7518 section 3.4).",
		match: func(c *Case) (evidence, bool) {
			actual, expected := c.Signature.Actual, c.Signature.Expected
			return evidence{fmt.Sprintf("%d bytes of signature", actual), fmt.Sprintf("%d bytes", expected)}, hasPrefix(c.algorithm(), "ES") && expected > 0 && actual > expected && actual <= expected+9
		},
	},
	{
		Code: "auth0_without_audience", Reasons: []string{"opaque_token", "encrypted_token"},
		Cause: "The client may have requested a token from Auth0 without the parameter audience, which names the API; such a token is only for UserInfo.",
		Fix:   "Have the client send the parameter audience, with the API's identifier, in its authorization request.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: string(c.Token), expected: "a signed JWT"}, c.Token == EncryptedTo || c.Token == Opaque && c.configures(auth0)
		},
	},
	{
		Code: "opaque_token", Reasons: []string{"opaque_token"},
		Cause: "The token is not a JWT. If it is an opaque access token, only its provider can check it.",
		Fix:   "Set Issuer.Introspection.Client, or have the provider issue JWT access tokens for this API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: string(c.Token), expected: "a signed JWT"}, c.Token == Opaque || c.Token == UUID
		},
	},
	{
		Code: "cognito_refresh_token", Reasons: []string{"encrypted_token"},
		Cause: "The token is encrypted. A configured issuer is Amazon Cognito, which encrypts its refresh tokens and signs its access tokens, so the client may have sent its refresh token.",
		Fix:   "Have the client send the access token; a refresh token is only for the token endpoint.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: string(c.Token), expected: "a signed JWT"}, c.Token == Encrypted && c.configures(cognito)
		},
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
		Code: "refresh_token_sent", Reasons: []string{"algorithm_refused", "wrong_token_type", "key_not_found", "invalid_signature", "opaque_token", "token_inactive"}, Sole: true,
		Cause: "The client sent its refresh token, which is only for the provider's token endpoint.",
		Fix:   "Have the client send the access_token of the same token response, and keep its refresh token to itself.",
		match: func(c *Case) (evidence, bool) {
			if c.Token == Refresh {
				return evidence{actual: string(Refresh), expected: "an access token"}, true
			}
			if strings.EqualFold(c.headerType(), "rt+jwt") {
				return evidence{actual: "header typ " + c.headerType(), expected: "header typ at+jwt or JWT"}, true
			}
			claim := c.refreshClaim()
			return evidence{actual: claim + " " + c.text(claim), expected: "an access token"}, claim != ""
		},
	},
	{
		Code: "authorization_code_sent", Reasons: []string{"opaque_token", "malformed_token", "token_inactive"},
		Cause: "The client sent a text that looks like an authorization code instead of a token.",
		Fix:   "Have the client exchange the code at the provider's token endpoint, and send the access_token of the answer.",
		match: tokenIs(Code),
	},
	{
		Code: "saml_sent", Reasons: []string{"opaque_token", "token_inactive"},
		Cause: "The client sent XML in base64, such as a SAML assertion, instead of an OAuth access token.",
		Fix:   "Have the client request an access token by OAuth from the provider.",
		match: tokenIs(XML),
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
		Code: "introspection_without_token_type", Reasons: []string{"wrong_token_type"},
		Cause: "The introspection answer does not say that the token is an access token, and some providers also call refresh tokens active.",
		Fix: "Have the provider include token_type in its introspection answers. If it never calls a refresh token active, set " +
			"Issuer.Introspection.InsecureWithoutTokenType.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "no token_type, token_use, tokenType or typ", expected: "token_type Bearer"}, c.withoutKind()
		},
	},
	{
		Code: "token_type_unknown", Reasons: []string{"wrong_token_type"},
		Cause: "The token states a type that is not known to name an access token.",
		Fix:   "If the provider's documentation gives its access tokens this type, add the type to Issuer.AccessTokenTypes; otherwise have the client send the access token.",
		match: func(c *Case) (evidence, bool) {
			claim := c.unknownKind()
			return evidence{actual: claim + " " + c.text(claim), expected: "Bearer, or a type in Issuer.AccessTokenTypes"}, claim != ""
		},
	},
	{
		Code: "other_token_class", Reasons: []string{"wrong_token_type"},
		Cause: "The token is not an access token: it may be a logout token, a security event token or a proof.",
		Fix:   "Have the client send the access token.",
		match: func(c *Case) (evidence, bool) {
			if c.withoutKind() || c.unknownKind() != "" {
				return evidence{}, false
			}
			kind := c.text("typ")
			if c.has("events") {
				kind = "events"
			}
			return evidence{actual: fmt.Sprintf("header typ %q, payload %q", c.headerType(), kind), expected: "header typ at+jwt or JWT"}, true
		},
	},
}

// withoutKind reports whether an introspection answer does not state the kind of the token.
func (c *Case) withoutKind() bool {
	return c.Introspected && !c.hasAny("token_type", "token_use", "tokenType", "typ", "events")
}

// unknownKind returns the claim that states a type of token which names no known kind, or "".
func (c *Case) unknownKind() string {
	switch strings.TrimPrefix(strings.ToLower(c.headerType()), "application/") {
	case "", "jwt", "at+jwt":
	default:
		return ""
	}
	for _, claim := range []string{"token_use", "token_type", "tokenType", "typ"} {
		switch value := strings.ToLower(c.text(claim)); {
		case value == "", c.has("events"), strings.Contains(value, "refresh"), value == "offline", value == "logout":
		case accessTypes[value]:
		default:
			return claim
		}
	}
	return ""
}

var accessTypes = map[string]bool{"bearer": true, "access": true, "access_token": true, "access-token": true, "at": true, "jwt": true, "at+jwt": true}

func (c *Case) headerType() string { return c.headerText("typ") }

func (c *Case) algorithm() string { return c.headerText("alg") }

// headerText returns a member of the header, or "" if it is not a string.
func (c *Case) headerText(member string) string {
	v, _ := c.Header.Get(member)
	s, _ := v.Text()
	return clip(s)
}

// configures reports whether a configured issuer belongs to a product that is recognised by its host.
func (c *Case) configures(p product) bool {
	return slices.ContainsFunc(c.Issuers, func(iss string) bool { return productOfHost(iss) == p })
}

// refreshClaim returns the claim that names a refresh token, or "". Keycloak's offline tokens are refresh tokens too.
func (c *Case) refreshClaim() string {
	for _, claim := range []string{"typ", "token_use", "token_type", "tokenType", "type", "tokenName", "tok_type", "purpose"} {
		value := strings.ToLower(c.text(claim))
		if strings.Contains(value, "refresh") || claim == "typ" && value == "offline" || claim == "tok_type" && value == "rt" {
			return claim
		}
	}
	return ""
}

func tokenIs(s Shape) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		return evidence{actual: string(s), expected: "a signed JWT"}, c.Token == s
	}
}

// truncated recognises a cut signature by its length. A signature by a shorter RSA key is whole: its length is that of a key.
func truncated(c *Case) (evidence, bool) {
	actual, expected := c.Signature.Actual, c.Signature.Expected
	ofShorterKey := hasPrefix(c.algorithm(), "RS", "PS") && actual%32 == 0
	if actual > 0 && actual < expected && !ofShorterKey {
		return evidence{fmt.Sprintf("%d bytes of signature", actual), fmt.Sprintf("%d bytes", expected)}, true
	}
	return evidence{actual: string(Cut), expected: "three parts"}, c.Token == Cut
}
