package hints

import (
	"slices"
	"strconv"
	"strings"
)

// userClaims lists the claims in which products name a user.
var userClaims = []string{
	"sub", "uid", "oid", "upn", "unique_name", "preferred_username", "email", "username", "user_name", "user_id", "subname", "login", "name",
}

var machineReasons = []string{
	"claim_unusable", "check_failed", "user_not_found", "userinfo_refused", "userinfo_subject_mismatch", "claim_missing", "check_claim_missing",
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
			return evidence{"client " + c.client(), "a user"}, c.client() != "" && !c.isMachine() && !c.hasAnyValue(userClaims...) && c.concernsUser()
		},
	},
	{
		Code: "claim_not_pointer", Reasons: noClaim,
		Cause: "The configuration names the claim by a JSON Pointer, and the token has a claim whose name is the text of the pointer.",
		Fix:   "Use claims.Name(\"https://api.example/roles\") instead of claims.Pointer(\"/https://api.example/roles\"): the slashes belong to the claim's name.",
		match: func(c *Case) (evidence, bool) {
			name, isPointer := strings.CutPrefix(c.Claim, "/")
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, isPointer && c.has(name)
		},
	},
	{
		Code: "claim_namespaced", Reasons: noClaim,
		Cause: "The token has a claim whose name is a namespace and the configured name.",
		Fix:   "Use the whole name of the claim, such as claims.Name(\"https://api.example/roles\"), if the provider puts the value there.",
		match: func(c *Case) (evidence, bool) {
			name := c.similarClaim(func(name string) bool {
				prefix, ok := strings.CutSuffix(name, c.Claim)
				return ok && (strings.HasSuffix(prefix, "/") || strings.HasSuffix(prefix, ":"))
			})
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, name != ""
		},
	},
	{
		Code: "claim_case", Reasons: noClaim,
		Cause: "The token has a claim whose name differs only by case; names of claims are compared exactly.",
		Fix:   "Use the name of the claim exactly as the provider writes it.",
		match: func(c *Case) (evidence, bool) {
			name := c.similarClaim(func(name string) bool { return name != c.Claim && strings.EqualFold(name, c.Claim) })
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, name != ""
		},
	},
	{
		Code: "claim_nested", Reasons: noClaim,
		Cause: "The claim is not at the top level of the token, but a claim that is an object has a member of this name.",
		Fix:   "Use a JSON Pointer, such as claims.Pointer(\"/ext/role\"), if the provider puts the value there.",
		match: func(c *Case) (evidence, bool) {
			outer := c.similarClaim(func(name string) bool {
				v, _ := c.Claims.Get(name)
				o, _ := v.Object()
				return o.Has(c.Claim)
			})
			return evidence{clip(c.Claim), "claims.Pointer(" + strconv.Quote("/"+clip(pointerEscaper.Replace(outer)+"/"+c.Claim)) + ")"}, outer != ""
		},
	},
	{
		Code: "claim_path", Reasons: noClaim,
		Cause: "The claim's name contains a dot, and the token has an object whose name is the part before it.",
		Fix:   "Use a JSON Pointer for the nested claim: claims.Pointer(\"/outer/inner\") instead of claims.Name(\"outer.inner\").",
		match: func(c *Case) (evidence, bool) {
			outer, _, dotted := strings.Cut(c.Claim, ".")
			v, _ := c.Claims.Get(outer)
			_, isObject := v.Object()
			return evidence{c.Claim, "/" + strings.ReplaceAll(c.Claim, ".", "/")}, dotted && isObject
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
	{
		Code: "scope_not_requested", Reasons: noClaim,
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
		Code: "userinfo_not_configured", Reasons: noClaim,
		Cause: "The token does not have the claim, and UserInfo is not configured.",
		Fix:   "Have the provider put the claim into its access tokens, or set Issuer.Claims.UserInfo.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no " + c.Claim, c.Claim + " in the token"}, !c.UserInfo.Configured && !c.anonymous() && !IsEntra(c.text("iss"))
		},
	},
}

// concernsUser reports whether a fault may exist because the token has no user: the claim that is missing or wrong is about a user, or
// the user is. The roles, the tenant and the kind of a token do not depend on a user.
func (c *Case) concernsUser() bool {
	claim := strings.TrimPrefix(c.Claim, "/")
	switch c.Reason {
	case "check_failed":
		return slices.Contains(userClaims, claim) || scopeOfClaim(claim) != ""
	case "check_claim_missing", "claim_missing":
		return !slices.Contains([]string{"roles", "realm_access/roles", "permissions", "scp", "scope", "tid", "token_use", "typ", "azp", "client_id"}, claim)
	}
	return true
}

// similarClaim returns the first claim of the token whose name fits, or "".
func (c *Case) similarClaim(fits func(name string) bool) string {
	if c.Claim == "" {
		return ""
	}
	names := c.Claims.Names()
	if i := slices.IndexFunc(names, fits); i >= 0 {
		return names[i]
	}
	return ""
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

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
