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
		Code: "keys_stale", Reasons: []string{"keys_unavailable"},
		Cause: "The keys are too old to be used, and new ones could not be fetched.",
		Fix:   "Restore the connection to the provider's key endpoint; certsource.Refresh.MaxStale sets the greatest age.",
		match: func(c *Case) (evidence, bool) { return evidence{actual: clip(c.KeyFault)}, c.Stale },
	},
	{
		Code: "discovery_issuer", Reasons: []string{"keys_unavailable"},
		Cause: "The discovery document names a different issuer than Issuer.URL.",
		Fix:   "Check that Issuer.DiscoveryURL belongs to your own provider, and then set Issuer.URL to exactly the issuer in the document.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: clip(c.KeyFault), expected: c.Issuer}, c.OtherIssuer
		},
	},
	{
		Code: "keys_unreachable", Reasons: []string{"keys_unavailable"},
		Cause: "The provider's keys cannot be fetched, so the token cannot be verified.",
		Fix:   "Check that this service reaches the host (DNS, a proxy, the certificate), and that the provider answers with status 200.",
		match: func(c *Case) (evidence, bool) { return evidence{actual: clip(c.KeyFault)}, true },
	},
	{
		Code: "unknown_key", Reasons: []string{"key_not_found"},
		Cause: "The key sources do not contain the key that the token names.",
		Fix:   "If the provider has just rotated its keys, wait a few seconds; otherwise the token comes from another issuer or environment.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"kid " + c.keyID(), fmt.Sprintf("one of %d configured key(s)", c.KeysHeld)}, true
		},
	},
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
