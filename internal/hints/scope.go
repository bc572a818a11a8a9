package hints

import (
	"slices"
	"strings"
)

var scopeMissing = []string{"insufficient_scope"}

// scopeRules say how a token has the value of a missing scope in another form.
var scopeRules = []Rule{
	{
		Code: "scope_elsewhere", Reasons: scopeMissing,
		Cause: "The token has the required value, but as a role or permission instead of a scope.",
		Fix: "Set Issuer.Claims.Roles.Paths to the claim that the hint shows, and require the value with RequireRoles, if users or applications with this role may pass; " +
			"otherwise have the client request the scope. The token of an application often has roles only.",
		match: func(c *Case) (evidence, bool) {
			for _, path := range c.rolePaths() {
				for _, have := range path.values {
					if slices.Contains(c.Required, have) {
						return evidence{path.name + " contains " + clip(have), "scope " + clip(join(c.Required))}, true
					}
				}
			}
			return evidence{}, false
		},
	},
	{
		Code: "scope_prefix", Reasons: scopeMissing,
		Cause: "The token has the scope without the prefix of the required one, or with a prefix that the required one lacks.",
		Fix:   "Require the scope exactly as the provider writes it into the token; Entra ID writes orders.read for api://<id>/orders.read, and Amazon Cognito writes the identifier of the resource server before the scope.",
		match: eachScope(func(have, required string) bool { return isPrefixed(have, required) || isPrefixed(required, have) }),
	},
	{
		Code: "scope_case", Reasons: scopeMissing,
		Cause: "The token has the scope in another case; scopes are compared exactly (RFC 6749 section 3.3).",
		Fix:   "Require the scope exactly as the provider writes it into the token.",
		match: eachScope(func(have, required string) bool { return have != required && strings.EqualFold(have, required) }),
	},
	{
		Code: "scope_separator", Reasons: scopeMissing,
		Cause: "The token has the scope in a list that is separated by commas; a list of scopes is separated by blanks (RFC 6749 section 3.3).",
		Fix:   "Have the provider write the scopes as a string that is separated by blanks, or as a JSON list.",
		match: eachScope(func(have, required string) bool {
			return strings.Contains(have, ",") && slices.Contains(strings.Split(have, ","), required)
		}),
	},
	{
		Code: "entra_app_scope", Reasons: scopeMissing, Alone: true,
		Cause: "The token was issued to an application. Entra ID writes scopes only into tokens of users, and app roles into tokens of applications.",
		Fix: "If the application may pass, have an administrator give it an app role of this API, set Issuer.Claims.Roles.Paths to claims.Name(\"roles\"), and require the role with RequireRoles; " +
			"otherwise have the client use a flow with a user.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no scp", "scope " + clip(join(c.Required))}, IsEntra(c.text("iss")) && c.isMachine() && !c.hasAnyValue("scp")
		},
	},
}

// eachScope compares every scope of the token with every required one.
func eachScope(differ func(have, required string) bool) func(*Case) (evidence, bool) {
	return func(c *Case) (evidence, bool) {
		for _, have := range c.scopes() {
			for _, required := range c.Required {
				if differ(have, required) {
					return evidence{"scope " + clip(have), "scope " + clip(required)}, true
				}
			}
		}
		return evidence{}, false
	}
}

// isPrefixed reports whether long is short after a prefix that ends in a separator.
func isPrefixed(long, short string) bool {
	prefix, ok := strings.CutSuffix(long, short)
	return ok && prefix != "" && short != "" && strings.ContainsAny(prefix[len(prefix)-1:], "/:|")
}

// rolePath is a place in a token where products put roles and permissions.
type rolePath struct {
	name   string
	values []string
}

// rolePaths returns the places where the token has roles and permissions. A name is that of a claim, or a JSON Pointer.
func (c *Case) rolePaths() []rolePath {
	var out []rolePath
	for _, claim := range []string{"roles", "role", "permissions", "scopes", "authorities", "groups", "cognito:groups"} {
		if values := append(c.words(claim), c.members(claim)...); len(values) > 0 {
			out = append(out, rolePath{claim, values})
		}
	}
	realm, _ := c.Claims.Get("realm_access")
	out = append(out, rolePath{"/realm_access/roles", memberRoles(realm)})
	clients, _ := c.Claims.Get("resource_access")
	all, _ := clients.Object()
	for client, access := range all.All() {
		out = append(out, rolePath{clip("/resource_access/" + pointerEscaper.Replace(client) + "/roles"), memberRoles(access)})
	}
	for _, name := range c.Claims.Names() { // Auth0 requires a namespace for such claims.
		if strings.Contains(name, "://") && (strings.HasSuffix(name, "/roles") || strings.HasSuffix(name, "/permissions") || strings.HasSuffix(name, "/groups")) {
			out = append(out, rolePath{clip(name), c.words(name)})
		}
	}
	return out
}
