package hints

import (
	"fmt"
	"slices"
	"strings"
)

// keyRules concern keys that are missing, and signatures that no key verifies.
var keyRules = []Rule{
	{
		Code: "entra_app_key", Reasons: []string{"key_not_found"},
		Cause: "Entra ID may have signed the token with a signing key of the app, which is not in the key set of the tenant.",
		Fix:   "If the API's app registration maps claims or has its own signing key, add ?appid=<its client id> to Issuer.DiscoveryURL; otherwise the token is forged or comes from another environment.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"kid " + c.keyID(), "a discovery URL with appid"},
				IsEntra(c.text("iss")) && !strings.Contains(c.DiscoveryURL, "appid=") && c.policy() == ""
		},
	},
	{
		Code: "b2c_policy", Reasons: []string{"key_not_found", "unknown_issuer", "invalid_signature", "keys_unavailable"},
		Cause: "Azure AD B2C has its own issuer and key set for each policy, and the token names a policy that is not configured.",
		Fix:   "If the policy belongs to your own tenant, configure the issuer and the discovery document of that policy, as Azure shows them.",
		match: func(c *Case) (evidence, bool) {
			policy := c.policy()
			known := strings.Contains(strings.ToLower(c.DiscoveryURL+" "+c.Issuer), strings.ToLower(policy))
			strange := c.Reason == "unknown_issuer" && !slices.ContainsFunc(c.Issuers, func(own string) bool { return host(own) == host(c.text("iss")) })
			return evidence{"policy " + policy, "the policy in Issuer.DiscoveryURL"}, policy != "" && !known && !strange
		},
	},
	{
		Code: "keys_spiffe", Reasons: []string{"keys_unavailable"},
		Cause: "The key set was fetched, but no key in it is used: a key is for SPIFFE's JWT-SVIDs (use jwt-svid), which the configuration does not accept.",
		Fix:   "If the issuer is a SPIFFE trust domain, set certsource.JWKS.JWTSVID or certsource.Discovered.JWTSVID.",
		match: func(c *Case) (evidence, bool) {
			return evidence{clip(c.Keys.Problem), "a key with use sig"}, c.Keys.Problem != "" && c.Keys.JWTSVID
		},
	},
	{
		Code: "keys_unusable", Reasons: []string{"keys_unavailable"},
		Cause: "The key set was fetched, but it is empty, or no key in it can verify tokens.",
		Fix: "Check that the URL is that of the keys which sign tokens, and have the provider publish an RSA key of at least 2048 bits, an EC key or an Ed25519 key with use sig or without use. " +
			"Keys for encryption, keys of other types such as AKP (ML-DSA), and shared secrets cannot be used.",
		match: func(c *Case) (evidence, bool) {
			return evidence{clip(c.Keys.Problem), "a public key for RS256, ES256, EdDSA or PS256"}, c.Keys.Problem != "" && !c.Keys.JWTSVID
		},
	},
	{
		Code: "keys_stale", Reasons: []string{"keys_unavailable"},
		Cause: "The keys are too old to be used, and new ones could not be fetched.",
		Fix:   "Restore the connection to the provider's key endpoint; certsource.Refresh.MaxStale sets the greatest age.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: clip(c.Keys.Fault)}, c.Stale && c.Keys.Problem == ""
		},
	},
	{
		Code: "discovery_issuer", Reasons: []string{"keys_unavailable"},
		Cause: "The discovery document names a different issuer than Issuer.URL.",
		Fix:   "Check that Issuer.DiscoveryURL belongs to your own provider, and then set Issuer.URL to exactly the issuer in the document.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: clip(c.Keys.Fault), expected: c.Issuer}, c.OtherIssuer
		},
	},
	{
		Code: "keys_unreachable", Reasons: []string{"keys_unavailable"},
		Cause: "The provider's keys cannot be fetched, so the token cannot be verified.",
		Fix:   "Check that this service reaches the host (DNS, a proxy, the certificate), and that the provider answers with status 200 and a key set.",
		match: func(c *Case) (evidence, bool) { return evidence{actual: clip(c.Keys.Fault)}, c.Keys.Problem == "" },
	},
	{
		Code: "key_unusable", Reasons: []string{"key_not_found"},
		Cause: "The provider publishes the key that the token names, but this service cannot use the key.",
		Fix:   "Read the note of the key's source in the decision. For keys of SPIFFE's JWT-SVIDs, set certsource.JWKS.JWTSVID; otherwise have the provider sign with an RSA key, an EC key or an Ed25519 key.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"kid " + c.keyID(), c.heldKeys()}, slices.Contains(c.Keys.Unusable, c.keyID())
		},
	},
	{
		Code: "key_of_other_algorithm", Reasons: []string{"key_not_found"},
		Cause: "A source has the key that the token names, but the key does not fit the algorithm or the issuer of the token.",
		Fix:   "Compare alg of the token's header with alg and kty of the key that the provider publishes. If they differ, the token is forged, or comes from another environment with the same kid.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"kid " + c.keyID() + ", alg " + c.algorithm(), "the algorithm of the key"}, c.keyID() != "" && slices.Contains(c.Keys.Held, c.keyID())
		},
	},
	{
		Code: "key_not_selected", Reasons: []string{"key_not_found"},
		Cause: "The folder or endpoint of certificates was read, but it has no certificate of the configured subject or thumbprint.",
		Fix:   "Compare Subject and Thumbprint of certsource.Dir or certsource.Endpoint with the provider's certificate; a renewed certificate has another thumbprint.",
		match: func(c *Case) (evidence, bool) {
			return evidence{clip(c.Keys.NotSelected) + " without a matching certificate", "a certificate that matches"}, c.Keys.NotSelected != "" && len(c.Keys.Held) == 0
		},
	},
	{
		Code: "key_not_renewed", Reasons: []string{"key_not_found", "invalid_signature"}, Alone: true,
		Cause: "The configured keys are a text or a folder, and they do not verify the token. The provider may have a new key, which such a source does not fetch.",
		Fix: "Compare the keys with those that the provider publishes. If it has a new one, put it into the text or the folder of Issuer.Keys, beside the old one, or add certsource.Discovered by certsource.Chain; " +
			"otherwise the token was changed or forged, or comes from another environment.",
		match: func(c *Case) (evidence, bool) { return evidence{c.namedKey(), c.heldKeys()}, c.Keys.Local },
	},
	{
		Code: "signature_of_no_key", Reasons: []string{"invalid_signature"},
		Cause: "The token does not name one of the configured keys, and no key that was tried verifies its signature.",
		Fix: "Have the provider put kid into the header of its tokens, because only 4 keys are tried without it. If there are fewer keys, the token was changed or forged, " +
			"or comes from another provider or environment; get keys only from the provider.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.namedKey(), "a signature by " + c.heldKeys()}, !c.Keys.Named && !c.Keys.Local
		},
	},
	{
		Code: "no_key_of_algorithm", Reasons: []string{"key_not_found"},
		Cause: "The token names no key, and no source has a key for its algorithm.",
		Fix:   "Compare alg of the token's header with the keys that the provider publishes. If they do not fit, the token comes from another issuer or environment, or is forged.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no kid, alg " + c.algorithm(), c.heldKeys()}, c.namedKey() == noKid && !c.Keys.Local
		},
	},
	{
		Code: "unknown_key", Reasons: []string{"key_not_found"}, Alone: true,
		Cause: "The key sources do not contain the key that the token names.",
		Fix:   "If the provider has just rotated its keys, try again in a few seconds; otherwise the token comes from another issuer or environment.",
		match: func(c *Case) (evidence, bool) { return evidence{c.namedKey(), c.heldKeys()}, true },
	},
}

const noKid = "no kid"

// namedKey describes the key that the token names.
func (c *Case) namedKey() string {
	switch {
	case c.keyID() != "":
		return "kid " + c.keyID()
	case c.headerText("x5t#S256") != "":
		return "x5t#S256 " + c.headerText("x5t#S256")
	case c.headerText("x5t") != "":
		return "x5t " + c.headerText("x5t")
	}
	return noKid
}

// heldKeys names the keys in the sources.
func (c *Case) heldKeys() string {
	held := c.Keys.Held
	if len(held) == 0 {
		return "a key in the sources, which have no keys"
	}
	return clip(fmt.Sprintf("one of %d key(s): %s", len(held), join(held[:min(len(held), maxValues)])))
}

func (c *Case) keyID() string { return c.headerText("kid") }

// policy returns the policy of Azure AD B2C that the token names.
func (c *Case) policy() string {
	if p := c.text("tfp"); p != "" {
		return p
	}
	acr := c.text("acr")
	if strings.HasPrefix(strings.ToLower(acr), "b2c_1") || acr != "" && hostEnds(c.text("iss"), "b2clogin.com") {
		return acr
	}
	return ""
}
