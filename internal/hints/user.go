package hints

import (
	"slices"
	"strings"
)

var otherSubject = []string{"userinfo_subject_mismatch"}

// userRules concern UserInfo's refusal and subject, and the user store.
var userRules = []Rule{
	{
		Code: "userinfo_scope", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo refuses the token for insufficient scope, and the token lacks a scope of OpenID Connect.",
		Fix:   "Have the client request that scope in addition to the scope of the API.",
		match: func(c *Case) (evidence, bool) {
			wanted := c.userInfoScope()
			return evidence{"scope " + clip(join(c.scopes())), "scope " + wanted}, wanted != ""
		},
	},
	{
		Code: "userinfo_entitlement", Reasons: []string{"userinfo_refused"},
		Cause: "The call of UserInfo was refused, perhaps by a gateway before it: the client or the user may lack a permission there.",
		Fix:   "Give the client and the user access to UserInfo at the provider and at the gateway, and read the log of the gateway. If the answer names a scope of the provider, have the client request that scope.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.UserInfo.String(), "status 200"}, c.UserInfo.Status == 403 && c.userInfoScope() == "" && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "openiam_userinfo", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo refuses the token. The provider seems to be OpenIAM, whose UserInfo may not know JWTs that are sent as access tokens.",
		Fix:   "Switch the option \"Send JWT Token as Access Token\" of OpenIAM off, or have OpenIAM put the required claims into the token and leave Issuer.Claims.UserInfo unset.",
		match: func(c *Case) (evidence, bool) {
			return c.userInfoAnswer(), c.userInfoRefuses() && c.product() == openIAM
		},
	},
	{
		Code: "userinfo_refuses_token", Reasons: []string{"userinfo_refused"}, Alone: true,
		Cause: "UserInfo refuses the token, which may not be meant for UserInfo, or may be revoked.",
		Fix:   "Have the provider put the required claims into the token, or have the client request a token that UserInfo accepts too (scope openid).",
		match: func(c *Case) (evidence, bool) { return c.userInfoAnswer(), c.userInfoRefuses() },
	},
	{
		Code: "userinfo_without_sub", Reasons: otherSubject,
		Cause: "UserInfo's answer has no sub, so it is unknown which user it describes.",
		Fix:   "Check that the URL is the UserInfo endpoint of OpenID Connect, and not another API of the product; otherwise have the provider put the claims into the token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no sub in UserInfo", "sub, a string"}, c.UserInfo.Subject.Claim != "" && c.UserInfo.Subject.Info == ""
		},
	},
	{
		Code: "userinfo_token_subject", Reasons: otherSubject,
		Cause: "The token lacks the claim that UserInfo's sub must equal.",
		Fix:   "Set Issuer.Claims.UserInfoSubject to the claim in which the token names its user. The token of an application without a user has no such claim.",
		match: func(c *Case) (evidence, bool) {
			s := c.UserInfo.Subject
			return evidence{"no " + s.Claim + " in the token", s.Claim}, s.Info != "" && s.Kind == "" && s.Same == ""
		},
	},
	{
		Code: "userinfo_subject_claim", Reasons: otherSubject,
		Cause: "UserInfo's sub does not equal the configured claim of the token, but equals another one; for Okta, this is uid.",
		Fix:   "Set Issuer.Claims.UserInfoSubject to the claim that the hint shows as expected.",
		match: func(c *Case) (evidence, bool) {
			s := c.UserInfo.Subject
			return evidence{s.Claim, s.Same}, s.Same != ""
		},
	},
	{
		Code: "userinfo_other_subject", Reasons: otherSubject,
		Cause: "UserInfo and the token identify the user in different ways, for example by a number and by a pairwise id.",
		Fix: "Have the provider put UserInfo's sub into a claim of the token, and set Issuer.Claims.UserInfoSubject to that claim; " +
			"or have it put the required claims into the token, and leave Issuer.Claims.UserInfo unset.",
		match: func(c *Case) (evidence, bool) {
			s := c.UserInfo.Subject
			return evidence{"UserInfo's sub: " + s.Info, "as the token's " + s.Claim + ": " + s.Kind},
				s.Info != "" && s.Kind != "" && s.Same == "" && (s.Info != s.Kind || s.Info == "not a string")
		},
	},
	{
		Code: "user_case_differs", Reasons: []string{"user_not_found"}, Explained: true,
		Cause: "A local user has the value of the search claim, but in another case.",
		Fix:   "Store the value exactly as the provider issues it, or set Issuer.Claims.User to an immutable id.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: c.Claim + " in another case"}, c.InOtherCase
		},
	},
	{
		Code: "user_ambiguous", Reasons: []string{"user_ambiguous"},
		Cause: "Several enabled users have the value of the search claim.",
		Fix:   "Set Issuer.Claims.User to an immutable id instead of an e-mail address, such as oid with a check on tid; or disable all of these users but one.",
		match: func(c *Case) (evidence, bool) { return evidence{c.Claim + " of 2 or more users", "exactly one"}, true },
	},
}

// userInfoRefuses reports whether UserInfo itself refused the token.
func (c *Case) userInfoRefuses() bool {
	return (c.UserInfo.Status == 400 || c.UserInfo.Status == 401) && !c.UserInfo.Groups && !IsEntra(c.text("iss"))
}

func (c *Case) userInfoAnswer() evidence {
	found := evidence{actual: c.UserInfo.String()}
	if c.Claim != "" {
		found.expected = c.Claim + " in the token"
	}
	return found
}

func (u UserInfo) String() string { return answer(u.Status, u.Code, u.Scope, u.HTML) }

// userInfoScope returns the scope of OpenID Connect for which UserInfo refuses the token, or "". If the answer names a scope of
// something else, a gateway may have refused the call.
func (c *Case) userInfoScope() string {
	if c.UserInfo.Status != 403 || c.UserInfo.Code != "insufficient_scope" || c.UserInfo.HTML || IsEntra(c.text("iss")) {
		return ""
	}
	granted := c.scopes()
	for _, wanted := range strings.Fields(c.UserInfo.Scope) {
		if slices.Contains(openIDScopes, wanted) && !slices.Contains(granted, wanted) {
			return wanted
		}
	}
	if c.UserInfo.Scope == "" && len(granted) > 0 && !slices.Contains(granted, "openid") {
		return "openid"
	}
	return ""
}

var openIDScopes = []string{"openid", "profile", "email", "address", "phone"}
