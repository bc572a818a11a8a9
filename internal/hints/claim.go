package hints

import (
	"slices"
	"strings"
)

// userClaims lists the claims in which products name a user.
var userClaims = []string{
	"sub", "uid", "oid", "upn", "unique_name", "preferred_username", "email", "username", "user_name", "user_id", "subname", "login", "name",
}

var machineReasons = []string{
	"claim_unusable", "user_not_found", "userinfo_refused", "userinfo_subject_mismatch", "claim_missing", "check_claim_missing",
}

var noClaim = []string{"claim_missing", "check_claim_missing"}

// claimRules concern claims that are missing or wrong.
var claimRules = []Rule{
	{
		Code: "groups_overage", Reasons: append([]string{"check_failed", "role_missing"}, noClaim...),
		Cause: "The user is in more groups than fit the token, so the provider omitted them.",
		Fix:   "Use app roles, have the provider issue only the groups assigned to the application, or set Issuer.Claims.UserInfo to the Groups of package entra, which asks Microsoft Graph.",
		match: func(c *Case) (evidence, bool) {
			return evidence{actual: "_claim_names or hasgroups", expected: "groups"},
				!c.UserInfo.Groups && strings.HasPrefix(strings.TrimPrefix(c.Claim, "/"), "groups") && (c.has("_claim_names") || c.has("hasgroups"))
		},
	},
	{
		Code: "email_not_verified", Reasons: []string{"check_failed"},
		Cause: "The provider states that it has not verified the e-mail address.",
		Fix:   "Have the user confirm the address at the provider.",
		match: func(c *Case) (evidence, bool) {
			v, _ := c.Claims.Get("email_verified")
			yes, isBool := v.Bool()
			text, _ := v.Text()
			return evidence{"email_verified " + v.Raw(), "email_verified true"},
				(isBool && !yes || strings.EqualFold(text, "false")) && c.Claim == "email_verified"
		},
	},
	{
		Code: "entra_app_role_missing", Reasons: []string{"role_missing", "check_failed", "check_claim_missing", "claim_missing"},
		Cause: "The token was issued to an application, and has no app role: Entra ID lists in roles only the app roles that an administrator assigned to the application.",
		Fix:   "Have an administrator give the client's app registration the app role of this API as an application permission, and consent; then have the client get a new token.",
		match: func(c *Case) (evidence, bool) {
			roles := c.Reason == "role_missing" || strings.TrimPrefix(c.Claim, "/") == "roles"
			return evidence{"no roles", "roles with an app role of this API"}, roles && IsEntra(c.text("iss")) && c.isMachine() && !c.hasAnyValue("roles")
		},
	},
	{
		Code: "app_only_token", Reasons: machineReasons,
		Cause: "The token was issued to an application without a user.",
		Fix:   "Have the client use a flow with a user; if the application itself may call this API, create a user for it that Issuer.Claims.User finds.",
		match: func(c *Case) (evidence, bool) {
			return evidence{strings.TrimSpace("client " + c.client()), "a user"}, c.isMachine() && c.concernsUser()
		},
	},
	{
		Code: "no_user_named", Reasons: machineReasons,
		Cause: "The token names a client but no user: it may have been issued to an application without a user.",
		Fix:   "Have the client use a flow with a user, or have the provider name the user in the token; if the application itself may call this API, create a user for it that Issuer.Claims.User finds.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"client " + c.client(), "a user"}, c.client() != "" && !c.isMachine() && !c.namesUser() && c.concernsUser()
		},
	},
	{
		Code: "claim_in_other_source", Reasons: noClaim,
		Cause: "The claim is in the token, but Issuer.Claims.UserInfoOnly is set, so only UserInfo is read.",
		Fix:   "Set Issuer.Claims.UserInfoOnly to false, so that the token is read too.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Claim + " is in the " + c.Unread, "Issuer.Claims.UserInfoOnly: false"}, c.Unread != ""
		},
	},
	{
		Code: "entra_userinfo", Reasons: append([]string{"userinfo_refused"}, noClaim...),
		Cause: "UserInfo of Entra ID belongs to Microsoft Graph: it refuses tokens of other APIs, and has few claims.",
		Fix:   "Have Entra ID put the claim into the access token, as an optional claim of the API's app registration, and leave Issuer.Claims.UserInfo unset.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no " + c.Claim, c.Claim + " in the token"}, IsEntra(c.text("iss")) && c.UserInfo.Configured && !c.UserInfo.Groups
		},
	},
	{
		Code: "entra_claim_missing", Reasons: noClaim,
		Cause: "Entra ID did not put the claim into the access token.",
		Fix:   "Add the claim as an optional claim of the API's app registration, for access tokens; or name a claim that the token has, such as oid for Issuer.Claims.User.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no " + c.Claim, c.Claim + " in the token"}, IsEntra(c.text("iss")) && (!c.UserInfo.Configured || c.UserInfo.Groups)
		},
	},
	{
		Code: "okta_user_claim", Reasons: noClaim,
		Cause: "Okta's access tokens name the user in uid, and contain no profile claims by default.",
		Fix:   "Add the claim to the authorization server, set Issuer.Claims.User to claims.Name(\"uid\"), or set Issuer.Claims.UserInfo, and Issuer.Claims.UserInfoSubject to claims.Name(\"uid\").",
		match: func(c *Case) (evidence, bool) {
			return evidence{"uid and cid, no " + c.Claim, c.Claim},
				slices.Contains([]string{"email", "preferred_username", "login", "upn"}, c.Claim) && c.has("uid") && c.has("cid")
		},
	},
	{
		Code: "cognito_user_claim", Reasons: noClaim,
		Cause: "Access tokens of Amazon Cognito contain no profile claims.",
		Fix:   "Set Issuer.Claims.User to claims.Name(\"sub\") or claims.Name(\"username\"), or set Issuer.Claims.UserInfo.",
		match: func(c *Case) (evidence, bool) {
			cognito := strings.HasPrefix(host(c.text("iss")), "cognito-idp.") || c.text("token_use") == "access" && c.has("client_id") && !c.has("aud")
			return evidence{"no " + c.Claim, "sub or username"}, cognito && scopeOfClaim(c.Claim) != ""
		},
	},
}

