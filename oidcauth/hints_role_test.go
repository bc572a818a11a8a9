package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// roleHints are scenes in which the required role is in a claim that the configuration does not read.
func roleHints() []hinted {
	reading := func(rules oidcauth.RoleRules, has oidctest.Claims) scene {
		return scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{Roles: rules}}, claims: has, roles: []string{"admin"}}
	}
	at := func(paths ...claims.Path) oidcauth.RoleRules { return oidcauth.RoleRules{Paths: paths} }
	change := func(claim string, v any) func(*scene) {
		return func(s *scene) { s.claims = merged(s.claims, oidctest.Claims{claim: v}) }
	}
	client := func(name string) oidctest.Claims {
		return oidctest.Claims{name: oidctest.Claims{"roles": []string{"admin"}}}
	}
	roles := claims.Name("roles")
	mapped := oidcauth.RoleRules{Paths: []claims.Path{roles}, Map: map[string][]string{"ops": {"admin"}}}
	return []hinted{
		{"no paths", "role_paths_missing", reading(oidcauth.RoleRules{}, nil), func(s *scene) { s.issuer.Claims.Roles = at(roles) }},
		{
			"another client of Keycloak", "role_of_other_client",
			reading(at(claims.Pointer("/resource_access/orders/roles")), oidctest.Claims{"resource_access": client("shop/a")}),
			change("resource_access", oidctest.Claims{"shop/a": oidctest.Claims{"roles": []string{"clerk"}}}),
		},
		{
			"the realm", "role_elsewhere", reading(at(roles), oidctest.Claims{"realm_access": oidctest.Claims{"roles": []string{"admin"}}}),
			change("realm_access", oidctest.Claims{"roles": "clerk"}),
		},
		{"groups", "role_elsewhere", reading(at(roles), oidctest.Claims{"groups": []string{"admin"}}), change("groups", []string{"administrators"})},
		{
			"ZITADEL's object", "role_elsewhere", reading(at(roles), oidctest.Claims{"urn:zitadel:iam:org:project:roles": oidctest.Claims{"admin": oidctest.Claims{"1": "a"}}}),
			change("urn:zitadel:iam:org:project:roles", oidctest.Claims{"clerk": oidctest.Claims{"1": "a"}}),
		},
		{"what the map wants, elsewhere", "role_elsewhere", reading(mapped, oidctest.Claims{"groups": []string{"ops"}}), change("groups", []string{"admin"})},
		{"unmapped", "role_unmapped", reading(mapped, oidctest.Claims{"roles": "admin"}), change("roles", []string{})},
		{"prefix", "role_prefix", reading(at(roles), oidctest.Claims{"roles": "orders:admin"}), change("roles", "ordersadmin")},
		{"case", "role_case", reading(at(roles), oidctest.Claims{"roles": "Admin"}), change("roles", "Admins")},
		{
			"overage", "groups_overage", reading(at(claims.Name("groups")), oidctest.Claims{"_claim_names": oidctest.Claims{"groups": "src1"}}), change("_claim_names", nil),
		},
	}
}
