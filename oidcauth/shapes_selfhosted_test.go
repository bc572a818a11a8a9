package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func selfHostedShapes() []shape {
	return []shape{lemonShape(), glewlwydShape(), hydraShape(), fositeShape(), forgeRockShape(), dexShape()}
}

// lemonShape needs the option "Access Token as JWT"; without it the token is a session id. The header type has capitals.
func lemonShape() shape {
	const portal = "https://auth.corp.example/"
	return shape{
		name:   "LemonLDAP::NG",
		header: map[string]any{"typ": "at+JWT"},
		claims: oidctest.Claims{
			"iss": portal, "aud": []string{"shop", "urn:orders"}, "client_id": "shop", "jti": "3f6a2c9e8b7d4f1a9c0e5b6d7a8f9e0d",
			"scope": "openid profile", "sid": "dGhlIHNlc3Npb24", "sub": "alice",
		},
		issuer: oidcauth.Issuer{URL: portal, Audience: []string{"urn:orders"}, ClientIDs: []string{"shop"}},
		user:   claims.Name("sub"),
		mistakes: []mistake{
			{name: "no additional audience", claims: oidctest.Claims{"aud": []string{"shop"}}, want: reason.WrongAudience},
			{name: "issuer without its slash", config: issuerURL(portal[:len(portal)-1]), want: reason.UnknownIssuer},
			{name: "release of claims is off", config: search("email"), want: reason.ClaimMissing},
			{name: "logout token", header: map[string]any{"typ": "JWT"}, claims: oidctest.Claims{"events": oidctest.Claims{}}, want: reason.WrongTokenType},
		},
	}
}

// glewlwydShape is a token of the OpenID Connect plugin. Its aud is the requested resource, or the list of scopes in one
// string.
func glewlwydShape() shape {
	const url = "https://glewlwyd.corp.example/api/oidc"
	return shape{
		name: "glewlwyd",
		claims: oidctest.Claims{
			"iss": url, "aud": audience, "client_id": "shop", "sub": "IdFeD5aRIfQdRCtjAUsGVBimJGfZKpPR", "jti": "VUlAkFTqNBfzjYZWCPmJ3XUFgplGHSEa",
			"type": "access_token", "scope": "openid email orders", "email": "alice@corp.example",
		},
		issuer: oidcauth.Issuer{URL: url, Audience: []string{audience}, ClientIDs: []string{"shop"}},
		user:   claims.Name("sub"),
		mistakes: []mistake{
			{name: "no resource asked for", claims: oidctest.Claims{"aud": "openid email orders"}, want: reason.WrongAudience},
			{name: "client id configured", config: audiences("shop"), want: reason.WrongAudience},
			{name: "user name instead of sub", config: search("username"), want: reason.ClaimMissing},
			{
				name: "ID token", header: jwt, claims: oidctest.Claims{
					"aud": "shop", "azp": "shop", "at_hash": "0SyetNmX61r-Z4hNyGWaYQ", "amr": []string{"password"}, "auth_time": 1735689600,
					"client_id": nil, "jti": nil, "type": nil, "scope": nil,
				},
				want: reason.IDTokenAsAccessToken,
			},
			{
				name:   "token of the old OAuth 2 plugin",
				header: map[string]any{"typ": "JWT"},
				claims: oidctest.Claims{"iss": nil, "aud": nil, "sub": nil, "exp": nil, "username": "alice", "salt": "x", "expires_in": 3600},
				want:   reason.UnknownIssuer,
			},
			{
				name:   "old OAuth 2 plugin behind an issuer",
				header: map[string]any{"typ": "JWT"},
				claims: oidctest.Claims{"sub": nil, "exp": nil, "username": "alice", "salt": "x", "expires_in": 3600},
				want:   reason.InvalidClaims,
			},
		},
	}
}

