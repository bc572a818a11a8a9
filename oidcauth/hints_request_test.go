package oidcauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func requestHints() []hinted {
	sent := func(values ...string) scene {
		return scene{sent: func(token string) []string {
			var out []string
			for _, v := range values {
				out = append(out, strings.ReplaceAll(v, "TOKEN", token))
			}
			return out
		}}
	}
	named := func(headers ...[2]string) scene {
		return scene{from: oidcauth.Credentials{Header: "X-Token"}, headers: headers}
	}
	protocol := func(headers ...[2]string) scene {
		return scene{from: oidcauth.Credentials{WebSocketProtocol: "bearer"}, headers: headers}
	}
	with := func(method, target string, headers ...string) scene {
		s := scene{method: method, target: target}
		for i := 0; i < len(headers); i += 2 {
			s.headers = append(s.headers, [2]string{headers[i], headers[i+1]})
		}
		return s
	}
	elsewhere := func(near scene) func(*scene) { return func(s *scene) { *s = near } }
	nearly := func(values ...string) func(*scene) { return func(s *scene) { *s = sent(values...) } }
	return []hinted{
		{"33 no header", "header_missing", sent(), nearly("")},
		{"a preflight", "cors_preflight", with("OPTIONS", "/orders", "Access-Control-Request-Method", "GET"), elsewhere(with("OPTIONS", "/orders", "Access-Control-Request-Headers", "x"))},
		{"a cookie", "token_in_cookie", with("GET", "/orders", "Cookie", "theme=dark; token=TOKEN"), elsewhere(with("GET", "/orders", "Cookie", "theme=dark; session=0123.4567.89"))},
		{"a session's cookie", "header_missing", with("GET", "/orders", "Cookie", "session=0123456789"), elsewhere(with("GET", "/orders", "Cookie", "a=TOKEN"))},
		{"a cookie beside another scheme", "token_in_cookie", with("GET", "/orders", "Cookie", "token=TOKEN", "Authorization", "Basic YTpi"), elsewhere(with("GET", "/orders", "Authorization", "Basic YTpi"))},
		{"a proxy's header", "token_in_proxy_header", with("GET", "/orders", "X-Forwarded-Access-Token", "TOKEN"), elsewhere(with("GET", "/orders", "X-Forwarded-User", "alice"))},
		{"a proxy's header beside another", "token_in_proxy_header", with("GET", "/orders", "A", "TOKEN", "X-Goog-Iap-Jwt-Assertion", "TOKEN"), elsewhere(with("GET", "/orders", "A", "TOKEN"))},
		{"another header", "token_in_other_header", with("GET", "/orders", "X-Access-Token", "Bearer TOKEN"), elsewhere(with("GET", "/orders", "DPoP", "TOKEN"))},
		{"a query", "token_in_query", with("GET", "/orders?page=1&access_token=x", "X-Any", "x"), elsewhere(with("GET", "/orders?no_access_token=x", "X-Any", "x"))},
		{"33 no blank", "header_scheme_misspelt", sent("Bearer:TOKEN"), nearly("Bear TOKEN")},
		{"33 colon", "header_scheme_misspelt", sent("Bearer: TOKEN"), nearly("Token: TOKEN")},
		{"33 percent-encoded", "header_scheme_misspelt", sent("Bearer%20TOKEN"), nearly("bearer TOKEN")},
		{"33 Basic", "header_other_scheme", sent("Basic YWxpY2U6c2VjcmV0"), nearly("Bearer undefined")},
		{"a token response", "json_sent", sent(`Bearer {"access_token":"TOKEN","expires_in":300}`), nearly("Bearer {TOKEN}")},
		{"a token response in a named header", "json_sent", named([2]string{"X-Token", `{"access_token":"TOKEN"}`}), elsewhere(named([2]string{"X-Token", "{token}"}))},
		{"a form", "token_with_name", sent("Bearer access_token=TOKEN"), nearly("Bearer TOKEN=")},
		{"a cookie's text", "token_with_name", sent("Bearer id=TOKEN"), nearly("Bearer id=0123")},
		{"33 no scheme", "header_without_scheme", sent("TOKEN"), nearly("Token TOKEN")},
		{"33 other scheme", "header_other_scheme", sent("Token TOKEN"), nearly("TOKEN")},
		{"33 several", "header_several", sent("Bearer TOKEN", "Bearer TOKEN"), nearly("Bearer TOKEN, Bearer TOKEN")},
		{"33 Bearer Bearer", "header_bearer_twice", sent("Bearer Bearer TOKEN"), nearly("Bearer TOKEN Bearer")},
		{"33 quotes", "header_quoted", sent(`Bearer "TOKEN"`), nearly("Bearer TOKEN TOKEN")},
		{"empty variable", "header_empty", sent("Bearer "), nearly("Bearer undefined")},
		{"undefined", "placeholder_sent", sent("Bearer undefined"), nearly("Bearer undefined1")},
		{"dollar", "placeholder_sent", sent("Bearer $TOKEN"), nearly("Bearer TOKEN$")},
		{"a named header is missing", "credentials_header_missing", named([2]string{"X-Other", "TOKEN"}), elsewhere(named([2]string{"X-Token", ""}))},
		{"a named header twice", "credentials_header_several", named([2]string{"X-Token", "TOKEN"}, [2]string{"X-Token", "TOKEN"}), elsewhere(named([2]string{"X-Token", "TOKEN,TOKEN"}))},
		{"a named header with a scheme", "credentials_header_scheme", named([2]string{"X-Token", "bearer TOKEN"}), elsewhere(named([2]string{"X-Token", "TOKEN TOKEN"}))},
		{
			"a subprotocol without a token", "websocket_credentials", protocol([2]string{"Sec-WebSocket-Protocol", "bearer"}),
			elsewhere(protocol([2]string{"Authorization", "Bearer TOKEN TOKEN"})),
		},
		{
			"ALB", "alb_data", named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiIsInNpZ25lciI6ImFybiJ9.eyJleHAiOjF9.MEUCIQ=="}),
			elsewhere(named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.MEUCIQ=="})),
		},
		{"base64", "token_base64", sent("Bearer eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.ME/CIQ"), nearly("Bearer eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.ME_CIQ")},
		{
			"padding", "token_padded", named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.MEUCIQ=="}),
			elsewhere(named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.MEUCIQ"})),
		},
		{
			"padding within", "token_padded", sent("Bearer eyJhbGciOiJFUzI1NiIg==.eyJleHAiOjF9.MEUCIQ"),
			nearly("Bearer eyJhbGciOiJFUzI1NiIg.eyJleHAiOjF9.MEUCIQ"),
		},
		{"33 joined", "header_listed", sent("Bearer TOKEN,Bearer TOKEN"), nearly(`Bearer "TOKEN"`)},
	}
}

func tokenHints() []hinted {
	raw := func(token string) scene {
		return scene{sent: func(string) []string { return []string{"Bearer " + token} }}
	}
	nearly := func(token string) func(*scene) { return func(s *scene) { s.sent = raw(token).sent } }
	auth0 := raw("mF_9.B5f")
	auth0.issuer.URL = "https://corp.eu.auth0.com/"
	idToken := oidctest.Claims{"at_hash": "x", "nonce": "n", "aud": "shop"}
	return append(idTokenHints(), []hinted{
		{"20 Google", "google_opaque", raw("ya29.a0AfH6SMBx"), nearly("ya30.a0AfH6SMBx")},
		{"34 no signature left", "token_truncated", raw("eyJhbGciOiJSUzI1NiJ9.eyJpc3Mi"), nearly("mF_9.B5f")},
		{
			"34 signature cut", "token_truncated",
			scene{sent: func(token string) []string { return []string{"Bearer " + token[:len(token)-8]} }},
			func(s *scene) {
				s.sent = func(token string) []string { return []string{"Bearer " + token[:len(token)-8] + "AAAAAAAA"} }
			},
		},
		{"19 Auth0, JWE", "auth0_without_audience", raw("eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn"), nearly("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q.dGFn")},
		{"19 Auth0, opaque", "auth0_without_audience", auth0, func(s *scene) { s.issuer.URL = "https://notauth0.com/" }},
		{"19 Auth0, not a UUID", "auth0_without_audience", auth0, nearly("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d")},
		{"21 UUID beside Auth0", "opaque_token", func() scene {
			s := auth0
			s.sent = raw("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d").sent
			return s
		}(), nearly("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d.a.b.c.d")},
		{"a refresh token of Google", "refresh_token_sent", raw("1//0gabcDEF-_"), nearly("11//0gabcDEF-_")},
		{"a refresh token of ORY Hydra", "refresh_token_sent", raw("ory_rt_u3p9.4XqZ-k"), nearly("ory_at_u3p9.4XqZ-k")},
		{"an authorization code of Google", "authorization_code_sent", raw("4/0AX4XfWh"), nearly("44/0AX4XfWh")},
		{
			"an authorization code of Keycloak", "authorization_code_sent",
			raw("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d.8b7d3f6a-8b7d-4f1a-9c0e-5b6d7a8f9e0d.9c0e3f6a-8b7d-4f1a-9c0e-5b6d7a8f9e0d"),
			nearly("3f6a2c9e-8b7d-4f1a-9c0e-5b6d7a8f9e0d.8b7d3f6a-8b7d-4f1a-9c0e-5b6d7a8f9e0d.9c0e"),
		},
		{"a SAML assertion", "saml_sent", raw("PHNhbWw6QXNzZXJ0aW9u"), nearly("PHNhbXA6QXNzZXJ0aW9u")},
		{"too large", "token_too_large", raw("eyJ" + strings.Repeat("x", 64<<10) + ".a.b"), nearly("eyJ" + strings.Repeat("x", 60<<10) + ".a.b")},
		{
			"DER", "signature_der",
			scene{sent: func(token string) []string {
				parts := strings.SplitAfter(token, ".")
				return []string{"Bearer " + parts[0] + parts[1] + base64.RawURLEncoding.EncodeToString(make([]byte, 71))}
			}, issuer: publishingSet(`{"keys":[`+jwkOf("k1", "ES256", es256().public)+`]}`, 200), alg: "ES256", key: must(p256Key()), header: map[string]any{"kid": "k1"}},
			func(s *scene) { s.sent = nil },
		},
		{"21 opaque", "opaque_token", raw("mF_9.B5f-4.1JqM.x"), nearly("a.b.c.d.e")},
		{"22 encrypted", "encrypted_token", raw("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q.dGFn"), nearly("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q")},
		{
			"27 HS256", "symmetric_algorithm",
			scene{alg: "HS256", key: []byte("a secret of client and provider")},
			func(s *scene) { s.alg, s.key = "", nil },
		},
		{
			"25 Keycloak's refresh token", "refresh_token_sent",
			scene{header: jwt, claims: oidctest.Claims{"typ": "Refresh", "aud": corpIssuer}, alg: "HS512", key: []byte("the realm's own secret")},
			func(s *scene) { s.claims = oidctest.Claims{"typ": "Bearer"} },
		},
		{
			"25 Keycloak's offline token", "refresh_token_sent",
			scene{header: jwt, claims: oidctest.Claims{"typ": "Offline"}, alg: "HS256", key: []byte("the realm's own secret")},
			func(s *scene) { s.claims = nil },
		},
		{
			"25 refresh token by its header", "refresh_token_sent",
			scene{header: map[string]any{"typ": "rt+jwt"}},
			func(s *scene) { s.header = map[string]any{"typ": "logout+jwt"} },
		},
		{
			"25 a type of its own", "token_type_unknown",
			scene{header: jwt, claims: oidctest.Claims{"token_use": "service"}},
			func(s *scene) { s.claims = oidctest.Claims{"token_use": "logout"} },
		},
		{
			"25 an encrypted refresh token of Cognito", "cognito_refresh_token", func() scene {
				s := raw("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q.dGFn")
				s.issuer.URL = cognitoPool
				return s
			}(), func(s *scene) { s.issuer.URL = corpIssuer },
		},
		{
			"26 algorithm", "algorithm_not_listed",
			scene{issuer: oidcauth.Issuer{Algorithms: []string{"RS512"}}},
			func(s *scene) { s.issuer.Algorithms = []string{"ES256", "RS256"} },
		},
		{
			"26 no algorithm at all", "algorithm_refused",
			scene{issuer: oidcauth.Issuer{Algorithms: []string{"RS256"}}, sent: func(token string) []string {
				return []string{"Bearer eyJhbGciOiJub25lIn0" + token[strings.IndexByte(token, '.'):]} // {"alg":"none"}
			}},
			func(s *scene) { s.sent = nil },
		},
		{
			"23 OpenIAM's option", "id_token_option",
			scene{header: jwt, claims: oidctest.Claims{"at_hash": "x", "scope": "openid"}},
			func(s *scene) { s.claims = idToken },
		},
		{
			"24 ID token of another product, for an API that is its client", "id_token_sent",
			scene{header: jwt, claims: oidctest.Claims{"at_hash": "x", "nonce": "n"}},
			func(s *scene) { s.claims = nil },
		},
		{"24 ID token", "id_token_sent", scene{header: jwt, claims: idToken}, func(s *scene) { s.header = nil }},
		{
			"24 ID token by token_use", "id_token_sent",
			scene{header: jwt, claims: oidctest.Claims{"token_use": "id"}},
			func(s *scene) { s.claims = oidctest.Claims{"token_use": "access"} },
		},
		{
			"25 logout token", "other_token_class",
			scene{header: map[string]any{"typ": "logout+jwt"}},
			func(s *scene) { s.header = jwt },
		},
		{
			"25 refresh token", "refresh_token_sent",
			scene{header: jwt, claims: oidctest.Claims{"typ": "Refresh"}},
			func(s *scene) { s.claims = oidctest.Claims{"typ": "Bearer"} },
		},
	}...)
}

// idTokenHints are ID tokens of products. Each product gets its own advice.
func idTokenHints() []hinted {
	of := func(iss string, claims oidctest.Claims) scene {
		s := of(iss, iss)
		s.header, s.claims = jwt, merged(oidctest.Claims{"iss": iss, "aud": "shop", "at_hash": "x", "nonce": "n"}, claims)
		return s
	}
	from := func(iss string) func(*scene) {
		return func(s *scene) { s.issuer.URL, s.claims = iss, merged(s.claims, oidctest.Claims{"iss": iss}) }
	}
	without := func(claim string) func(*scene) {
		return func(s *scene) { s.claims = merged(s.claims, oidctest.Claims{claim: nil}) }
	}
	return []hinted{
		{"24 Entra ID", "entra_id_token", of(entraV2, nil), from("https://login.microsoftonline.com.evil.example/v2.0")},
		{"24 Azure AD B2C", "entra_id_token", of("https://corp.b2clogin.com/t/v2.0/", oidctest.Claims{"tfp": "B2C_1_in"}), from(realm)},
		{"24 Okta", "okta_id_token", of(oktaCustom, nil), from("https://okta.corp.example")},
		{"24 Okta by its jti", "okta_id_token", of(corpIssuer, oidctest.Claims{"jti": "ID.ZEd2"}), without("jti")},
		{"24 Keycloak", "keycloak_id_token", of(realm, oidctest.Claims{"typ": "ID"}), from(corpIssuer)},
		{"24 Keycloak's old path", "keycloak_id_token", of("https://sso.corp.example/auth/realms/staff", nil), from("https://am.corp.example/am/oauth2/realms/root")},
		{"24 ADFS", "adfs_id_token", of("https://fs.corp.example/adfs", nil), from("https://fs.corp.example/fs")},
		{"24 Auth0", "auth0_id_token", of(auth0Tenant, nil), from("https://notauth0.com/")},
		{"24 Auth0 by its sub", "auth0_id_token", of(corpIssuer, oidctest.Claims{"sub": "auth0|65f0"}), without("sub")},
		{"24 Cognito", "cognito_id_token", of(cognitoPool, oidctest.Claims{"token_use": "id"}), from(corpIssuer)},
		{"24 Google", "google_id_token", of(googleIssuer, nil), from("https://accounts.google.example")},
		{"24 OpenIAM", "openiam_id_token", of("https://openiam.corp.example/idp", oidctest.Claims{"scope": "openid", "aud": audience}), from("https://pf.corp.example/pf")},
		{"24 OpenIAM by its path", "openiam_id_token", of("https://sso.corp.example/idp/oauth2", nil), from("https://sso.corp.example/idp/shibboleth")},
		{"24 LemonLDAP::NG", "lemonldap_id_token", of("https://auth.corp.example/", oidctest.Claims{"acr": "loa-1"}), without("acr")},
		{"24 Glewlwyd", "glewlwyd_id_token", of("https://sso.corp.example/api/oidc", nil), from("https://sso.corp.example/oidc")},
		{"24 ORY Hydra", "hydra_id_token", of("https://sso.corp.example/", oidctest.Claims{"rat": 1735689600}), without("rat")},
		{"24 Dex", "dex_id_token", of("https://dex.corp.example", nil), from("https://index.corp.example")},
	}
}

func p256Key() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
