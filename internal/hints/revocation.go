package hints

// NotRevoked is the reason of cases about a provider that did not revoke a token. It is no reason of a refusal.
const NotRevoked = "not_revoked"

var notRevoked = []string{NotRevoked}

// revocationRules concern [github.com/knownbearer/knownbearer/oidcauth.NotRevokedError].
var revocationRules = []Rule{
	{
		Code: "revocation_endpoint_missing", Reasons: notRevoked,
		Cause: "The provider's metadata does not name a revocation endpoint, or names a URL that must not be called.",
		Fix:   "Set provider.Config.RevocationURL to the URL in the provider's manual; if the provider has no such endpoint, leave Issuer.Revoker unset.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the endpoint is not named", "provider.Config." + c.Endpoint}, c.Endpoint != ""
		},
	},
	{
		Code: "revocation_of_other_client", Reasons: notRevoked,
		Cause: "The provider reported success, but still calls the token active: the client of Issuer.Revoker may not be the client to which the token was issued.",
		Fix:   "Set provider.Config.ClientID of Issuer.Revoker to the client that requested the tokens, with its credentials.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"the token of client " + c.client() + " is still active", "a token that is not active"}, c.Revocation.StillActive
		},
	},
	{
		Code: "revocation_unsupported", Reasons: notRevoked,
		Cause: "The provider does not revoke tokens of this type, such as JWTs.",
		Fix:   "Revoke the refresh token at the provider instead, and let this service refuse the access token until it expires: Config.Revocation.DenyList does so already.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"unsupported_token_type", "a type of token that the provider revokes"}, c.Revocation.Unsupported
		},
	},
	{
		Code: "revocation_entitlement", Reasons: notRevoked,
		Cause: "The revocation was refused, perhaps by a gateway before the provider: the client of Issuer.Revoker may lack a permission there. The token is not the cause.",
		Fix:   "Give the client of Issuer.Revoker access to the revocation endpoint, at the provider and at the gateway, and read the log of the gateway.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Client.String(), "status 200"}, c.Client.Status == 403 || c.Client.HTML
		},
	},
	{
		Code: "revocation_client_refused", Reasons: notRevoked,
		Cause: "The provider does not accept the client of Issuer.Revoker or its credentials.",
		Fix:   "Check provider.Config.ClientID, provider.Auth.Secret and provider.Auth.Method of the provider.Client in Issuer.Revoker; it must be the client to which the tokens were issued.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Client.String(), "status 200"}, c.Client.Status != 0 && c.Client.Status != 403 && !c.Client.HTML
		},
	},
	{
		Code: "revocation_unavailable", Reasons: notRevoked, Alone: true,
		Cause: "The provider gave no usable answer to the revocation, so it is unknown whether the token is revoked there.",
		Fix:   "Check that the revocation endpoint answers, and call Revoke again; until then only this service refuses the token.",
		match: func(*Case) (evidence, bool) { return evidence{expected: "status 200"}, true },
	},
}
