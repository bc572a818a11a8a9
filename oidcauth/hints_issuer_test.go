package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// of returns a scene in which a service gets a token of iss, but is configured for another issuer.
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
	templated := of(entraV2, entraV2Template)
	tenants := of(entraV2, entraV2Template)
	tenants.claims["tid"], tenants.issuer.Tenants = tenantID, []string{appID}
	graphOfOther := of("https://sts.windows.net/"+appID+"/", entraV2)
	graphOfOther.claims["aud"] = graphID
	return []hinted{
		{"1 Graph", "graph_token", graph, func(s *scene) { s.claims = oidctest.Claims{"iss": entraV1, "aud": apiID} }},
		{"1 Graph of another issuer", "graph_token", func() scene {
			s := of(entraV1, entraV2)
			s.claims["aud"] = "https://graph.microsoft.com"
			return s
		}(), func(s *scene) { s.claims["aud"] = "https://graph.microsoft.example" }},
		{"1 Graph of another tenant", "graph_token", graphOfOther, func(s *scene) { s.claims["aud"] = apiID }},
		{"2 Graph with proof", "graph_token_with_proof", proof, func(s *scene) { s.header = jwt }},
		{
			"2 proof breaks the signature", "graph_token_with_proof",
			func() scene {
				s := of(entraV1, entraV1)
				s.header = map[string]any{"typ": "JWT", "nonce": "bm9uY2U"}
				s.sent = func(token string) []string { return []string{"Bearer " + token[:len(token)-8] + "AAAAAAAA"} }
				return s
			}(),
			func(s *scene) { s.header = jwt },
		},
		{"3 v1 token", "entra_version", of(entraV1, entraV2), is("https://sts.windows.net/" + appID + "/")},
		{"3 v2 token", "entra_version", of(entraV2, entraV1), is("https://login.microsoftonline.com/" + appID + "/v2.0")},
		{"3 v1 token at a template", "entra_version", of(entraV1, entraV2Template), is(entraV2)},
		{
			"5 common", "multi_tenant_issuer", of(entraV2, "https://login.microsoftonline.com/common/v2.0"),
			func(s *scene) { s.issuer.URL = "https://login.microsoftonline.com/other/v2.0" },
		},
		{"5 template without tid", "multi_tenant_issuer", templated, func(s *scene) { s.claims["tid"] = tenantID }},
		{
			"tenant by its domain name", "entra_tenant_name", of(entraV2, "https://login.microsoftonline.com/corp.onmicrosoft.com/v2.0"),
			func(s *scene) { s.issuer.URL = "https://login.microsoftonline.com/" + appID + "/v2.0" },
		},
		{"8 ADFS", "adfs_issuer", of(adfsTrust, "https://adfs.corp.example/adfs"), is("http://other.example/adfs/services/trust")},
		{"17 slash", "issuer_trailing_slash", of(corpIssuer+"/", corpIssuer), is(corpIssuer + "//")},
		{"18 scheme", "issuer_scheme_or_case", of("http://id.corp.example", corpIssuer), is("http://id.corp.example:80")},
		{"18 case", "issuer_scheme_or_case", of("https://ID.corp.example", corpIssuer), is("https://jd.corp.example")},
		{"18 no scheme", "issuer_scheme_or_case", of("accounts.google.com", googleIssuer), is("accounts.google.example")},
		{"localhost", "issuer_other_host", of("http://localhost:8080", "http://127.0.0.1:8080"), is("http://elsewhere:8080")},
		{
			"16 Keycloak's host", "issuer_other_host", of("http://keycloak:8080/realms/shop", "https://id.example/realms/shop"),
			is("http://keycloak:8080/realms/other"),
		},
		{
			"16 a sibling's host", "issuer_other_host", of("https://sso.corp.example/realms/shop", "https://id.corp.example/realms/shop"),
			is("https://id.evil.example/realms/shop"),
		},
		{
			"16 an address of the inner network", "issuer_other_host", of("http://10.0.0.7:8080/realms/shop", "https://id.example/realms/shop"),
			is("http://203.0.113.7:8080/realms/shop"),
		},
		{"Keycloak's old path", "keycloak_path", of(realm, "https://sso.corp.example/auth/realms/staff"), is("https://sso.corp.example/realms/other")},
		{"Keycloak's new path", "keycloak_path", of("https://sso.corp.example/auth/realms/staff", realm), is("https://evil.example/auth/realms/staff")},
		{"another realm", "issuer_other_path", of("https://sso.corp.example/realms/shop", realm), is("https://sso.example/realms/shop")},
		{"Okta's org server", "okta_org_server", of(oktaOrg, oktaCustom), is("https://dev-666.okta.com")},
		{"Okta's org server, own domain", "okta_org_server", func() scene {
			s := of("https://login.corp.example", "https://login.corp.example/oauth2/aus1")
			s.claims["cid"], s.claims["uid"] = "0oa1", "00u1"
			return s
		}(), func(s *scene) { delete(s.claims, "uid") }},
		{"v1 token of a listed tenant", "entra_version", func() scene {
			s := of(entraV1, entraV2Template)
			s.claims["tid"], s.issuer.Tenants = tenantID, []string{tenantID}
			return s
		}(), func(s *scene) { s.issuer.Tenants = []string{appID} }},
		{"another org of Okta", "other_tenant", of("https://evil.okta.com/oauth2/default", oktaCustom), is(oktaOrg + "/oauth2/other")},
		{"another tenant of Auth0", "other_tenant", of("https://evil.eu.auth0.com/", auth0Tenant), is("https://evil.example/")},
		{
			"another pool of Cognito", "other_tenant", of("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Evil", cognitoPool),
			is("https://cognito.example/eu-central-1_Evil"),
		},
		{"another tenant of Entra ID", "other_tenant", of("https://login.microsoftonline.com/"+appID+"/v2.0", entraV2), is(entraV1)},
		{"another tenant of Entra ID, v1", "other_tenant", of("https://sts.windows.net/"+appID+"/", entraV2), is(entraV1)},
		{"a tenant that is not listed", "other_tenant", tenants, func(s *scene) { delete(s.claims, "tid") }},
		{"a check on the tenant", "other_tenant", scene{
			issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{Checks: ofTenant()}}, claims: oidctest.Claims{"tid": appID},
		}, func(s *scene) { delete(s.claims, "tid") }},
	}
}

