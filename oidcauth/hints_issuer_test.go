package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// of is a token of an issuer, at a service that is configured for another.
func of(iss, configured string) scene {
	return scene{issuer: oidcauth.Issuer{URL: configured}, claims: oidctest.Claims{"iss": iss}}
}

func issuerHints() []hinted {
	is := func(iss string) func(*scene) {
		return func(s *scene) { s.claims = merged(s.claims, map[string]any{"iss": iss}) }
	}
	graph := of(entraV1, entraV1)
	graph.claims["aud"] = graphID
	proof := graph
	proof.header = map[string]any{"typ": "JWT", "nonce": "bm9uY2U"}
	templated := of("https://login.microsoftonline.com/"+tenantID+"/v2.0", "https://login.microsoftonline.com/{tenantid}/v2.0")
	return []hinted{
		{"1 Graph", "graph_token", graph, func(s *scene) { s.claims = oidctest.Claims{"iss": entraV1, "aud": apiID} }},
		{"1 Graph of another issuer", "graph_token", func() scene {
			s := of(entraV1, entraV2)
			s.claims["aud"] = "https://graph.microsoft.com"
			return s
		}(), func(s *scene) { s.claims["aud"] = "https://graph.microsoft.example" }},
		{"2 Graph with proof", "graph_token_with_proof", proof, func(s *scene) { s.header = jwt }},
		{
			"2 proof breaks the signature", "graph_token_with_proof",
			scene{header: map[string]any{"typ": "JWT", "nonce": "bm9uY2U"}, sent: func(token string) []string {
				return []string{"Bearer " + token[:len(token)-8] + "AAAAAAAA"}
			}},
			func(s *scene) { s.header = jwt },
		},
		{"3 v1 token", "entra_version", of(entraV1, entraV2), is("https://login.microsoftonline.com/other/v2.0")},
		{"3 v2 token", "entra_version", of(entraV2, entraV1), is("https://sts.windows.net/other/")},
		{
			"5 common", "multi_tenant_issuer", of(entraV2, "https://login.microsoftonline.com/common/v2.0"),
			func(s *scene) { s.issuer.URL = "https://login.microsoftonline.com/other/v2.0" },
		},
		{"5 template without tid", "multi_tenant_issuer", templated, func(s *scene) { s.claims["tid"] = tenantID }},
		{"8 ADFS", "adfs_issuer", of(adfsTrust, "https://adfs.corp.example/adfs"), is("http://other.example/adfs/services/trust")},
		{"17 slash", "issuer_trailing_slash", of(corpIssuer+"/", corpIssuer), is(corpIssuer + "//")},
		{"18 scheme", "issuer_scheme_or_case", of("http://id.corp.example", corpIssuer), is("http://id.corp.example:80")},
		{"18 case", "issuer_scheme_or_case", of("https://ID.corp.example", corpIssuer), is("https://jd.corp.example")},
		{"localhost", "issuer_other_host", of("http://localhost:8080", "http://127.0.0.1:8080"), is("http://elsewhere:8080")},
		{
			"16 Keycloak's host", "issuer_other_host", of("http://keycloak:8080/realms/shop", "https://id.example/realms/shop"),
			is("http://keycloak:8080/realms/other"),
		},
	}
}

// audienceHints are on a token of the issuer that is configured, for another service.
func audienceHints() []hinted {
	forAud := func(aud any, configured ...string) scene {
		return scene{issuer: oidcauth.Issuer{Audience: configured}, claims: oidctest.Claims{"aud": aud}}
	}
	instead := func(aud any) func(*scene) {
		return func(s *scene) { s.claims = merged(s.claims, map[string]any{"aud": aud}) }
	}
	with := func(s scene, claims oidctest.Claims) scene {
		s.claims = merged(s.claims, claims)
		return s
	}
	okta := forAud("https://corp.okta.com", audience)
	okta.issuer.URL, okta.claims["iss"] = "https://corp.okta.com", "https://corp.okta.com"
	return []hinted{
		{"4 bare GUID", "entra_audience_form", forAud(apiID, "api://"+apiID), instead(appID)},
		{"4 api://GUID", "entra_audience_form", forAud("api://"+apiID, apiID), instead("api://" + appID)},
		{"9 ADFS", "adfs_audience", forAud("microsoft:identityserver:"+apiID, apiID), instead("urn:" + apiID)},
		{"11 api://default", "okta_audience", forAud("api://default", audience), instead("api://defaults")},
		{"11 org server", "okta_audience", okta, instead("https://other.okta.com")},
		{
			"13 Cognito", "cognito_without_audience", with(forAud(nil), oidctest.Claims{"client_id": "shop", "token_use": "access"}),
			func(s *scene) { delete(s.claims, "token_use") },
		},
		{"15 Keycloak", "keycloak_audience", with(forAud("account", audience), oidctest.Claims{"azp": "shop"}), instead("accounts")},
		{"15 Keycloak, list", "keycloak_audience", forAud([]string{"realm-management", "account"}, audience), instead([]string{"realm-management"})},
		{"17 slash", "audience_trailing_slash", forAud("https://api.example/", "https://api.example"), instead("https://api.example/v1")},
		{"18 scheme", "audience_scheme_or_case", forAud("http://api.example", "https://api.example"), instead("http://api.example.org")},
		{"18 case", "audience_scheme_or_case", forAud("API://orders", audience), instead("API://order")},
		{
			"24 client id", "audience_is_client", with(forAud("shop", audience), oidctest.Claims{"azp": "shop"}),
			func(s *scene) { s.claims["azp"] = "web" },
		},
	}
}
