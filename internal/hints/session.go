package hints

import "fmt"

// sessionRules concern requests to the login, and requirements of routes that a session does not meet. They come after the rules about
// claims and roles, which are more precise.
var sessionRules = []Rule{
	{
		Code: "session_missing", Login: true, Reasons: []string{"no_credentials"},
		Cause: "The request has no cookie of a session: the user is not signed in, or the browser did not send the cookie. Only a request for a page that the browser opens is redirected to a login.",
		Fix: "Have the script open a page that requires a login when it gets 401, for example by location.reload(). If the user is signed in, check that the request goes to the " +
			"scheme and host of login.Config.PublicURL, and that a page of this origin sends it.",
		match: withoutEvidence,
	},
	{
		Code: "login_request_malformed", Login: true, Reasons: []string{"malformed_request"},
		Cause: "A request to a page of the login has a parameter twice, lacks one, is too long, has a wrong method, or was sent by a script or a frame.",
		Fix:   "Read the detail; have the browser open the login as a page, by a link, a redirect or a form, and send each parameter once.",
		match: withoutEvidence,
	},
	{
		Code: "login_issuer_unknown", Login: true, Reasons: []string{"unknown_issuer"},
		Cause: "The login is for a provider that is not configured: a link names it, or the configuration has changed.",
		Fix:   "Compare the parameter iss or provider of the link with login.Config.Providers, and provider.Config.Issuer of each of them with Issuer.URL.",
		match: func(c *Case) (evidence, bool) {
			return evidence{clip(c.LoginCase.Actual), join(c.Issuers[:min(len(c.Issuers), maxValues)])}, true
		},
	},
	{
		Code: "session_acr_not_stated", Login: true, Reasons: notAuthenticated,
		Cause: "The claims of the session do not state how the user authenticated.",
		Fix:   "Have the user sign in again: a page that the browser opens leads there by itself. If acr is missing after that too, have the provider put acr into the ID tokens of this client, or set Issuer.Claims.ACR to the claim that states it.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{"no acr", "acr " + join(a.Required)}, c.LoginCase.Requirement && a.Required != nil && len(a.ACR) == 0
		},
	},
	{
		Code: "session_auth_time_not_stated", Login: true, Reasons: notAuthenticated,
		Cause: "The claims of the session do not state when the user authenticated.",
		Fix:   "Have the user sign in again: a page that the browser opens leads there by itself. If auth_time is missing after that too, have the provider put it into the ID tokens of this client (require_auth_time), or set Issuer.Claims.AuthTime or Issuer.Claims.AuthAge to the claim that states it.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{"no auth_time", fmt.Sprintf("at most %s ago", a.MaxAge)}, c.LoginCase.Requirement && a.MaxAge > 0 && a.Time.IsZero()
		},
	},
	{
		Code: "session_requirement_empty", Login: true, Reasons: notAuthenticated,
		Cause: "The requirement of the route names neither acr nor a positive maximum age, so no session meets it.",
		Fix:   "Name a maximum age or an acr in the call of RequireAuthentication.",
		match: func(c *Case) (evidence, bool) {
			return evidence{expected: "a maximum age or an acr"}, c.LoginCase.Requirement && c.Authentication.isEmpty()
		},
	},
	{
		Code: "session_authentication", Login: true, Reasons: notAuthenticated, Alone: true,
		Cause: "The user authenticated in another way, or longer ago, than the route requires.",
		Fix: "Have the user sign in again: a page that the browser opens leads there by itself, and a script that gets 401 must open such a page. " +
			"If the new session states the same acr, compare the required value with those that the provider issues.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			if a.Required != nil {
				return evidence{"acr " + clip(join(a.ACR)), "acr " + join(a.Required)}, c.LoginCase.Requirement
			}
			return evidence{"authenticated at " + stamp(a.Time), fmt.Sprintf("at most %s ago", a.MaxAge)}, c.LoginCase.Requirement && !a.Time.IsZero()
		},
	},
	{
		Code: "session_scope_missing", Login: true, Reasons: scopeMissing,
		Cause: "The login did not request a scope that the route requires, or the provider did not grant it. Scopes in the claims of the ID token grant nothing.",
		Fix:   "Add the scope to login.Provider.Scopes, have the provider grant it to this client, and have the user sign in again.",
		match: func(c *Case) (evidence, bool) { return evidence{expected: "scope " + clip(join(c.Required))}, true },
	},
	{
		Code: "session_role_missing", Login: true, Reasons: roleMissing, Alone: true,
		Cause: "The user lacks a role that the route requires.",
		Fix:   "If the user may use the route, have the provider assign the role and put it into the ID tokens of this client or, if Issuer.Claims.UserInfo is set, into UserInfo, and have the user sign in again.",
		match: withoutEvidence,
	},
}

func withoutEvidence(*Case) (evidence, bool) { return evidence{}, true }