// strangers lists issuers that are not configured, and that a sender may write into a token. Each scene has a configured
// issuer.
func strangers() []scene {
	return []scene{
		of("https://evil.okta.com/oauth2/default", "https://corp.okta.com/oauth2/default"),
		of("https://evil.okta.com/oauth2/default", "https://id.corp.example/oauth2/default"),
		of("https://corp.okta.com.evil.example/oauth2/default", "https://corp.okta.com/oauth2/default"),
		of("https://corp.okta.com@evil.example/oauth2/default", "https://corp.okta.com/oauth2/default"),
		of("https://evil.example/realms/shop", "https://sso.corp.example/realms/shop"),
		of("https://evil.co.uk/realms/shop", "https://corp.co.uk/realms/shop"),
		of("https://evil.azurewebsites.net/realms/shop", "https://corp.azurewebsites.net/realms/shop"),
		of("https://203.0.113.7/realms/shop", "https://203.0.113.8/realms/shop"),
		of("https://evil.b2clogin.com/tfp/x/B2C_1_signin/v2.0/", "https://corp.b2clogin.com/tfp/y/B2C_1_signin/v2.0/"),
		of("https://evil.eu.auth0.com/", auth0Tenant),
		of("https://sts.windows.net/"+appID+"/", entraV2),
		of("https://login.microsoftonline.com/"+appID+"/v2.0", entraV1),
		of("http://evil.example/adfs/services/trust", "https://adfs.corp.example/adfs"),
		of("https://id.\u212Aorp.example", "https://id.korp.example"),
	}
}

// The sender chooses the token's iss, so no hint may advise to trust that issuer.
func TestHintNeverAdvisesToConfigureAnUnknownIssuer(t *testing.T) {
	p := oidctest.New(t)
	harmless := []string{"other_tenant", "unknown_issuer"}
	for _, s := range strangers() {
		t.Run(s.claims["iss"].(string), func(t *testing.T) {
			s.claims["tfp"] = "B2C_1_evil"
			d := s.decide(t, p)
			require.Equal(t, reason.UnknownIssuer, d.Reason)
			require.Subset(t, harmless, d.HintCodes())
		})
	}
}

// The issuer of a sender is no expected value, and no fix offers to configure it.
func TestHostThatATokenNamesIsNeverAdvised(t *testing.T) {
	p := oidctest.New(t)
	for _, s := range append(strangers(),
		of("https://evil.keycloak-hoster.example/realms/x", "https://corp.keycloak-hoster.example/realms/x"),
		of("http://keycloak:8080/realms/x", "https://id.corp.example/realms/x"),
		of("https://evil.okta.com/oauth2/default", "https://login.corp.example/oauth2/default"),
		of("https://sts.windows.net/"+appID+"/", entraV2Template),
	) {
		t.Run(s.claims["iss"].(string), func(t *testing.T) {
			if s.issuer.URL == entraV2Template {
				s.issuer.Tenants = []string{tenantID}
			}
			d := s.decide(t, p)
			require.Equal(t, reason.UnknownIssuer, d.Reason)
			require.NotContains(t, d.HintCodes(), "entra_version")
			for _, h := range d.Hints {
				require.NotContains(t, h.Expected, s.claims["iss"])
				require.NotContains(t, h.Fix, "both issuers")
				require.NotContains(t, h.Fix, "is yours")
			}
		})
	}
}

// The expected issuer is the configured one, not a guess.
func TestOktasOrgServerNamesTheConfiguredServer(t *testing.T) {
	d := of(oktaOrg, oktaOrg+"/oauth2/aus9").decide(t, oidctest.New(t))
	require.Equal(t, "okta_org_server", d.Hints[0].Code)
	require.Equal(t, oktaOrg+"/oauth2/aus9", d.Hints[0].Expected)
}

