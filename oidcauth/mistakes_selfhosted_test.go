package oidcauth_test

import (
	"encoding/json"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

func keycloakBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(keycloakShape(), changes...) }
	roles := func(names ...string) oidctest.Claims { return oidctest.Claims{"roles": names} }
	requiring := func(path claims.Path) func(*scene) {
		return func(s *scene) {
			s.issuer.Claims.Roles, s.roles = oidcauth.RoleRules{Paths: []claims.Path{path}}, []string{"manager"}
		}
	}
	return []blunder{
		{"no audience mapper", is(withClaims(oidctest.Claims{"aud": "account"})), "keycloak_audience", []string{"aud account", "orders-api", "audience mapper"}, nil},
		{"no aud at all", is(withClaims(oidctest.Claims{"aud": nil})), "audience_missing", []string{"no aud", "orders-api", "mapper"}, nil},
		{"the inner host name", is(withClaims(oidctest.Claims{"iss": "http://keycloak:8080/realms/staff"})), "issuer_other_host", []string{"keycloak:8080", realm, "Issuer.DiscoveryURL"}, nil},
		{"the path of old versions", is(withIssuer(issuerURL("https://sso.corp.example/auth/realms/staff"))), "keycloak_path", []string{realm, "/auth/", "Issuer.URL"}, nil},
		{
			"the ID token", is(withClaims(oidctest.Claims{"typ": "ID", "aud": "web-shop", "nonce": "bd3f", "at_hash": "T9mU", "realm_access": nil, "resource_access": nil, "scope": nil})),
			"keycloak_id_token",
			[]string{"web-shop", "orders-api", "access_token"},
			nil,
		},
		{
			"the refresh token", is(withClaims(oidctest.Claims{"typ": "Refresh", "aud": realm, "realm_access": nil, "resource_access": nil}), withHeader(map[string]any{"kid": "hmac"}), signedBySecret("HS512")),
			"refresh_token_sent",
			[]string{"typ Refresh", "access_token"},
			nil,
		},
		{"an offline token", is(withClaims(oidctest.Claims{"typ": "Offline", "aud": realm}), signedBySecret("HS512")), "refresh_token_sent", []string{"typ Offline"}, nil},
		{"another realm", is(withClaims(oidctest.Claims{"iss": "https://sso.corp.example/realms/customers"})), "issuer_other_path", []string{"customers", realm}, nil},
		{"another client", is(withClaims(oidctest.Claims{"azp": "wiki"})), "unauthorized_party", []string{"wiki", "web-shop", "Issuer.ClientIDs"}, nil},
		{
			"a lightweight token", is(withClaims(oidctest.Claims{"azp": nil})), "client_not_named", []string{"web-shop", "lightweight"}, withClaims(oidctest.Claims{"azp": "wiki"}),
		},
		{
			"a role of another client", is(withClaims(oidctest.Claims{"resource_access": oidctest.Claims{"orders-api": roles("writer"), "wiki": roles("manager")}}), requiring(claims.Pointer("/resource_access/orders-api/roles"))),
			"role_of_other_client",
			[]string{"/resource_access/wiki/roles", "/resource_access/orders-api/roles"},
			nil,
		},
		{"a role of the realm", is(withClaims(oidctest.Claims{"realm_access": roles("clerk", "manager")}), requiring(claims.Name("roles"))), "role_elsewhere", []string{"/realm_access/roles"}, nil},
		{"a role as a scope", is(withScopes("clerk")), "scope_elsewhere", []string{"/realm_access/roles", "clerk"}, nil},
		{"a dotted path", is(withChecks(claims.Equals(claims.Name("realm_access.roles"), "clerk"))), "claim_path", []string{"realm_access.roles", "/realm_access/roles", "claims.Pointer"}, nil},
		{"a service account where a user is expected", like(keycloakServiceShape(), withIssuer(search("email"))), "app_only_token", []string{"billing"}, nil},
		{
			"the authorization code", is(sendingText("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d.2b1e9c1e-0f5d-4b34-9e14-4f7e3c2d1b0a.8d1b0f3a-9c0d-4b49-a3e4-2c52d1a3c1d0")),
			"authorization_code_sent",
			[]string{"token endpoint"},
			nil,
		},
	}
}

// openIAMShape is the access token of OpenIAM, if the option "Send JWT Token as Access Token" is off and the token is a JWT.
func openIAMShape() shape {
	const url = "https://openiam.corp.example/idp"
	return shape{
		name: "OpenIAM", header: jwt,
		claims: oidctest.Claims{"iss": url, "aud": "orders", "sub": "4711", "scope": "openid email", "client_id": "shop", "jti": "a-1"},
		issuer: oidcauth.Issuer{URL: url, Audience: []string{"orders"}}, user: claims.Name("sub"),
	}
}

func openIAMBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(openIAMShape(), changes...) }
	info := func(e claims.RefusedError) func(*scene) {
		return func(s *scene) { s.issuer.Claims.UserInfo, s.issuer.Claims.User = infoRefuses(e), claims.Name("email") }
	}
	introspects := func(err error) func(*scene) {
		return func(s *scene) {
			s.issuer.Introspection.Client, s.sent = &introspection{err: err}, sending("opaque")
		}
	}
	return []blunder{
		{
			"the option Send JWT Token as Access Token", is(withClaims(oidctest.Claims{"at_hash": "x", "nonce": "n"})), "openiam_id_token",
			[]string{"Issuer.InsecureIDTokenAsAccessToken", "access_token"},
			nil,
		},
		{"UserInfo does not know the token", is(info(claims.RefusedError{Status: 400})), "openiam_userinfo", []string{"status 400", "Send JWT Token as Access Token"}, nil},
		{"a gateway before UserInfo", is(info(claims.RefusedError{Status: 403, HTML: true})), "userinfo_entitlement", []string{"status 403", "HTML", "gateway"}, nil},
		{
			"an entitlement before UserInfo", is(info(claims.RefusedError{Status: 403, Code: "insufficient_scope", Scope: "/idp/oauth2/userinfo"})), "userinfo_entitlement",
			[]string{"/idp/oauth2/userinfo", "gateway"},
			nil,
		},
		{
			"a scope of UserInfo", is(info(claims.RefusedError{Status: 403, Code: "insufficient_scope", Scope: "openid profile"})), "userinfo_scope",
			[]string{"scope profile", "scope openid email"},
			nil,
		},
		{"opaque, without introspection", is(sendingText("9f8e7d6c5b4a39281706f5e4d3c2b1a0")), "opaque_token", []string{"Issuer.Introspection.Client"}, nil},
		{"a wrong secret", is(introspects(&provider.ClientRefusedError{Status: 401, Code: "invalid_client"})), "client_refused", []string{"invalid_client", "provider.Auth.Secret"}, nil},
		{
			"an entitlement before introspection", is(introspects(&provider.ClientRefusedError{Status: 403, Code: "insufficient_rights", Scope: "token.info", HTML: true})), "introspection_entitlement",
			[]string{"token.info", "gateway"},
			nil,
		},
		{"the client as audience", is(withClaims(oidctest.Claims{"aud": "shop"})), "audience_is_client", []string{"aud shop", "aud orders"}, nil},
		{"no UserInfo for the e-mail address", is(withIssuer(search("email"))), "userinfo_not_configured", []string{"no email", "Issuer.Claims.UserInfo"}, nil},
		{
			"another subject in UserInfo", is(func(s *scene) {
				s.issuer.Claims.UserInfo, s.issuer.Claims.User = infoAnswers(`{"sub":"alice@corp.example","email":"a"}`), claims.Name("email")
			}), "userinfo_other_subject", []string{"sub", "Issuer.Claims.UserInfoSubject"}, nil,
		},
		{
			"a user in another case", is(withClaims(oidctest.Claims{"sub": "alice"}), func(s *scene) { s.users = usersOf("ALICE") }), "user_case_differs", []string{"sub in another case"}, nil,
		},
	}
}

func lemonBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(lemonShape(), changes...) }
	opaque := func(answer string, change func(*oidcauth.Issuer)) func(*scene) {
		return func(s *scene) {
			s.issuer.Introspection.Client, s.sent = says(answer), sending("3f6a2c9e8b7d4f1a9c0e5b6d7a8f9e0d")
			change(&s.issuer)
		}
	}
	return []blunder{
		{"the issuer without its slash", is(withIssuer(issuerURL("https://auth.corp.example"))), "issuer_trailing_slash", []string{"https://auth.corp.example/", "Issuer.URL"}, nil},
		{"opaque, as the option is off", is(sendingText("3f6a2c9e8b7d4f1a9c0e5b6d7a8f9e0d")), "opaque_token", []string{"Issuer.Introspection.Client", "JWT"}, nil},
		{"no additional audience", is(withClaims(oidctest.Claims{"aud": []string{"shop"}})), "audience_is_client", []string{"aud shop", "urn:orders"}, nil},
		{
			"the ID token", is(withHeader(map[string]any{"typ": "JWT"}), withClaims(oidctest.Claims{"aud": []string{"shop"}, "azp": "shop", "client_id": nil, "at_hash": "x", "acr": "loa-1", "scope": nil})),
			"lemonldap_id_token",
			[]string{"shop", "urn:orders", "Issuer.Introspection.Client"},
			nil,
		},
		{
			"introspection without aud", is(opaque(`{"active":true,"sub":"alice","client_id":"shop","token_type":"Bearer"}`, func(*oidcauth.Issuer) {})), "introspection_without_audience",
			[]string{"no aud", "Issuer.ClientIDInsteadOfAudience"},
			nil,
		},
		{
			"introspection without token_type", is(opaque(`{"active":true,"sub":"alice","client_id":"shop"}`, func(iss *oidcauth.Issuer) { iss.ClientIDInsteadOfAudience = true })),
			"introspection_without_token_type",
			[]string{"no token_type", "Issuer.Introspection.InsecureWithoutTokenType"},
			nil,
		},
		{"a claim that is not released", is(withIssuer(search("email"))), "scope_not_requested", []string{"scope openid profile", "scope email"}, nil},
		{"the logout token", is(withHeader(map[string]any{"typ": "JWT"}), withClaims(oidctest.Claims{"events": oidctest.Claims{}})), "other_token_class", []string{"events"}, nil},
		{"client credentials where a user is expected", is(withClaims(oidctest.Claims{"sub": json.RawMessage("null")}), withIssuer(search("email"))), "app_only_token", []string{"shop"}, nil},
		{"a relying party with HS512", is(signedBySecret("HS512")), "symmetric_algorithm", []string{"HS512", "RS256"}, nil},
		{"a key of another portal", is(withHeader(map[string]any{"kid": "oidc-old"})), "unknown_key", []string{"oidc-old"}, nil},
	}
}

func glewlwydBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(glewlwydShape(), changes...) }
	introspects := func(err error) func(*scene) {
		return func(s *scene) { s.issuer.Introspection.Client, s.sent = &introspection{err: err}, sending("opaque") }
	}
	return []blunder{
		{"no resource requested", is(withClaims(oidctest.Claims{"aud": "openid email orders"})), "audience_is_scopes", []string{"openid email orders", "resource"}, nil},
		{"the client id as audience", is(withIssuer(audiences("shop"))), "client_configured_as_audience", []string{"aud shop", "Issuer.ClientIDs"}, nil},
		{
			"the ID token", is(withHeader(jwt), withClaims(oidctest.Claims{"aud": "shop", "azp": "shop", "at_hash": "0SyetNmX61r-Z4hNyGWaYQ", "client_id": nil, "jti": nil, "type": nil, "scope": nil})),
			"glewlwyd_id_token",
			[]string{"shop", audience, "resource"},
			nil,
		},
		{"the user name instead of sub", is(withIssuer(search("username"))), "userinfo_not_configured", []string{"no username", "username in the token"}, nil},
		{
			"the old OAuth 2 plugin", is(withHeader(jwt), withClaims(oidctest.Claims{"iss": nil, "aud": nil, "sub": nil, "exp": nil, "username": "alice", "salt": "x"})), "issuer_missing",
			[]string{"no iss", "https://glewlwyd.corp.example/api/oidc"},
			withClaims(oidctest.Claims{"iss": "https://other.example"}),
		},
		{"the refresh token", is(withClaims(oidctest.Claims{"type": "refresh_token"})), "refresh_token_sent", []string{"type refresh_token", "access_token"}, nil},
		{"another aud of the client assertion", is(introspects(&provider.ClientRefusedError{Status: 401, Code: "invalid_client", Assertion: "https://glewlwyd.corp.example"})), "assertion_audience", []string{"provider.Auth.EndpointAudience"}, nil},
		{"a secret with special characters", is(introspects(&provider.ClientRefusedError{Status: 401, Code: "invalid_client"})), "client_refused", []string{"provider.Auth.RawBasic"}, nil},
		{
			"client credentials at UserInfo", is(withClaims(oidctest.Claims{"sub": "shop"}), func(s *scene) {
				s.issuer.Claims.UserInfo, s.issuer.Claims.User = infoRefuses(claims.RefusedError{Status: 401}), claims.Name("name")
			}), "app_only_token", []string{"shop"}, nil,
		},
		{"a scope that was not requested", is(withScopes("invoices")), "insufficient_scope", []string{"request the scope"}, nil},
		{"another client", is(withClaims(oidctest.Claims{"client_id": "wiki"})), "unauthorized_party", []string{"wiki", "shop"}, nil},
	}
}

