package settings_test

import (
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	tenant      = "8a7f4d1e-22c6-4f0b-9d51-6b7f6f3d2c10"
	otherTenant = "e2d47b90-3c1f-4e6a-a7d8-51c0b9f2e663"
	api         = "5c1b5f3a-9a0e-4f5c-8b26-0d2c7f1e9a44"
	orders      = "https://orders.corp.example"
)

// loginProducts are the products of large vendors.
func loginProducts() []product {
	const entra = "https://login.microsoftonline.com/" + tenant + "/v2.0"
	entraClaims := oidctest.Claims{
		"aud": api, "iss": entra, "azp": otherTenant, "azpacr": "1", "oid": "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01", "scp": "orders.read",
		"roles": []string{"Orders.Admin"}, "sub": "HKZpfaHyWadeOouYlitjrI", "tid": tenant, "ver": "2.0", "preferred_username": "alice@corp.example",
	}
	graph := slip{name: "a token for Graph", claims: oidctest.Claims{"aud": "00000003-0000-0000-c000-000000000000"}, want: reason.WrongAudience, hint: "graph_token"}
	const b2c = "https://corp.b2clogin.com/" + tenant + "/v2.0/"
	const okta = "https://corp.okta.com/oauth2/default"
	const auth0 = "https://corp.eu.auth0.com/"
	const pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3"
	const robot = "shop@corp.iam.gserviceaccount.com"
	const adfs = "http://adfs.corp.example/adfs/services/trust"
	return []product{
		{
			preset: "entra", provider: `"parameters": {"tenant": "` + tenant + `"}, "audience": ["` + api + `"]`,
			header: jwt, claims: entraClaims, asks: entra + "/.well-known/openid-configuration", roles: []string{"Orders.Admin"},
			mistakes: []slip{
				graph,
				{name: "another tenant", claims: oidctest.Claims{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0", "tid": otherTenant}, want: reason.UnknownIssuer, hint: "other_tenant"},
				{name: "version 1.0", claims: oidctest.Claims{"iss": "https://sts.windows.net/" + tenant + "/", "ver": "1.0"}, want: reason.UnknownIssuer, hint: "entra_version"},
			},
		},
		{
			preset: "entra-multi-tenant", provider: `"tenants": ["` + tenant + `"], "audience": ["` + api + `"]`,
			header: jwt, claims: entraClaims, asks: "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration",
			mistakes: []slip{
				graph,
				{name: "a tenant that is not listed", claims: oidctest.Claims{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0", "tid": otherTenant}, want: reason.UnknownIssuer, hint: "other_tenant"},
			},
		},
		{
			preset: "entra-b2c", provider: `"parameters": {"name": "corp", "tenant": "` + tenant + `", "policy": "B2C_1_signin"}, "audience": ["` + api + `"]`,
			header: jwt, asks: "https://corp.b2clogin.com/corp.onmicrosoft.com/B2C_1_signin/v2.0/.well-known/openid-configuration",
			claims: oidctest.Claims{"iss": b2c, "aud": api, "sub": "6d2f0b7c-11aa", "tfp": "B2C_1_signin", "scp": "orders.read", "azp": otherTenant, "ver": "1.0"},
			mistakes: []slip{
				{name: "another policy", claims: oidctest.Claims{"tfp": "B2C_1_signup"}, want: reason.CheckFailed, hint: "b2c_other_policy"},
				{name: "another tenant", claims: oidctest.Claims{"iss": "https://other.b2clogin.com/" + otherTenant + "/v2.0/"}, want: reason.UnknownIssuer, hint: "other_tenant"},
			},
		},
		{
			preset: "okta", provider: `"parameters": {"domain": "corp.okta.com"}, "audience": ["api://default"], "claims": {"name": "email"}`,
			header: noType, asks: okta + "/.well-known/openid-configuration", answer: map[string]any{"sub": "00ujmkLgagxeRrAg20g3", "email": "alice@corp.example"},
			claims: oidctest.Claims{
				"ver": 1, "jti": "AT.N5ntKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": okta, "aud": "api://default", "sub": "alice@corp.example",
				"cid": "0oa2ijd6Kl2Xx9eWd0h7", "uid": "00ujmkLgagxeRrAg20g3", "scp": []string{"openid"}, "groups": []string{"Everyone"},
			},
			name: "alice@corp.example", roles: []string{"Everyone"},
			mistakes: []slip{
				{name: "the org server", claims: oidctest.Claims{"iss": "https://corp.okta.com", "aud": "https://corp.okta.com"}, want: reason.UnknownIssuer, hint: "okta_org_server"},
				{
					name: "the ID token", claims: oidctest.Claims{"aud": "0oa2ijd6Kl2Xx9eWd0h7", "cid": nil, "uid": nil, "scp": nil, "jti": "ID.ZEd2", "at_hash": "preyJq"},
					want: reason.IDTokenAsAccessToken, hint: "okta_id_token",
				},
			},
		},
		{
			preset: "okta-org", provider: `"parameters": {"domain": "corp.okta.com"}, "clientIDs": ["shop"], "client": {"clientID": "orders", "auth": {"secret": {"env": "CLIENT_SECRET"}}}`,
			header: noType, asks: "https://corp.okta.com/.well-known/openid-configuration",
			claims: oidctest.Claims{"jti": "AT.0mP4", "iss": "https://corp.okta.com", "aud": "https://corp.okta.com", "sub": "alice@corp.example", "cid": "shop", "uid": "00ujmk"},
			answer: map[string]any{
				"active": true, "iss": "https://corp.okta.com", "aud": "https://corp.okta.com", "client_id": "shop", "sub": "alice@corp.example", "uid": "00ujmk", "token_type": "Bearer",
			},
			mistakes: []slip{
				{name: "a custom server", claims: oidctest.Claims{"iss": okta, "aud": "api://default"}, want: reason.UnknownIssuer, hint: "okta_org_configured"},
				{name: "another organisation", claims: oidctest.Claims{"iss": "https://other.okta.com"}, want: reason.UnknownIssuer, hint: "other_tenant"},
			},
		},
		{
			preset: "auth0", provider: `"parameters": {"domain": "corp.eu.auth0.com"}, "audience": ["` + orders + `"]`,
			header: jwt, asks: auth0 + ".well-known/openid-configuration",
			claims: oidctest.Claims{"iss": auth0, "sub": "auth0|65f0c0ffee", "aud": []string{orders, auth0 + "userinfo"}, "azp": "my9Client", "scope": "openid", "permissions": []string{"orders:read"}},
			roles:  []string{"orders:read"},
			mistakes: []slip{
				{name: "no API requested", claims: oidctest.Claims{"aud": auth0 + "userinfo"}, want: reason.WrongAudience, hint: "audience_is_userinfo"},
				{name: "opaque, as no API was requested", text: "eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn", want: reason.EncryptedToken, hint: "auth0_without_audience"},
			},
		},
		{
			preset: "cognito", provider: `"parameters": {"region": "eu-central-1", "pool": "eu-central-1_Ab1Cd2Ef3"}, "clientIDs": ["1example23456789"]`,
			header: noType, asks: pool + "/.well-known/openid-configuration",
			claims: oidctest.Claims{
				"sub": "aaaaaaaa-bbbb", "cognito:groups": []string{"clerks"}, "iss": pool, "version": 2, "client_id": "1example23456789", "origin_jti": "d",
				"token_use": "access", "scope": "openid", "username": "alice",
			},
			roles: []string{"clerks"},
			mistakes: []slip{
				{name: "the ID token", claims: oidctest.Claims{"token_use": "id", "aud": "1example23456789", "client_id": nil, "scope": nil, "at_hash": "x"}, want: reason.IDTokenAsAccessToken, hint: "cognito_id_token"},
				{name: "the refresh token", text: "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a2V5.aXY.Y3Q.dGFn", want: reason.EncryptedToken, hint: "cognito_refresh_token"},
			},
		},
		{
			preset: "google", provider: `"audience": ["` + orders + `"]`, header: jwt, asks: "https://accounts.google.com/.well-known/openid-configuration",
			claims: oidctest.Claims{"iss": "https://accounts.google.com", "aud": orders, "azp": "1122", "sub": "1122", "email": robot, "email_verified": true},
			mistakes: []slip{
				{name: "the access token", text: "ya29.a0AfH6SMBx-Ek3vZ_1qT", want: reason.OpaqueToken, hint: "google_opaque"},
				{name: "a person's ID token", claims: oidctest.Claims{"aud": "4074.apps.googleusercontent.com", "at_hash": "HK6E"}, want: reason.IDTokenAsAccessToken, hint: "google_id_token"},
			},
		},
		{
			preset: "adfs", provider: `"parameters": {"host": "adfs.corp.example"}, "audience": ["microsoft:identityserver:` + api + `"]`,
			header: jwt, asks: "https://adfs.corp.example/adfs/.well-known/openid-configuration",
			claims: oidctest.Claims{"aud": "microsoft:identityserver:" + api, "iss": adfs, "appid": otherTenant, "ver": "1.0", "scp": "openid", "upn": "alice@corp.example", "sub": nil},
			mistakes: []slip{
				{name: "the ID token", claims: oidctest.Claims{"iss": "https://adfs.corp.example/adfs", "nonce": "n", "scp": nil}, want: reason.UnknownIssuer, hint: "adfs_issuer_of_id_token"},
				{name: "no upn", claims: oidctest.Claims{"upn": nil, "sub": "alice"}, want: reason.ClaimMissing, hint: "adfs_claim_missing"},
			},
		},
	}
}
