package hints

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// roleMenders concern roles and scopes. The names of roles and scopes are those that a route requires.
var roleMenders = map[string]mender{
	"role_paths_missing": one(func(c *Case) decision.Mend { return c.withRolePath(c.usualRoles()) }),
	"role_elsewhere": one(func(c *Case) decision.Mend {
		found, ok := roleElsewhere(c)
		if !ok || !c.Verified {
			return decision.Mend{}
		}
		if strings.HasPrefix(found.actual, "/") {
			return c.withRolePath(claims.Pointer(found.actual))
		}
		return c.withRolePath(claims.Name(found.actual))
	}),
	"role_missing":           assignsRole,
	"role_of_other_client":   assignsRole,
	"entra_app_role_missing": assignsRole,
	"role_unmapped": one(func(c *Case) decision.Mend {
		role := firstOf(c.Roles.Required, "role")
		return mend.OfIssuer(c.Issuer, `issuer.Claims.Roles.Map["<value-of-the-provider>"] = `+mend.GoList([]string{role}),
			c.rolesWith("map", mend.Members{"<value-of-the-provider>": []string{role}}))
	}),
	"role_prefix": one(func(c *Case) decision.Mend {
		prefix := c.rolePrefix()
		if !c.Verified || !isUsable(prefix) {
			return decision.Mend{}
		}
		return mend.OfIssuer(c.Issuer, "issuer.Claims.Roles.Prefixes = append(issuer.Claims.Roles.Prefixes, "+mend.Go(prefix)+")",
			c.rolesWith("prefixes", []string{prefix}))
	}),
	"insufficient_scope": issuesScope,
	"acr_not_stated": one(func(c *Case) decision.Mend {
		if c.configuredProduct() != entra {
			return decision.Mend{}
		}
		return mend.OfIssuer(c.Issuer, `issuer.Claims.ACR = claims.Name("acrs")`, mend.Members{"claims": mend.Members{"acr": "acrs"}})
	}),
}

// usualRoles returns the claim in which the product puts roles.
func (c *Case) usualRoles() claims.Path {
	switch c.configuredProduct() {
	case keycloak:
		return claims.Pointer("/realm_access/roles")
	case cognito:
		return claims.Name("cognito:groups")
	case okta, dex:
		return claims.Name("groups")
	}
	return claims.Name("roles")
}

// withRolePath adds a claim that names roles.
func (c *Case) withRolePath(p claims.Path) decision.Mend {
	if p.Validate() != nil || !isUsable(p.String()) {
		return decision.Mend{}
	}
	return mend.OfIssuer(c.Issuer, "issuer.Claims.Roles.Paths = append(issuer.Claims.Roles.Paths, "+goPath(p)+")",
		c.rolesWith("paths", added(c.pathTexts(), pathText(p))))
}

// pathTexts returns the configured paths as a settings document contains them.
func (c *Case) pathTexts() []string {
	var list []string
	for _, have := range c.Roles.Paths {
		list = append(list, pathText(pathOfText(have)))
	}
	return list
}

// rolesWith returns the members for roles with one more. The paths are required.
func (c *Case) rolesWith(name string, value any) mend.Members {
	roles := mend.Members{"paths": c.pathTexts()}
	roles[name] = value
	return mend.Members{"claims": mend.Members{"roles": roles}}
}

// pathOfText returns a path whose text begins with a slash if it is a pointer.
func pathOfText(text string) claims.Path {
	if strings.HasPrefix(text, "/") {
		return claims.Pointer(text)
	}
	return claims.Name(text)
}

// rolePrefix returns the prefix of a value that ends in a required role, or "".
func (c *Case) rolePrefix() string {
	for _, value := range c.Roles.Values {
		for _, role := range c.Roles.Required {
			if prefix, ok := strings.CutSuffix(value, role); ok && prefix != "" && strings.ContainsAny(prefix[len(prefix)-1:], ":/_-.|\\ ") {
				return prefix
			}
		}
	}
	return ""
}

// assignsRole has an administrator give the role to the caller.
func assignsRole(c *Case) []decision.Mend {
	role := firstOf(c.Roles.Required, "role")
	switch c.configuredProduct() {
	case keycloak:
		command := "kcadm.sh add-roles -r " + mend.Shell(c.realm()) + " --uusername '<username>'"
		for _, path := range c.Roles.Paths {
			if id, ok := strings.CutPrefix(path, "/resource_access/"); ok {
				command += " --cclientid " + mend.Shell(mend.Word(strings.TrimSuffix(id, "/roles"), "client-id-of-this-api"))
				break
			}
		}
		return []decision.Mend{mend.Command("Keycloak", command+" --rolename "+mend.Shell(role))}
	case entra:
		body := mend.JSON(map[string]any{"principalId": "<object-id-of-the-caller>", "resourceId": "<object-id-of-this-api>", "appRoleId": "<id-of-the-role-" + role + ">"})
		return []decision.Mend{mend.Command("Entra ID", "az rest --method POST --url 'https://graph.microsoft.com/v1.0/servicePrincipals/<object-id-of-this-api>/appRoleAssignedTo' --headers Content-Type=application/json --body "+mend.Shell(body))}
	case auth0:
		return []decision.Mend{mend.Command("Auth0", "auth0 users roles assign '<user-id>' --roles '<id-of-the-role-"+role+">'")}
	case cognito:
		return []decision.Mend{mend.Command("Amazon Cognito", "aws cognito-idp admin-add-user-to-group --user-pool-id "+mend.Shell(mend.Word(firstSegment(c.Issuer), "user-pool-id"))+" --username '<username>' --group-name "+mend.Shell(role))}
	}
	return nil
}

// issuesScope has the provider grant a missing scope.
func issuesScope(c *Case) []decision.Mend {
	granted := c.scopes()
	i := slices.IndexFunc(c.Required, func(s string) bool { return !slices.Contains(granted, s) })
	if i < 0 {
		return nil
	}
	scope := mend.Word(c.Required[i], "scope")
	switch c.configuredProduct() {
	case keycloak:
		return []decision.Mend{c.keycloakScope(c.Required[i])}
	case okta:
		body := mend.JSON(map[string]any{"name": scope, "consent": "IMPLICIT"})
		return []decision.Mend{mend.Command("Okta", "curl -X POST "+mend.Shell(c.oktaServer()+"/scopes")+` -H "Authorization: SSWS $OKTA_API_TOKEN" -H 'Content-Type: application/json' -d `+mend.Shell(body))}
	case adfs:
		return []decision.Mend{mend.Command("ADFS", "Grant-AdfsApplicationPermission -ClientRoleIdentifier "+mend.PowerShell(c.clientID())+" -ServerRoleIdentifier "+mend.PowerShell(c.api())+" -ScopeNames "+mend.PowerShell(scope))}
	case entra:
		return []decision.Mend{mend.Command("Entra ID", "az ad app permission grant --id "+mend.Shell(c.clientID())+" --api "+mend.Shell(c.entraApp())+" --scope "+mend.Shell(scope))}
	}
	return nil
}