// hydraShape needs the access token strategy jwt. The login application may add claims in ext.
func hydraShape() shape {
	const url = "https://hydra.corp.example/"
	return shape{
		name:   "ORY Hydra",
		header: jwt,
		claims: oidctest.Claims{
			"iss": url, "aud": []string{audience}, "client_id": "c7f2d0a4-8d3e-4f1b-9f00-7f5c4e1d2a3b", "ext": oidctest.Claims{"role": "clerk"},
			"jti": "9f6a8d52-0f47-4b3c-8c9b-4b5d3c2e1f0a", "scp": []string{"openid", "orders.read"}, "sub": "2f4b6d8a-alice",
		},
		issuer: oidcauth.Issuer{
			URL: url, Audience: []string{audience}, ClientIDs: []string{"c7f2d0a4-8d3e-4f1b-9f00-7f5c4e1d2a3b"},
			Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Pointer("/ext/role"), "clerk")}},
		},
		user: claims.Name("sub"),
		mistakes: []mistake{
			{name: "no audience asked for", claims: oidctest.Claims{"aud": []string{}}, want: reason.WrongAudience},
			{name: "issuer without its slash", config: issuerURL(url[:len(url)-1]), want: reason.UnknownIssuer},
			{name: "role at the top level", config: func(iss *oidcauth.Issuer) {
				iss.Claims.Checks = []claims.Check{claims.Equals(claims.Name("role"), "clerk")}
			}, want: reason.CheckClaimMissing},
		},
	}
}

// fositeShape is a token of a server that uses the library with its defaults. It has scp and scope, and the claims of the
// session at the top level.
func fositeShape() shape {
	s := hydraShape()
	s.name = "ORY fosite"
	s.header = map[string]any{"typ": "JWT", "kid": nil}
	s.claims = merged(s.claims, oidctest.Claims{"ext": nil, "role": "clerk", "scope": "openid orders.read", "client_id": nil})
	s.issuer.ClientIDs = nil
	s.issuer.Claims.Checks = []claims.Check{claims.Equals(claims.Name("role"), "clerk")}
	s.mistakes = []mistake{
		{name: "client demanded, none named", config: clients("shop"), want: reason.UnauthorizedParty},
		{name: "audience not granted", claims: oidctest.Claims{"aud": nil}, want: reason.WrongAudience},
	}
	return s
}

// forgeRockShape has a nonce in an access token, and its scope is a list.
func forgeRockShape() shape {
	const url = "https://am.corp.example/am/oauth2/realms/" + "root/realms/staff"
	return shape{
		name:   "ForgeRock AM",
		header: map[string]any{"typ": "JWT", "kid": nil},
		claims: oidctest.Claims{
			"sub": "alice", "cts": "OAUTH2_STATELESS_GRANT", "auth_level": 0, "auditTrackingId": "f20f2e9d-1f3b-4b0c-8d4e-5a6b7c8d9e0f-7203",
			"subname": "alice", "iss": url, "tokenName": "access_token", "token_type": "Bearer", "authGrantId": "PvVzXw", "nonce": "123abc",
			"aud": "shop", "grant_type": "authorization_code", "scope": []string{"openid", "orders"}, "auth_time": 1735689600,
			"realm": "/staff", "expires_in": 3600, "jti": "Xm3pQ",
		},
		issuer: oidcauth.Issuer{URL: url, Audience: []string{"shop"}},
		user:   claims.Name("subname"),
		mistakes: []mistake{
			{name: "issuer of the root realm", config: issuerURL("https://am.corp.example/am/oauth2"), want: reason.UnknownIssuer},
			{name: "API's audience configured", config: audiences(audience), want: reason.WrongAudience},
			{
				name:   "ID token",
				claims: oidctest.Claims{"tokenName": "id_token", "token_type": nil, "scope": nil, "at_hash": "x", "azp": "shop", "tokenType": "JWTToken"},
				want:   reason.IDTokenAsAccessToken,
			},
		},
	}
}

// dexShape is an access token that looks like an ID token, so the configuration must accept ID tokens.
func dexShape() shape {
	const url = "https://dex.corp.example/dex"
	return shape{
		name:   "Dex",
		header: noType,
		claims: oidctest.Claims{
			"iss": url, "sub": "CgVhbGljZRIEbGRhcA", "aud": "shop", "nonce": "n", "at_hash": "kP7x", "email": "alice@corp.example",
			"email_verified": true, "groups": []string{"clerks"}, "name": "Alice",
		},
		issuer: oidcauth.Issuer{URL: url, Audience: []string{"shop"}, InsecureIDTokenAsAccessToken: true},
		user:   claims.Name("sub"),
		mistakes: []mistake{
			{name: "not allowed as such", config: func(iss *oidcauth.Issuer) { iss.InsecureIDTokenAsAccessToken = false }, want: reason.IDTokenAsAccessToken},
			{name: "API's audience configured", config: audiences(audience), want: reason.WrongAudience},
		},
	}
}