// A token for Microsoft Graph has version 1.0, another audience, client and scope: only the request of the client matters.
func TestTokenForGraphHasOneHint(t *testing.T) {
	p := oidctest.New(t)
	for name, s := range map[string]scene{
		"of the issuer": of(entraV1, entraV1), "of the other version": of(entraV1, entraV2), "of another tenant": of("https://sts.windows.net/"+appID+"/", entraV2),
		"with another key": func() scene {
			s := of(entraV2, entraV2)
			s.header = map[string]any{"kid": "unknown"}
			return s
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			s.claims["aud"], s.claims["scp"], s.issuer.ClientIDs = graphID, "User.Read", []string{"shop"}
			d := s.decide(t, p)
			require.Equal(t, []string{"graph_token"}, d.HintCodes())
			s.claims["aud"] = apiID
			require.NotContains(t, s.decide(t, p).HintCodes(), "graph_token")
		})
	}
}

// If the exact cause is known, less exact hints are omitted.
func TestLessExactHintIsOmittedBesideAnExactOne(t *testing.T) {
	p := oidctest.New(t)
	for code, s := range map[string]scene{
		"issuer_trailing_slash": of(corpIssuer+"/", corpIssuer),
		"issuer_scheme_or_case": of(adfsTrust, "https"+adfsTrust[4:]),
		"keycloak_path":         of(realm, "https://sso.corp.example/auth/realms/staff"),
		"multi_tenant_issuer":   of(entraV2, "https://login.microsoftonline.com/common/v2.0"),
		"okta_org_server":       of(oktaOrg, oktaCustom),
	} {
		require.Equal(t, []string{code}, s.decide(t, p).HintCodes())
	}
	d := of("https://evil.example", corpIssuer).decide(t, p)
	require.Equal(t, []string{"https://evil.example", corpIssuer}, []string{d.Hints[0].Actual, d.Hints[0].Expected})
}

// audienceHints concern tokens of the configured issuer for another service.
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
		{"9 ADFS", "adfs_audience", forAud("microsoft:identityserver:"+apiID, apiID), instead("microsoft:identityserver:" + appID)},
		{"11 api://default", "okta_audience", forAud("api://default", audience), instead("api://defaults")},
		{"11 org server", "okta_org_server", okta, instead("https://other.okta.com")},
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
		{
			"24 client id beside another API's", "wrong_audience",
			with(forAud([]string{"shop", "urn:invoices"}, audience), oidctest.Claims{"azp": "shop"}), instead("shop"),
		},
		{
			"24 nothing but the client id", "audience_is_client", with(forAud([]string{"shop"}, audience), oidctest.Claims{"azp": "shop"}),
			instead([]string{"shop", "urn:invoices"}),
		},
		{"no API of Auth0", "audience_is_userinfo", func() scene {
			s := of(auth0Tenant, auth0Tenant)
			s.claims["aud"] = []string{auth0Tenant + "userinfo"}
			return s
		}(), instead([]string{auth0Tenant + "userinfo", "urn:invoices"})},
		{"no API of ADFS", "audience_is_userinfo", forAud("urn:microsoft:userinfo", audience), instead("urn:microsoft:userinfos")},
		{
			"the client id is configured", "client_configured_as_audience", with(forAud("https://api.example", "shop"), oidctest.Claims{"client_id": "shop"}),
			func(s *scene) { s.claims["client_id"] = "web" },
		},
		{"no aud", "audience_missing", forAud(nil, audience), instead("urn:invoices")},
		{"aud null", "audience_missing", forAud(json.RawMessage("null"), audience), instead("null")},
		{"aud empty", "audience_empty", forAud("", audience), instead(" urn:invoices")},
		{"aud blank", "audience_empty", forAud(" ", audience), instead("urn:invoices")},
		{"no element in aud", "audience_empty", forAud([]string{}, audience), instead([]string{"urn:invoices"})},
		{"an empty element in aud", "audience_empty", forAud([]string{""}, audience), instead(nil)},
		{"aud no string", "audience_malformed", forAud(7, audience), instead("7")},
		{"aud with a number", "audience_malformed", forAud([]any{"urn:invoices", 7}, audience), instead([]any{"urn:invoices", "7"})},
		{
			"aud is the scopes", "audience_is_scopes", with(forAud("openid g_profile", audience), oidctest.Claims{"scope": "openid g_profile"}),
			instead("openid urn:invoices"),
		},
		{
			"aud is a list of scopes", "audience_is_scopes",
			with(forAud([]string{"openid", "read"}, audience), oidctest.Claims{"scp": []string{"openid", "read"}}),
			instead([]string{"openid", "urn:invoices"}),
		},
		{"11 another of Okta", "wrong_audience", forAud("api://invoices", audience), instead("api://default")},
	}
}
