package oidcauth_test

import (
	"crypto"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func entraBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(entraV2Shape(), changes...) }
	app := func(changes ...func(*scene)) scene { return like(entraAppShape(), changes...) }
	return []blunder{
		{"a token for Graph", is(withClaims(oidctest.Claims{"aud": graphID, "iss": entraV1, "ver": "1.0"})), "graph_token", []string{graphID, "api://"}, nil},
		{"a token of version 1.0", is(withClaims(oidctest.Claims{"iss": entraV1, "aud": "api://" + apiID, "ver": "1.0"})), "entra_version", []string{entraV1, entraV2, "requestedAccessTokenVersion"}, nil},
		{
			"the ID token", is(withClaims(oidctest.Claims{"aud": appID, "azp": nil, "azpacr": nil, "scp": nil, "nonce": "678910"})),
			"entra_id_token",
			[]string{appID, apiID, "api://", "access_token"},
			nil,
		},
		{"the other form of the id", is(withIssuer(audiences("api://" + apiID))), "entra_audience_form", []string{"aud " + apiID, "api://" + apiID, "Issuer.Audience"}, nil},
		{"common as issuer", is(withIssuer(issuerURL("https://login.microsoftonline.com/common/v2.0"))), "multi_tenant_issuer", []string{"common", "{tenantid}", "Issuer.Tenants"}, nil},
		{"the domain as tenant", is(withIssuer(issuerURL("https://login.microsoftonline.com/corp.onmicrosoft.com/v2.0"))), "entra_tenant_name", []string{"corp.onmicrosoft.com", "Issuer.URL"}, nil},
		{"another tenant", is(withClaims(oidctest.Claims{"iss": "https://login.microsoftonline.com/" + appID + "/v2.0", "tid": appID})), "other_tenant", []string{appID, entraV2}, nil},
		{"a claim of version 1.0", is(withIssuer(search("upn"))), "entra_claim_missing", []string{"upn", "optional claim"}, nil},
		{"an application where a user is expected", app(withIssuer(search("preferred_username"))), "app_only_token", []string{appID}, nil},
		{"an application without app role", app(withClaims(oidctest.Claims{"roles": nil})), "entra_app_role_missing", []string{"no roles", "application permission"}, nil},
		{"an application where a scope is required", app(withScopes("orders.read")), "entra_app_scope", []string{"no scp", "orders.read", "RequireRoles"}, nil},
		{"the scope with the API's id", is(withScopes("api://" + apiID + "/orders.read")), "scope_prefix", []string{"orders.read", "api://" + apiID}, nil},
		{
			"more groups than fit", is(withClaims(oidctest.Claims{"_claim_names": oidctest.Claims{"groups": "src1"}}), withChecks(claims.Equals(claims.Name("groups"), "g-1"))),
			"groups_overage",
			[]string{"_claim_names", "Issuer.Claims.UserInfo"},
			nil,
		},
		{"an API with a key of its own", is(withHeader(map[string]any{"kid": "of-the-app"})), "entra_app_key", []string{"of-the-app", "appid", "Issuer.DiscoveryURL"}, nil},
		{
			"UserInfo of Graph", is(withIssuer(search("department")), func(s *scene) {
				s.issuer.Claims.UserInfo = infoAnswers(`{"sub":"HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ"}`)
			}),
			"entra_userinfo",
			[]string{"department", "optional claim"},
			nil,
		},
	}
}

func adfsBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(adfsShape(), changes...) }
	text := certsource.PEM(pemOf(certificate(rsaKey("RS256", rsa2048(), crypto.SHA256), "adfs", -1, 1<<20)))
	return []blunder{
		{"the issuer of discovery", is(withIssuer(issuerURL("https://adfs.corp.example/adfs"))), "adfs_issuer", []string{adfsTrust, "Issuer.URL", "Issuer.DiscoveryURL"}, nil},
		{"the issuer with https", is(withIssuer(issuerURL("https" + adfsTrust[4:]))), "issuer_scheme_or_case", []string{adfsTrust}, nil},
		{"the bare identifier", is(withIssuer(audiences(apiID))), "adfs_audience", []string{"microsoft:identityserver:" + apiID, "Issuer.Audience"}, nil},
		{"a token for UserInfo", is(withClaims(oidctest.Claims{"aud": "urn:microsoft:userinfo"})), "audience_is_userinfo", []string{"urn:microsoft:userinfo", "resource"}, nil},
		{
			"the ID token", is(withClaims(oidctest.Claims{"iss": "https://adfs.corp.example/adfs", "aud": appID, "nonce": "n", "scp": nil})), "adfs_issuer_of_id_token",
			[]string{"https://adfs.corp.example/adfs", "resource", "access_token"},
			withClaims(oidctest.Claims{"iss": "https://other.example/adfs"}),
		},
		{
			"an ID token of another issuer's name", is(withIssuer(issuerURL("https://adfs.corp.example/adfs")), withClaims(oidctest.Claims{"iss": "https://adfs.corp.example/adfs", "nonce": "n", "scp": nil, "at_hash": "x"})),
			"adfs_id_token",
			[]string{"resource"},
			nil,
		},
		{"the claim by its short name", like(adfsClaimURIShape(), withIssuer(search("upn"))), "claim_namespaced", []string{upnURI}, nil},
		{"sub, which is not issued", is(withIssuer(search("sub"))), "adfs_claim_missing", []string{"sub", "issuance transform rule"}, withClaims(oidctest.Claims{"sub": "alice"})},
		{"a SAML assertion", is(sendingText("PHNhbWw6QXNzZXJ0aW9uIHhtbG5zOnNhbWw9InVybjpvYXNpcyI")), "saml_sent", []string{"access token"}, nil},
		{"the audience without its slash", like(adfsClaimURIShape(), withIssuer(audiences("https://orders.corp.example"))), "audience_trailing_slash", []string{"https://orders.corp.example/"}, nil},
		{
			"a certificate that was renewed", is(withHeader(map[string]any{"kid": nil, "x5t": nil}), func(s *scene) { s.issuer.Keys = text }), "key_not_renewed",
			[]string{"Issuer.Keys", "certsource.Discovered"},
			nil,
		},
		{"another client", is(withIssuer(clients("another"))), "unauthorized_party", []string{appID, "another"}, nil},
	}
}
