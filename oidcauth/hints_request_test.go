package oidcauth_test

import (
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
	elsewhere := func(near scene) func(*scene) { return func(s *scene) { *s = near } }
	nearly := func(values ...string) func(*scene) { return func(s *scene) { *s = sent(values...) } }
	return []hinted{
		{"33 no header", "header_missing", sent(), nearly("")},
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
			"ALB", "token_padded", named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.MEUCIQ=="}),
			elsewhere(named([2]string{"X-Token", "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.MEUCIQ"})),
		},
		{
			"ALB, padding within", "token_padded", sent("Bearer eyJhbGciOiJFUzI1NiIg==.eyJleHAiOjF9.MEUCIQ"),
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
	return []hinted{
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
		{"21 opaque", "opaque_token", raw("mF_9.B5f-4.1JqM.x"), nearly("a.b.c.d.e")},
		{"22 encrypted", "encrypted_token", raw("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q.dGFn"), nearly("eyJhbGciOiJSU0EifQ.a2V5.aXY.Y3Q")},
		{
			"27 HS256", "symmetric_algorithm",
			scene{alg: "HS256", key: []byte("a secret of client and provider")},
			func(s *scene) { s.alg, s.key = "", nil },
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
			"25 refresh token", "other_token_class",
			scene{header: jwt, claims: oidctest.Claims{"typ": "Refresh"}},
			func(s *scene) { s.claims = oidctest.Claims{"typ": "Bearer"} },
		},
	}
}
