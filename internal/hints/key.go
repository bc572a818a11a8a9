package hints

import (
	"fmt"
	"strings"
)

// keyRules are on keys that are not there, and signatures that no key verifies.
var keyRules = []Rule{
	{
		Code: "entra_app_key", Reasons: []string{"key_not_found"},
		Cause: "Entra ID signs tokens for an app with custom signing keys that the tenant's key set does not hold.",
		Fix:   "Add ?appid=<client id> to Issuer.DiscoveryURL.",
		sees: func(c *Case) (seen, bool) {
			return seen{"kid " + c.keyID(), "a discovery URL with appid"},
				IsEntra(c.text("iss")) && !strings.Contains(c.DiscoveryURL, "appid=") && c.policy() == ""
		},
	},
	{
		Code: "b2c_policy", Reasons: []string{"key_not_found", "unknown_issuer", "invalid_signature", "keys_unavailable"},
		Cause: "Azure AD B2C has an issuer and a key set for each policy, and the token is of another one than is configured.",
		Fix:   "Configure the issuer and the discovery document of that very policy.",
		sees: func(c *Case) (seen, bool) {
			policy := c.policy()
			known := strings.Contains(strings.ToLower(c.DiscoveryURL+" "+c.Issuer), strings.ToLower(policy))
			return seen{"policy " + policy, "the policy in Issuer.DiscoveryURL"}, policy != "" && !known
		},
	},
	{
		Code: "okta_org_server", Reasons: []string{"key_not_found", "invalid_signature"},
		Cause: "It is a token of Okta's org authorization server, which is for Okta's own API and whose keys are not published.",
		Fix:   "Have the client use a custom authorization server, whose issuer ends in /oauth2/<id>.",
		sees: func(c *Case) (seen, bool) {
			iss := c.text("iss")
			return seen{iss, iss + "/oauth2/default"}, isOkta(iss) && !strings.Contains(iss, "/oauth2/")
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
		Fix:   "Configure the issuer exactly as the document has it.",
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
