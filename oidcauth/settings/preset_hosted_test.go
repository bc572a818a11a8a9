package settings_test

import (
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// hostedProducts are login services for applications.
func hostedProducts() []product {
	const (
		zitadel  = "https://corp-abc123.zitadel.cloud"
		project  = "268912345678901234"
		logto    = "https://abc123.logto.app/oidc"
		clerk    = "https://abc.clerk.accounts.dev"
		origin   = "https://app.corp.example"
		supabase = "https://abcdefghijklmnop.supabase.co/auth/v1"
		firebase = "https://securetoken.google.com/orders-7"
	)
	return []product{
		{
			preset: "zitadel", provider: `"parameters": {"domain": "corp-abc123.zitadel.cloud", "project": "` + project + `"}`,
			header: jwt, asks: zitadel + "/.well-known/openid-configuration",
			claims: oidctest.Claims{
				"iss": zitadel, "sub": "268900000000000001", "aud": []string{"268999999999999999@orders", project}, "client_id": "268999999999999999@orders", "jti": "V2_1",
				"urn:zitadel:iam:org:project:" + project + ":roles": oidctest.Claims{"clerk": oidctest.Claims{"268900000000000000": "corp.zitadel.cloud"}},
			},
			roles: []string{"clerk"},
			mistakes: []slip{
				{name: "no scope of the project", claims: oidctest.Claims{"aud": []string{"268999999999999999@orders"}}, want: reason.WrongAudience, hint: "zitadel_audience"},
				{name: "another instance", claims: oidctest.Claims{"iss": "https://other-1.zitadel.cloud"}, want: reason.UnknownIssuer, hint: "other_tenant"},
			},
		},
		{ // with the claims that the Ruby SDK of Logto documents (LogtoCore::AccessTokenClaims)
			preset: "logto", provider: `"parameters": {"url": "https://abc123.logto.app"}, "audience": ["` + orders + `"]`, asks: logto + "/.well-known/openid-configuration",
			claims: oidctest.Claims{"iss": logto, "sub": "k3b0z8", "aud": orders, "client_id": "web", "scope": "orders:read", "jti": "x"},
			mistakes: []slip{
				{name: "no resource requested", text: "tq5mGXoGYTbkCN8MbyMHTQ6lsmDdtWnGZ0Pf3bHPS3u", want: reason.OpaqueToken, hint: "logto_without_resource"},
				{name: "the ID token", header: jwt, claims: oidctest.Claims{"aud": "web", "client_id": nil, "scope": nil, "at_hash": "x"}, want: reason.IDTokenAsAccessToken, hint: "id_token_sent"},
			},
		},
		{ // as Clerk documents its session tokens, version 2
			preset: "clerk", provider: `"parameters": {"domain": "abc.clerk.accounts.dev"}, "clientIDs": ["` + origin + `"]`,
			header: jwt, asks: clerk + "/.well-known/openid-configuration",
			claims: oidctest.Claims{
				"azp": origin, "iss": clerk, "sid": "sess_2", "sts": "active", "sub": "user_2", "v": 2, "fea": "o:orders", "fva": []int{5, -1}, "jti": "j", "pla": "u:free",
				"o": oidctest.Claims{"id": "org_2", "rol": "admin", "slg": "corp"},
			},
			roles: []string{"admin"},
			mistakes: []slip{
				{name: "a pending session", claims: oidctest.Claims{"sts": "pending"}, want: reason.CheckFailed, hint: "clerk_pending"},
				{name: "a token of a template", claims: oidctest.Claims{"sid": nil}, want: reason.CheckClaimMissing, hint: "clerk_template"},
				{name: "another page", claims: oidctest.Claims{"azp": "https://evil.example"}, want: reason.UnauthorizedParty, hint: "clerk_origin"},
			},
		},
		{
			preset: "supabase", provider: `"parameters": {"project": "abcdefghijklmnop"}`, header: jwt, asks: supabase + "/.well-known/jwks.json", alg: "ES256",
			claims: oidctest.Claims{
				"iss": supabase, "sub": "f3c1b6a2-7d6e", "aud": "authenticated", "role": "authenticated", "aal": "aal1", "session_id": "s", "email": "alice@corp.example", "is_anonymous": false,
			},
			mistakes: []slip{
				{name: "the key anon", claims: oidctest.Claims{"iss": "supabase", "ref": "abcdefghijklmnop", "role": "anon", "aud": nil, "sub": nil}, alg: "HS256", want: reason.UnknownIssuer, hint: "supabase_api_key"},
				{name: "the legacy secret", alg: "HS256", want: reason.AlgorithmRefused, hint: "supabase_legacy_secret"},
				{name: "an anonymous user", claims: oidctest.Claims{"is_anonymous": true}, want: reason.CheckFailed, hint: "supabase_anonymous"},
			},
		},
		{
			preset: "firebase", provider: `"parameters": {"project": "orders-7"}`, header: jwt, asks: firebase + "/.well-known/openid-configuration",
			claims: oidctest.Claims{
				"iss": firebase, "aud": "orders-7", "auth_time": 1735689600, "user_id": "u1", "sub": "u1", "email": "alice@corp.example",
				"firebase": oidctest.Claims{"sign_in_provider": "password"},
			},
			mistakes: []slip{
				{name: "a session cookie", claims: oidctest.Claims{"iss": "https://session.firebase.google.com/orders-7"}, want: reason.UnknownIssuer, hint: "firebase_session_cookie"},
				{
					name: "a custom token", claims: oidctest.Claims{"iss": "robot@orders-7.iam.gserviceaccount.com", "aud": "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"},
					want: reason.UnknownIssuer, hint: "firebase_custom_token",
				},
				{name: "another project", claims: oidctest.Claims{"iss": "https://securetoken.google.com/other", "aud": "other"}, want: reason.UnknownIssuer, hint: "other_tenant"},
				{name: "an empty sub", claims: oidctest.Claims{"sub": ""}, want: reason.ClaimUnusable, hint: "claim_unusable"},
			},
		},
	}
}
