package hints

import (
	"fmt"
	"strings"
)

// clientRules concern this service as a client of the provider.
var clientRules = []Rule{
	{
		Code: "endpoint_missing", Reasons: []string{"introspection_unavailable", "userinfo_unavailable"},
		Cause: "The provider's metadata does not name the endpoint, or names a URL that may not be called.",
		Fix:   "Set IntrospectionURL or UserInfoURL of provider.Config to the URL in the provider's manual; a provider without the endpoint cannot be asked.",
		sees: func(c *Case) (seen, bool) {
			return seen{"the endpoint is not named", "provider.Config." + c.Endpoint}, c.Endpoint != ""
		},
	},
	{
		Code: "assertion_audience", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider refused this service's client assertion, perhaps because of its aud: some providers expect their issuer, others the URL of the endpoint.",
		Fix:   "Set Auth.EndpointAudience, which makes aud the URL of the endpoint, or Auth.Audience, as the provider's manual says; else check that the provider knows the key and its kid, and that the clocks agree.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String() + ", aud " + clip(c.Client.Assertion)}, c.Client.Assertion != "" && !c.Client.HTML
		},
	},
	{
		Code: "client_refused", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider does not accept this service's client id or secret.",
		Fix:   "Check both, and Auth.Method; credentials in Basic are form-encoded, so set Auth.RawBasic for a provider that does not decode them.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String()}, c.Client.Status != 0 && c.Client.Assertion == "" && !(c.Client.HTML && c.Client.Status == 403)
		},
	},
	{
		Code: "introspection_entitlement", Reasons: []string{"introspection_unavailable"},
		Cause: "Introspection was refused by a gateway or for lack of a permission.",
		Fix:   "Allow this service's client to introspect at the provider; read the gateway's own log.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String()}, c.Client.HTML || c.Client.Status == 403
		},
	},
	{
		Code: "introspection_refuses_token", Reasons: []string{"token_inactive"},
		Cause: "Introspection refused to examine the token: it cannot read it, or does not introspect tokens of its kind.",
		Fix: "If the provider does not introspect JWTs, leave Issuer.Introspection.JWTs unset, so that they are verified locally; " +
			"if it encrypts tokens for this API, have it only sign them; otherwise the client sent something that is not a token.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: strings.TrimSpace(c.Unread.String())}, c.Unread.Status != 0
		},
	},
}

func (r Refusal) String() string {
	if r.HTML {
		return fmt.Sprintf("status %d, a page of HTML", r.Status)
	}
	return fmt.Sprintf("status %d %s", r.Status, r.Code)
}
