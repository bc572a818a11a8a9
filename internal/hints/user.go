package hints

import (
	"fmt"
	"slices"
)

// userRules are on UserInfo's refusal and on the user store.
var userRules = []Rule{
	{
		Code: "userinfo_scope", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo wants the scope openid, which the token does not have.",
		Fix:   "Have the client ask for the scope openid beside that of the API.",
		sees: func(c *Case) (seen, bool) {
			granted := c.scopes()
			return seen{"scope " + clip(join(granted)), "scope openid"},
				c.UserInfo.Status == 403 && c.UserInfo.Code == "insufficient_scope" && len(granted) > 0 && !slices.Contains(granted, "openid")
		},
	},
	{
		Code: "userinfo_entitlement", Reasons: []string{"userinfo_refused"},
		Cause: "UserInfo was refused by what stands before it, a gateway or an entitlement, and not because of the token.",
		Fix:   "Entitle the client, or the user, at the provider; see the gateway's own log.",
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
		Cause: "UserInfo does not know the token, though its signature is good: it is not meant for UserInfo.",
		Fix:   "Have the needed claims put into the token, or a token issued that UserInfo takes (OpenIAM: \"Send JWT Token as Access Token\").",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: fmt.Sprintf("status %d %s", c.UserInfo.Status, c.UserInfo.Code)},
				c.UserInfo.Status == 400 || c.UserInfo.Status == 401
		},
	},
	{
		Code: "user_case_differs", Reasons: []string{"user_not_found"}, Explained: true,
		Cause: "A user is found under the same value in lower or upper case.",
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
