package hints

import "slices"

// missingClaimRules come after those of products.
var missingClaimRules = []Rule{
	{
		Code: "scope_not_requested", Reasons: noClaim, Alone: true,
		Cause: "The claim belongs to a scope that the token does not have.",
		Fix:   "Have the client request that scope; if the provider answers such scopes only in UserInfo, set Issuer.Claims.UserInfo too.",
		match: func(c *Case) (evidence, bool) {
			scope := scopeOfClaim(c.Claim)
			granted := c.scopes()
			return evidence{"scope " + clip(join(granted)), "scope " + scope}, scope != "" && len(granted) > 0 && !slices.Contains(granted, scope) && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "introspection_without_subject", Reasons: noClaim,
		Cause: "The introspection answer has no sub, so the token's user is unknown; RFC 7662 does not require sub.",
		Fix: "Have the provider include sub in its answer, or set Issuer.Claims.User to another claim of the answer, such as username. " +
			"To use UserInfo, set Issuer.Claims.UserInfoSubject to the claim of the answer that equals UserInfo's sub.",
		match: func(c *Case) (evidence, bool) { return evidence{"no sub in the answer", "sub"}, c.anonymous() },
	},
	{
		Code: "userinfo_not_configured", Reasons: noClaim, Alone: true,
		Cause: "The token does not have the claim, and UserInfo is not configured.",
		Fix:   "Have the provider put the claim into its access tokens, or set Issuer.Claims.UserInfo.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no " + c.Claim, c.Claim + " in the token"}, !c.UserInfo.Configured && !c.anonymous() && !IsEntra(c.text("iss"))
		},
	},
}
