package hints

import (
	"slices"
	"strings"
)

// userClaims are those by which products name a user.
var userClaims = []string{
	"sub", "uid", "oid", "upn", "unique_name", "preferred_username", "email", "username", "user_name", "user_id", "subname", "login", "name",
}

var machineReasons = []string{
	"claim_unusable", "check_failed", "user_not_found", "insufficient_scope", "userinfo_refused", "userinfo_subject_mismatch", "claim_missing", "check_claim_missing",
}

var noClaim = []string{"claim_missing", "check_claim_missing"}

// claimRules are on claims that are missing or not as they should be.
var claimRules = []Rule{
	{
		Code: "groups_overage", Reasons: append([]string{"check_failed"}, noClaim...),
		Cause: "The user is in more groups than fit the token, so the provider left them out.",
		Fix:   "Use app roles, or have the provider issue only the groups assigned to the application.",
		sees: func(c *Case) (seen, bool) {
			return seen{actual: "_claim_names or hasgroups", expected: "groups"},
				strings.HasPrefix(strings.TrimPrefix(c.Claim, "/"), "groups") && (c.has("_claim_names") || c.has("hasgroups"))
		},
	},
	{
		Code: "email_not_verified", Reasons: []string{"check_failed", "user_not_found", "user_ambiguous"},
		Cause: "The provider has not verified the e-mail address.",
		Fix:   "Have the user confirm it at the provider.",
		sees: func(c *Case) (seen, bool) {
			v, _ := c.Claims.Get("email_verified")
			yes, isBool := v.Bool()
			text, _ := v.Text()
			return seen{"email_verified " + v.Raw(), "email_verified true"},
				(isBool && !yes || strings.EqualFold(text, "false")) && (c.Claim == "email_verified" || c.Claim == "email")
		},
	},
	{
		Code: "app_only_token", Reasons: machineReasons,
		Cause: "It is the token of an application by itself: there is no user in it.",
		Fix:   "Have the client use a flow with a user; if the application itself is to be let in, map it to a service account, by a claim that it has.",
		sees: func(c *Case) (seen, bool) {
			return seen{strings.TrimSpace("client " + c.client()), "a user"}, c.isMachine()
		},
	},
	{
		Code: "no_user_named", Reasons: machineReasons,
		Cause: "The token names a client, and no user by any claim that products use for that: it may be an application's own.",
		Fix:   "Have the client use a flow with a user, or the provider name the user in the token; if the application itself is to be let in, map it to a service account.",
		sees: func(c *Case) (seen, bool) {
			return seen{"client " + c.client(), "a user"}, c.client() != "" && !c.isMachine() && !c.namesAny(userClaims...)
		},
	},
	{
		Code: "claim_path", Reasons: noClaim,
		Cause: "The claim's name has dots, and the token holds an object of the name before the first one.",
		Fix:   "Name it by a JSON Pointer: claims.Pointer(\"/outer/inner\") instead of claims.Name(\"outer.inner\").",
		sees: func(c *Case) (seen, bool) {
			outer, _, dotted := strings.Cut(c.Claim, ".")
			v, _ := c.Claims.Get(outer)
			_, isObject := v.Object()
			return seen{c.Claim, "/" + strings.ReplaceAll(c.Claim, ".", "/")}, dotted && isObject
		},
	},
	{
		Code: "claim_in_other_source", Reasons: noClaim,
		Cause: "The claim is there, but in the source that is not asked for it.",
		Fix:   "Choose the Issuer.ClaimOrder that asks that source.",
		sees: func(c *Case) (seen, bool) {
			return seen{c.Claim + " is in the " + c.Elsewhere, "Issuer.ClaimOrder that asks it"}, c.Elsewhere != ""
		},
	},
	{
		Code: "entra_userinfo", Reasons: append([]string{"userinfo_refused"}, noClaim...),
		Cause: "UserInfo of Entra ID belongs to Microsoft Graph: it refuses the token of another API, and has few claims.",
		Fix:   "Have the claim put into the access token, as an optional claim of the API's app registration.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no " + c.Claim, c.Claim + " in the token"}, IsEntra(c.text("iss"))
		},
	},
	{
		Code: "okta_user_claim", Reasons: noClaim,
		Cause: "Okta's access tokens name the user by uid, and hold no profile claims by themselves.",
		Fix:   "Add the claim to the authorization server, search by uid, or set Issuer.UserInfo with uid for its UserInfoSubject.",
		sees: func(c *Case) (seen, bool) {
			return seen{"uid and cid, no " + c.Claim, c.Claim},
				slices.Contains([]string{"email", "preferred_username", "login", "upn"}, c.Claim) && c.has("uid") && c.has("cid")
		},
	},
	{
		Code: "cognito_user_claim", Reasons: noClaim,
		Cause: "Access tokens of Amazon Cognito hold no profile claims.",
		Fix:   "Search by sub or username, or let claims come from UserInfo.",
		sees: func(c *Case) (seen, bool) {
			cognito := strings.HasPrefix(host(c.text("iss")), "cognito-idp.") || c.text("token_use") == "access" && c.has("client_id") && !c.has("aud")
			return seen{"no " + c.Claim, "sub or username"}, cognito
		},
	},
	{
		Code: "scope_not_requested", Reasons: noClaim,
		Cause: "The claim belongs to a scope that the token does not have.",
		Fix:   "Have the client ask for that scope.",
		sees: func(c *Case) (seen, bool) {
			scope := scopeOfClaim(c.Claim)
			granted := c.scopes()
			return seen{"scope " + clip(join(granted)), "scope " + scope}, scope != "" && len(granted) > 0 && !slices.Contains(granted, scope) && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "introspection_without_subject", Reasons: noClaim,
		Cause: "Introspection does not say whom the token is about: the answer has no sub, which RFC 7662 does not require.",
		Fix: "Have the provider tell sub, or search by a claim that it tells, such as username; " +
			"UserInfo serves only with Issuer.UserInfoSubject set to the claim of the answer that equals UserInfo's sub.",
		sees: func(c *Case) (seen, bool) { return seen{"no sub in the answer", "sub"}, c.anonymous() },
	},
	{
		Code: "userinfo_not_configured", Reasons: noClaim,
		Cause: "The token does not have the claim, and UserInfo is not configured.",
		Fix:   "Have the provider put the claim into its access tokens, or set Issuer.UserInfo.",
		sees: func(c *Case) (seen, bool) {
			return seen{"no " + c.Claim, c.Claim + " in the token"}, !c.UserInfo.Configured && !c.anonymous() && !IsEntra(c.text("iss"))
		},
	},
	{
		Code: "scope_elsewhere", Reasons: []string{"insufficient_scope"},
		Cause: "What is required is there, but as a role or permission and not as a scope.",
		Fix:   "Check that claim by Issuer.Checks or in the handler, or have the client ask for the scope.",
		sees: func(c *Case) (seen, bool) {
			for _, name := range []string{"roles", "permissions", "scopes", "authorities", "groups"} {
				for _, have := range c.words(name) {
					if slices.Contains(c.Required, have) {
						return seen{name + " holds " + clip(have), "scope " + join(c.Required)}, true
					}
				}
			}
			return seen{}, false
		},
	},
}