func hydraBlunders() []blunder {
	const url, client = "https://hydra.corp.example/", "c7f2d0a4-8d3e-4f1b-9f00-7f5c4e1d2a3b"
	is := func(changes ...func(*scene)) scene { return like(hydraShape(), changes...) }
	return []blunder{
		{"opaque, by the default strategy", is(sendingText("ory_at_u3p9.4XqZ-k")), "opaque_token", []string{"Issuer.Introspection.Client", "JWT"}, nil},
		{"no audience requested", is(withClaims(oidctest.Claims{"aud": []string{}})), "audience_empty", []string{audience, "audience"}, nil},
		{"the issuer without its slash", is(withIssuer(issuerURL(url[:len(url)-1]))), "issuer_trailing_slash", []string{url, "Issuer.URL"}, nil},
		{
			"a claim of the session at the top level", is(withChecks(claims.Equals(claims.Name("role"), "clerk"))), "claim_nested", []string{"role", "/ext/role"}, nil,
		},
		{
			"the ID token", is(withClaims(oidctest.Claims{"aud": []string{client}, "at_hash": "x", "rat": 1735689600, "sid": "s", "client_id": nil, "scp": nil})), "hydra_id_token",
			[]string{client, audience, "Issuer.Introspection.Client"},
			nil,
		},
		{"the refresh token", is(sendingText("ory_rt_u3p9.4XqZ-k")), "refresh_token_sent", []string{"access_token"}, nil},
		{"the authorization code", is(sendingText("ory_ac_u3p9.4XqZ-k")), "authorization_code_sent", []string{"token endpoint"}, nil},
		{"the issuer with http, behind a proxy", is(withClaims(oidctest.Claims{"iss": "http://hydra.corp.example/"})), "issuer_scheme_or_case", []string{"http://hydra.corp.example/", url}, nil},
		{"client credentials where a user is expected", is(withClaims(oidctest.Claims{"sub": client}), func(s *scene) { s.users = usermap.NewTable() }), "app_only_token", []string{client}, nil},
		{"a scope that was not granted", is(withScopes("orders.write")), "insufficient_scope", []string{"grant"}, nil},
		{"the audience with a slash", is(withIssuer(audiences(audience + "/"))), "audience_trailing_slash", []string{audience + "/"}, nil},
		{"email, without its scope", is(withIssuer(search("email"))), "scope_not_requested", []string{"scope email"}, nil},
	}
}

func dexBlunders() []blunder {
	const url = "https://dex.corp.example/dex"
	is := func(changes ...func(*scene)) scene { return like(dexShape(), changes...) }
	return []blunder{
		{
			"one JWT as both", is(withIssuer(func(iss *oidcauth.Issuer) { iss.InsecureIDTokenAsAccessToken = false })), "dex_id_token",
			[]string{"shop", "Issuer.InsecureIDTokenAsAccessToken"},
			nil,
		},
		{"the API's name as audience", is(withIssuer(audiences(audience))), "dex_audience", []string{"aud shop", audience, "audience:server:client_id"}, withClaims(oidctest.Claims{"aud": audience})},
		{"the issuer without its path", is(withIssuer(issuerURL("https://dex.corp.example"))), "issuer_other_path", []string{url, "Issuer.URL"}, nil},
		{
			"groups, without their scope", is(withClaims(oidctest.Claims{"groups": nil}), withChecks(claims.Equals(claims.Name("groups"), "clerks"))), "dex_claim_missing",
			[]string{"groups", "scope"},
			withClaims(oidctest.Claims{"groups": []string{"clerk"}}),
		},
		{"the issuer with http", is(withClaims(oidctest.Claims{"iss": "http://dex.corp.example/dex"})), "issuer_scheme_or_case", []string{url}, nil},
		{"the inner host name", is(withClaims(oidctest.Claims{"iss": "http://dex.auth.svc:5556/dex"})), "issuer_other_host", []string{"dex.auth.svc", url}, nil},
		{"keys that a restart replaced", is(withHeader(map[string]any{"kid": "before-the-restart"})), "unknown_key", []string{"before-the-restart"}, nil},
		{"the refresh token", is(sendingText("ChlhbGljZXJlZnJlc2gSGWZyZXNodG9rZW4")), "opaque_token", []string{"Issuer.Introspection.Client"}, nil},
		{
			"an e-mail address that is not verified", is(withClaims(oidctest.Claims{"email_verified": false}), withChecks(claims.Equals(claims.Name("email_verified"), true))), "email_not_verified",
			[]string{"email_verified false"},
			nil,
		},
		{"the sub of another connector", is(withClaims(oidctest.Claims{"sub": "CgVhbGljZRIFbG9jYWw"})), "user_not_found", []string{"Issuer.Claims.User"}, nil},
		{"a token of yesterday", is(withClaims(oidctest.Claims{"exp": 1735689600})), "expired", []string{"days ago"}, nil},
	}
}
