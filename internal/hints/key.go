package hints

import (
	"fmt"
	"slices"
	"strings"
)

// keyRules are on keys that are not there, and signatures that no key verifies.
var keyRules = []Rule{
	{
		Code: "entra_app_key", Reasons: []string{"key_not_found"},
		Cause: "Entra ID may have signed for an app with custom signing keys, which the tenant's own key set does not hold.",
		Fix:   "If the API's app registration maps claims or has a signing key of its own, add ?appid=<its client id> to Issuer.DiscoveryURL; else the token is forged, or of another environment.",
		sees: func(c *Case) (seen, bool) {
			return seen{"kid " + c.keyID(), "a discovery URL with appid"},
				IsEntra(c.text("iss")) && !strings.Contains(c.DiscoveryURL, "appid=") && c.policy() == ""
		},
	},
	{
		Code: "b2c_policy", Reasons: []string{"key_not_found", "unknown_issuer", "invalid_signature", "keys_unavailable"},
		Cause: "Azure AD B2C has an issuer and a key set for each policy, and the token names another one than is configured.",
		Fix:   "If the policy is one of your own tenant, configure the issuer and the discovery document of that very policy, as Azure shows them.",
		sees: func(c *Case) (seen, bool) {
			policy := c.policy()
			known := strings.Contains(strings.ToLower(c.DiscoveryURL+" "+c.Issuer), strings.ToLower(policy))
			strange := c.Reason == "unknown_issuer" && !slices.ContainsFunc(c.Issuers, func(own string) bool { return host(own) == host(c.text("iss")) })
			return seen{"policy " + policy, "the policy in Issuer.DiscoveryURL"}, policy != "" && !known && !strange
		},
	},
	{
		Code: "keys_stale", Reasons: []string{"keys_unavailable"},
		Cause: "The keys that are held are too old to be used, and the provider could not be asked for new ones.",
		Fix:   "Restore the way to the provider's key endpoint; Refresh.MaxStale bounds the age.",
		sees:  func(c *Case) (seen, bool) { return seen{actual: clip(c.KeyFault)}, c.Stale },
	},
	{
		Code: "discovery_issuer", Reasons: []string{"keys_unavailable"},
		Cause: "The discovery document names another issuer than the one that is configured.",
		Fix:   "See that Issuer.DiscoveryURL is your own provider's; if so, configure the issuer exactly as the document has it.",
		sees:  func(c *Case) (seen, bool) { return seen{actual: clip(c.KeyFault), expected: c.Issuer}, c.OtherIssuer },
	},
	{
		Code: "keys_unreachable", Reasons: []string{"keys_unavailable"},
		Cause: "The provider's keys cannot be fetched, so nobody knows whether the token is good.",
		Fix:   "See that this service reaches the host (its name, a proxy, its certificate), and that the provider answers there with status 200.",
		sees:  func(c *Case) (seen, bool) { return seen{actual: clip(c.KeyFault)}, true },
	},
	{
		Code: "unknown_key", Reasons: []string{"key_not_found"},
		Cause: "No source holds the key that the token names.",
		Fix:   "If the provider has just rotated its keys this passes by itself; else the token is of another issuer, or of another environment.",
		sees: func(c *Case) (seen, bool) {
			return seen{"kid " + c.keyID(), fmt.Sprintf("one of %d key(s) held", c.KeysHeld)}, true
		},
	},
}

func (c *Case) keyID() string {
	v, _ := c.Header.Get("kid")
	kid, _ := v.Text()
	return clip(kid)
}

// policy of Azure AD B2C.
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
