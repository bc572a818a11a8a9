package hints

import (
	"fmt"
	"strings"
)

// clientRules are on this service as a client of the provider.
var clientRules = []Rule{
	{
		Code: "endpoint_missing", Reasons: []string{"introspection_unavailable", "userinfo_unavailable"},
		Cause: "The provider's document does not name the endpoint, or not by a URL that may be called.",
		Fix:   "Set IntrospectionURL or UserInfoURL of provider.Config, as the provider's manual has it; a provider without the endpoint cannot be asked.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no such endpoint", "provider.Config." + c.Endpoint}, c.Endpoint != ""
		},
	},
	{
		Code: "assertion_audience", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider refused this service's client assertion, maybe for its aud: some want their issuer there, others the URL that is called.",
		Fix:   "Set Auth.EndpointAudience, which makes aud the URL called, or Auth.Audience, as the provider's manual has it; else see that it knows the key and its kid, and that the clocks agree.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String() + ", aud " + clip(c.Client.Assertion)}, c.Client.Assertion != "" && !c.Client.HTML
		},
	},
	{
		Code: "client_refused", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider does not accept this service's client id or secret.",
		Fix:   "Check both, and the method of authentication; credentials in Basic are form-encoded, and Auth.RawBasic is for a provider that does not decode them.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String()}, c.Client.Status != 0 && c.Client.Assertion == "" && !(c.Client.HTML && c.Client.Status == 403)
		},
	},
	{
		Code: "introspection_entitlement", Reasons: []string{"introspection_unavailable"},
		Cause: "Introspection was refused by what stands before it, a gateway or an entitlement.",
		Fix:   "Entitle this service's client at the provider to introspect; see the gateway's own log.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String()}, c.Client.HTML || c.Client.Status == 403
		},
	},
	{
		Code: "introspection_refuses_token", Reasons: []string{"token_inactive"},
		Cause: "Introspection did not look at the token: it cannot read it, or does not introspect its kind.",
		Fix: "Where the provider does not introspect JWTs, leave Issuer.IntrospectJWTs unset, so that they are verified here; " +
			"have it issue signed tokens instead of encrypted ones for this API; else the client sent what is no token.",
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
