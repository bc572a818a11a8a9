package hints

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Roles describes the roles that are required, and how the issuer's roles are read.
type Roles struct {
	// Required lists the roles of which one or all are required.
	Required []string
	// Paths lists the configured paths.
	Paths []string
	// Values lists the provider's values at the paths.
	Values []string
	// Mapped lists the values that Issuer.Claims.Roles.Map would turn into a required role. It is nil if there is no Map.
	Mapped []string
}

var roleMissing = []string{"role_missing"}

// roleRules say where else a missing role is.
var roleRules = []Rule{
	{
		Code: "role_paths_missing", Reasons: roleMissing,
		Cause: "Roles are required, but the configuration names no claim that contains roles.",
		Fix:   "Set Issuer.Claims.Roles.Paths to the claims in which the provider puts the roles of this API.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no Issuer.Claims.Roles.Paths", "a claim such as roles"}, len(c.Roles.Paths) == 0
		},
	},
	{
		Code: "role_of_other_client", Reasons: roleMissing,
		Cause: "The token has a role of this name for another client in resource_access; Keycloak's roles of a client belong to that client alone.",
		Fix:   "Assign the role of this API's own client to the user in Keycloak. Add the other client to Issuer.Claims.Roles.Paths only if its roles are meant for this API too.",
		match: func(c *Case) (evidence, bool) {
			clients, _ := c.Claims.Get("resource_access")
			all, _ := clients.Object()
			for client, access := range all.All() {
				path := "/resource_access/" + pointerEscaper.Replace(client) + "/roles"
				if !slices.Contains(c.Roles.Paths, path) && c.namesRole(memberRoles(access)) {
					return evidence{clip(path), join(c.Roles.Paths)}, true
				}
			}
			return evidence{}, false
		},
	},
	{
		Code: "role_elsewhere", Reasons: roleMissing,
		Cause: "The token has the role in a claim that Issuer.Claims.Roles.Paths does not contain.",
		Fix:   "Add that claim to Issuer.Claims.Roles.Paths, if the provider assigns the roles of this API in it.",
		match: roleElsewhere,
	},
	{
		Code: "role_unmapped", Reasons: roleMissing,
		Cause: "The token has values in the configured claims, but Issuer.Claims.Roles.Map turns none of them into the required role.",
		Fix:   "Add the provider's value to Issuer.Claims.Roles.Map, or have the provider assign one of the expected values.",
		match: func(c *Case) (evidence, bool) {
			return evidence{fmt.Sprintf("%d value(s)", len(c.Roles.Values)), clip(join(c.Roles.Mapped[:min(len(c.Roles.Mapped), maxValues)]))},
				c.Roles.Mapped != nil && len(c.Roles.Values) > 0
		},
	},
	{
		Code: "role_prefix", Reasons: roleMissing,
		Cause: "The token has a value that ends in the role, after a prefix that is not cut.",
		Fix:   "Add the prefix to Issuer.Claims.Roles.Prefixes; values without one of the prefixes are then ignored.",
		match: func(c *Case) (evidence, bool) {
			for _, value := range c.Roles.Values {
				for _, role := range c.Roles.Required {
					if prefix, ok := strings.CutSuffix(value, role); ok && prefix != "" && strings.ContainsAny(prefix[len(prefix)-1:], ":/_-.|\\ ") {
						return evidence{clip(value), clip(role)}, true
					}
				}
			}
			return evidence{}, false
		},
	},
	{
		Code: "role_case", Reasons: roleMissing,
		Cause: "The token has the role in another case.",
		Fix:   "Require the role exactly as the provider writes it, or put the provider's value into Issuer.Claims.Roles.Map.",
		match: func(c *Case) (evidence, bool) {
			for _, value := range c.Roles.Values {
				for _, role := range c.Roles.Required {
					if value != role && strings.EqualFold(value, role) {
						return evidence{clip(value), clip(role)}, true
					}
				}
			}
			return evidence{}, false
		},
	},
}

// roleElsewhere finds the claim that has the role and that no configured path names.
func roleElsewhere(c *Case) (evidence, bool) {
	for _, claim := range []string{"roles", "role", "groups", "permissions", "authorities", "cognito:groups", "urn:zitadel:iam:org:project:roles", "scope", "scp"} {
		if !slices.Contains(c.Roles.Paths, claim) && (c.namesRole(c.words(claim)) || c.namesRole(c.members(claim))) {
			return evidence{claim, join(c.Roles.Paths)}, true
		}
	}
	for _, path := range c.rolePaths() {
		if !strings.HasPrefix(path.name, "/resource_access/") && !slices.Contains(c.Roles.Paths, path.name) && c.namesRole(path.values) {
			return evidence{path.name, join(c.Roles.Paths)}, true
		}
	}
	return evidence{}, false
}

// namesRole reports whether the values contain a required role, or a value that the Map turns into one.
func (c *Case) namesRole(values []string) bool {
	wanted := c.Roles.Required
	if c.Roles.Mapped != nil {
		wanted = c.Roles.Mapped
	}
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted, v) })
}

// members returns the names of the members of a claim that is an object.
func (c *Case) members(claim string) []string {
	v, _ := c.Claims.Get(claim)
	o, _ := v.Object()
	return o.Names()
}

// memberRoles returns the strings of the member roles, as Keycloak writes them.
func memberRoles(access strictjson.Value) []string {
	o, _ := access.Object()
	v, _ := o.Get("roles")
	list, _ := v.Texts()
	return list
}