// concernsUser reports whether a fault may exist because the token has no user: the claim that is missing or wrong is about a user, or
// the user is. The roles, the tenant and the kind of a token do not depend on a user.
func (c *Case) concernsUser() bool {
	claim := strings.TrimPrefix(c.Claim, "/")
	if slices.Contains(noClaim, c.Reason) {
		if c.product() == google && scopeOfClaim(claim) == "email" {
			return false // Google's service accounts have e-mail addresses.
		}
		return !slices.Contains([]string{"roles", "realm_access/roles", "permissions", "scp", "scope", "tid", "token_use", "typ", "azp", "client_id"}, claim)
	}
	return true
}

// namesUser reports whether the token has a claim that names a user, with or without a namespace.
func (c *Case) namesUser() bool {
	return c.hasAnyValue(userClaims...) || slices.ContainsFunc(c.Claims.Names(), func(name string) bool {
		i := strings.LastIndexAny(name, "/:")
		return i >= 0 && slices.Contains(userClaims, name[i+1:])
	})
}

// isMachine reports whether a token was issued to an application without a user. It knows the conventions of several
// products.
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
		c.has("clientHost", "clientAddress") || // This marks a service account of Keycloak.
		c.has("sub") && !c.hasAnyValue(userClaims...) // LemonLDAP::NG writes a null sub.
}

// anonymous reports whether introspection returned no sub.
func (c *Case) anonymous() bool { return c.Introspected && c.text("sub") == "" }

// scopeOfClaim returns the scope that requests a claim (OpenID Connect Core 1.0 section 5.4).
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
