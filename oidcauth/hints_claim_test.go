package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// lacking returns a scene whose token lacks the claim that finds the user.
func lacking(claim string, has oidctest.Claims) scene {
	return scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{User: claims.Name(claim)}}, users: usermap.NewTable(), claims: has}
}

func claimHints() []hinted {
	change := func(claim string, v any) func(*scene) {
		return func(s *scene) { s.claims = merged(s.claims, map[string]any{claim: v}) }
	}
	asking := func(s scene, f claims.Fetcher) scene {
		s.issuer.Claims.UserInfo = f
		return s
	}
	groups := func(has oidctest.Claims) scene {
		return scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("groups"), "admins")}}}, claims: has}
	}
	verified := func(v any) scene {
		s := scene{claims: oidctest.Claims{"email_verified": v}}
		s.issuer.Claims.Checks = []claims.Check{claims.Equals(claims.Name("email_verified"), true)}
		return s
	}
	entra := asking(lacking("upn", oidctest.Claims{"iss": entraV2}), infoAnswers(`{"sub":"alice","name":"Alice"}`))
	entra.issuer.URL = entraV2
	bare := entra
	bare.issuer.Claims.UserInfo = nil
	only := asking(lacking("upn", oidctest.Claims{"upn": "alice@corp.example"}), infoAnswers(`{"sub":"alice"}`))
	only.issuer.Claims.UserInfoOnly = true
	requiring := func(has oidctest.Claims) scene { return scene{scopes: []string{"orders.read"}, claims: has} }
	holding := func(role string) oidctest.Claims { return oidctest.Claims{"roles": []string{role}} }
	scoped := scene{scopes: []string{"orders.read"}, claims: oidctest.Claims{"roles": []string{"orders.read"}}}
	return []hinted{
		{"39 overage", "groups_overage", groups(oidctest.Claims{"_claim_names": oidctest.Claims{"groups": "src1"}}), change("_claim_names", nil)},
		{"39 hasgroups", "groups_overage", groups(oidctest.Claims{"hasgroups": true}), change("hasgroups", nil)},
		{"40 not verified", "email_not_verified", verified(false), change("email_verified", 0)},
		{"40 not verified, text", "email_not_verified", verified("false"), change("email_verified", "true")},
		{
			"38 Entra", "app_only_token", lacking("upn", oidctest.Claims{"idtyp": "app"}), change("idtyp", "user"),
		},
		{
			"38 Auth0", "app_only_token", lacking("email", oidctest.Claims{"gty": "client-credentials"}), change("gty", "password"),
		},
		{
			"38 sub is the client", "app_only_token", lacking("email", oidctest.Claims{"sub": "shop", "azp": "shop"}), change("azp", "web"),
		},
		{
			"38 Keycloak", "app_only_token", lacking("email", oidctest.Claims{"azp": "shop", "preferred_username": "service-account-shop"}),
			change("preferred_username", "service-account-web"),
		},
		{
			"38 Keycloak by another claim", "app_only_token", lacking("uid", oidctest.Claims{"azp": "shop", "clientHost": "10.0.0.7", "clientAddress": "10.0.0.7"}),
			change("clientHost", nil),
		},
		{
			"38 no user is named", "no_user_named", lacking("email", oidctest.Claims{"sub": nil, "client_id": "shop"}), change("username", "alice"),
		},
		{
			"38 LemonLDAP::NG", "app_only_token", lacking("email", oidctest.Claims{"sub": json.RawMessage("null"), "client_id": "shop"}), change("sub", "alice"),
		},
		{
			"38 Entra without idtyp", "app_only_token", lacking("upn", oidctest.Claims{"sub": "p1", "oid": "p1", "azp": appID, "roles": []string{"r"}}),
			change("scp", "orders.read"),
		},
		{
			"38 at UserInfo", "app_only_token", asking(lacking("email", oidctest.Claims{"sub": "shop", "azp": "shop"}), infoRefuses(claims.RefusedError{Status: 403})),
			change("sub", "alice"),
		},
		{
			"38 at the user lookup", "app_only_token",
			scene{users: usermap.NewTable(), claims: oidctest.Claims{"sub": "shop", "client_id": "shop"}},
			change("sub", "alice"),
		},
		{
			"dotted name", "claim_path", lacking("realm_access.roles", oidctest.Claims{"realm_access": oidctest.Claims{"roles": "x"}}),
			change("realm_access", "x"),
		},
		{"35 in the token", "claim_in_other_source", only, change("upn", nil)},
		{"35 Entra's UserInfo", "entra_userinfo", entra, change("upn", "alice@corp.example")},
		{"35 Entra without UserInfo", "entra_claim_missing", bare, func(s *scene) {
			s.issuer.URL, s.claims = corpIssuer, nil
		}},
		{"35 Entra without UserInfo, no word on it", "entra_claim_missing", bare, func(s *scene) { *s = entra }},
		{"35 Entra with UserInfo", "entra_userinfo", entra, func(s *scene) { s.issuer.Claims.UserInfo = nil }},
		{"12 Okta", "okta_user_claim", lacking("email", oidctest.Claims{"uid": "u1", "cid": "c1"}), change("cid", nil)},
		{
			"14 Cognito", "cognito_user_claim", func() scene {
				s := lacking("email", oidctest.Claims{"aud": nil, "client_id": "shop", "token_use": "access"})
				s.issuer.ClientIDInsteadOfAudience, s.issuer.ClientIDs = true, []string{"shop"}
				return s
			}(), change("aud", audience),
		},
		{
			"36 scope", "scope_not_requested", lacking("email", oidctest.Claims{"scope": "openid profile"}), change("scope", "openid email"),
		},
		{
			"35 no UserInfo", "userinfo_not_configured", lacking("upn", nil),
			func(s *scene) { s.issuer.Claims.UserInfo = infoAnswers(`{"sub":"alice"}`) },
		},
		{"37 role", "scope_elsewhere", scoped, change("roles", []string{"orders.write"})},
		{"37 role of the realm", "scope_elsewhere", requiring(oidctest.Claims{"realm_access": holding("orders.read")}), change("realm_access", holding("orders.write"))},
		{
			"37 role of a client", "scope_elsewhere", requiring(oidctest.Claims{"resource_access": oidctest.Claims{"orders": holding("orders.read")}}),
			change("resource_access", oidctest.Claims{"orders.read": holding("orders")}),
		},
		{"37 namespaced permission", "scope_elsewhere", requiring(oidctest.Claims{"https://api.example/permissions": []string{"orders.read"}}), change("https://api.example/permissions", "orders")},
		{
			"37 an application with the role", "scope_elsewhere",
			requiring(oidctest.Claims{"sub": "p1", "oid": "p1", "azp": appID, "idtyp": "app", "roles": []string{"orders.read"}}), change("roles", []string{"orders.write"}),
		},
		{"37 prefix of the API", "scope_prefix", requiring(oidctest.Claims{"scope": "openid api://orders/orders.read"}), change("scope", "openid api://orders/orders.readonly")},
		{"37 no prefix", "scope_prefix", func() scene {
			s := requiring(oidctest.Claims{"scp": "orders.read"})
			s.scopes = []string{"api://" + apiID + "/orders.read"}
			return s
		}(), change("scp", "rders.read")},
		{"37 case", "scope_case", requiring(oidctest.Claims{"scope": "Orders.Read"}), change("scope", "Orders.Reads")},
		{"37 commas", "scope_separator", requiring(oidctest.Claims{"scope": "openid,orders.read"}), change("scope", "openid,orders.reads")},
		{"37 an application of Entra ID", "entra_app_scope", func() scene {
			s := of(entraV2, entraV2)
			s.scopes, s.claims = []string{"orders.read"}, merged(s.claims, oidctest.Claims{"sub": "p1", "oid": "p1", "idtyp": "app", "azp": appID})
			return s
		}(), change("scp", "orders.write")},
		{"37 an application without a role is no machine in need of a user", "insufficient_scope", requiring(oidctest.Claims{"sub": "shop", "azp": "shop", "scope": "a"}), change("scope", "Orders.Read")},
		{"38 an application of Entra ID without app role", "entra_app_role_missing", func() scene {
			s := lacking("upn", oidctest.Claims{"iss": entraV2, "idtyp": "app", "sub": "p1", "oid": "p1"})
			s.issuer = oidcauth.Issuer{URL: entraV2, Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("roles"), "Orders.Read.All")}}}
			return s
		}(), change("roles", []string{"Orders.Write.All"})},
		{"38 not for a role", "app_only_token", lacking("upn", oidctest.Claims{"idtyp": "app"}), func(s *scene) {
			s.users, s.issuer.Claims.User, s.issuer.Claims.Checks = nil, claims.Name("sub"), []claims.Check{claims.Equals(claims.Name("roles"), "admin")}
		}},
		{"a pointer to a name with slashes", "claim_not_pointer", func() scene {
			s := lacking("x", oidctest.Claims{"https://api.example/roles": "clerk"})
			s.issuer.Claims.User = claims.Pointer("/https://api.example/roles")
			return s
		}(), func(s *scene) { s.issuer.Claims.User = claims.Pointer("/https://api.example/role") }},
		{"a namespace", "claim_namespaced", lacking("roles", oidctest.Claims{"https://api.example/roles": "clerk"}), change("https://api.example/roles", nil)},
		{"a namespace of Cognito", "claim_namespaced", lacking("groups", oidctest.Claims{"cognito:groups": "clerks"}), func(s *scene) {
			s.claims = oidctest.Claims{"subgroups": "clerks"}
		}},
		{"the name in another case", "claim_case", lacking("userName", oidctest.Claims{"username": "alice"}), func(s *scene) { s.claims = oidctest.Claims{"usernames": "alice"} }},
		{"a member of an object", "claim_nested", lacking("role", oidctest.Claims{"ext": oidctest.Claims{"role": "clerk"}}), change("ext", oidctest.Claims{"roles": "clerk"})},
	}
}

// The UserInfo of Entra ID is at Microsoft Graph, and refuses tokens of other APIs, so no hint may advise it.
func TestEntrasUserInfoIsNeverAdvised(t *testing.T) {
	p := oidctest.New(t)
	for _, iss := range []string{
		entraV2, entraV1, "https://login.microsoftonline.us/" + tenantID + "/v2.0", "https://login.chinacloudapi.cn/" + tenantID + "/v2.0",
		"https://corp.ciamlogin.com/" + tenantID + "/v2.0",
	} {
		for _, claim := range []string{"email", "upn", "preferred_username", "oid"} {
			s := lacking(claim, oidctest.Claims{"iss": iss, "scp": "orders.read"})
			s.issuer.URL = iss
			d := s.decide(t, p)
			require.Equal(t, reason.ClaimMissing, d.Reason)
			require.Equal(t, "entra_claim_missing", d.HintCodes()[0])
			for _, h := range d.Hints {
				require.NotContains(t, h.Fix, "UserInfo")
				require.NotContains(t, h.Fix, "scope", "of Graph's, which make it another API's token")
			}
		}
	}
}
