package hints

import "fmt"

// clientRules are on this service as a client of the provider.
var clientRules = []Rule{
	{
		Code: "introspection_entitlement", Reasons: []string{"introspection_unavailable"},
		Cause: "Introspection was refused by what stands before it, a gateway or an entitlement.",
		Fix:   "Entitle this service's client at the provider to introspect; see the gateway's own log.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Client.String()}, c.Client.HTML || c.Client.Status == 403
		},
	},
	{
		Code: "client_refused", Reasons: []string{"introspection_unavailable"},
		Cause: "The provider does not accept this service's client id or secret.",
		Fix:   "Check both, and the method of authentication; credentials in Basic are form-encoded, and Auth.RawBasic is for a provider that does not decode them.",
		sees:  func(c *Case) (seen, bool) { return seen{actual: c.Client.String()}, c.Client.Status != 0 },
	},
}

func (r Refusal) String() string {
	if r.HTML {
		return fmt.Sprintf("status %d, a page of HTML", r.Status)
	}
	return fmt.Sprintf("status %d %s", r.Status, r.Code)
}