// isMachine tells by the marks of several products whether a token was issued to an application by itself.
func (c *Case) isMachine() bool {
	client, sub := c.client(), c.text("sub")
	switch {
	case c.text("idtyp") != "":
		return strings.EqualFold(c.text("idtyp"), "app")
	case c.text("gty") == "client-credentials", c.text("grant_type") == "client_credentials":
		return true
	case sub != "" && sub == c.text("oid") && !c.has("scp"): // Entra ID
		return true
	case client == "":
		return false
	}
	return sub == client || sub == client+"@clients" || c.text("preferred_username") == "service-account-"+strings.ToLower(client) ||
		c.has("clientHost", "clientAddress") || // Keycloak's service accounts
		c.has("sub") && !c.namesAny(userClaims...) // a sub of null, as LemonLDAP::NG has
}

// anonymous tells of an answer of introspection that names no user as OpenID Connect does.
func (c *Case) anonymous() bool { return c.Introspected && c.text("sub") == "" }

// scopeOfClaim is the scope that asks for a claim (OpenID Connect Core 1.0 section 5.4).
func scopeOfClaim(claim string) string {
	switch claim {
	case "email", "email_verified":
		return "email"
	case "phone_number", "phone_number_verified":
		return "phone"
	case "address":
		return "address"
	case "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"gender", "birthdate", "zoneinfo", "locale", "updated_at":
		return "profile"
	}
	return ""
}
