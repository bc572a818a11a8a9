package hints

import (
	"fmt"
	"slices"
	"strings"
)

var otherSubject = []string{"userinfo_subject_mismatch"}

// userRules concern UserInfo's refusal and subject, and the user store.
var userRules = []Rule{
	{
		Code: "userinfo_scope", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo requires the scope openid, which the token does not have.",
		Fix:   "Have the client request the scope openid beside that of the API.",
		sees: func(c *Case) (seen, bool) {
			granted := c.scopes()
			return seen{"scope " + clip(join(granted)), "scope openid"},
				c.UserInfo.Status == 403 && c.UserInfo.Code == "insufficient_scope" && len(granted) > 0 && !slices.Contains(granted, "openid") && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "userinfo_entitlement", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo was refused by a gateway or for lack of a permission, not because of the token.",
		Fix:   "Allow the client or the user at the provider; read the gateway's own log.",
		sees: func(c *Case) (seen, bool) {
			how := c.UserInfo.Code
			if c.UserInfo.HTML {
				how = "a page of HTML"
			}
			return seen{actual: fmt.Sprintf("status 403, %s", how)}, c.UserInfo.Status == 403
		},
	},
	{
		Code: "userinfo_refuses_token", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo refuses the token although its signature is valid: the token is not meant for UserInfo.",
		Fix:   "Have the provider put the required claims into the token, or issue a token that UserInfo accepts (OpenIAM: \"Send JWT Token as Access Token\").",
		sees: func(c *Case) (seen, bool) {
			found := seen{actual: strings.TrimSpace(fmt.Sprintf("status %d %s", c.UserInfo.Status, c.UserInfo.Code))}
			if c.Claim != "" {
				found.expected = c.Claim + " in the token"
			}
			return found, (c.UserInfo.Status == 400 || c.UserInfo.Status == 401) && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "userinfo_without_sub", Reasons: otherSubject,
		Cause: "UserInfo's answer has no sub, so it is unknown which user it describes.",
		Fix:   "Check that UserInfo's URL is that of OpenID Connect, not one of the product's own API; else have the provider put the claims into the token.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no sub in UserInfo", "sub, a string"}, c.UserInfo.Subject.Claim != "" && c.UserInfo.Subject.Info == ""
		},
	},
	{
		Code: "userinfo_token_subject", Reasons: otherSubject,
		Cause: "The token lacks the claim that UserInfo's sub must equal.",
		Fix:   "Set Issuer.Claims.UserInfoSubject to the claim in which this token names its user; the token of an application without a user has none.",
		sees: func(c *Case) (seen, bool) {
			s := c.UserInfo.Subject
			return seen{"no " + s.Claim + " in the token", s.Claim}, s.Info != "" && s.Kind == "" && s.Same == ""
		},
	},
	{
		Code: "userinfo_subject_claim", Reasons: otherSubject,
		Cause: "UserInfo's sub equals another claim of the token than the one it is compared with, as Okta's equals uid.",
		Fix:   "Set Issuer.Claims.UserInfoSubject to that claim.",
		sees: func(c *Case) (seen, bool) {
			s := c.UserInfo.Subject
			return seen{s.Claim, s.Same}, s.Same != ""
		},
	},
	{
		Code: "userinfo_other_subject", Reasons: otherSubject,
		Cause: "UserInfo identifies users in another way than the token does, by design: by a number or a pairwise id, for instance.",
		Fix: "Have the provider put UserInfo's sub into a claim of the token, and set Issuer.Claims.UserInfoSubject to that;" +
			" or have it put the claims into the token, and leave Issuer.Claims.UserInfo unset.",
		sees: func(c *Case) (seen, bool) {
			s := c.UserInfo.Subject
			return seen{"UserInfo's sub: " + s.Info, "as the token's " + s.Claim + ": " + s.Kind},
				s.Info != "" && s.Kind != "" && s.Same == "" && (s.Info != s.Kind || s.Info == "not a string")
		},
	},
	{
		Code: "user_case_differs", Reasons: []string{"user_not_found"}, Explained: true,
		Cause: "A user is found under the same value in another case.",
		Fix:   "Store the value exactly as the provider issues it, or search by an immutable id.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: c.Claim + " in another case"}, c.FoldsTo
		},
	},
	{
		Code: "user_ambiguous", Reasons: []string{"user_ambiguous"},
		Cause: "Several enabled users have this value.",
		Fix:   "Search by an immutable id, such as oid with tid, and not by an e-mail address; or disable all accounts but one.",
		sees:  func(c *Case) (seen, bool) { return seen{c.Claim + " of 2 or more users", "exactly one"}, true },
	},
}
