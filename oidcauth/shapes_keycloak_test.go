package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const realm = "https://sso.corp.example/realms/staff"

func keycloakShapes() []shape {
	return []shape{keycloakShape(), keycloakNoAudienceShape(), keycloakServiceShape()}
}

// keycloakShape has an audience mapper for the API. The default roles add the audience account.
func keycloakShape() shape {
	return shape{
		name:   "Keycloak",
		header: jwt,
		claims: oidctest.Claims{
			"jti": "onrtac:8d1b0f3a-9c0d-4b49-a3e4-2c52d1a3c1d0", "iss": realm, "aud": []string{"orders-api", "account"},
			"sub": "f3c1b6a2-7d6e-4b53-8a39-1f2e3d4c5b6a", "typ": "Bearer", "azp": "web-shop", "sid": "2b1e9c1e-0f5d-4b34-9e14-4f7e3c2d1b0a",
			"acr": "1", "allowed-origins": []string{"https://shop.corp.example"},
			"realm_access": oidctest.Claims{"roles": []string{"offline_access", "uma_authorization", "clerk"}},
			"resource_access": oidctest.Claims{
				"orders-api": oidctest.Claims{"roles": []string{"writer"}}, "account": oidctest.Claims{"roles": []string{"view-profile"}},
			},
			"scope": "openid email profile", "email_verified": true, "name": "Alice Liddell", "preferred_username": "alice",
			"given_name": "Alice", "family_name": "Liddell", "email": "alice@corp.example",
		},
		issuer: oidcauth.Issuer{
			URL: realm, Audience: []string{"orders-api"}, ClientIDs: []string{"web-shop"}, Claims: oidcauth.ClaimRules{
				Name: claims.Name("preferred_username"),
				Checks: []claims.Check{
					claims.Equals(claims.Pointer("/realm_access/roles"), "clerk"),
					claims.Equals(claims.Pointer("/resource_access/orders-api/roles"), "writer"),
				},
			},
		},
		user: claims.Name("sub"),
		mistakes: []mistake{
			{name: "no audience mapper", claims: oidctest.Claims{"aud": "account"}, want: reason.WrongAudience},
			{name: "full scope off: no aud", claims: oidctest.Claims{"aud": nil}, want: reason.WrongAudience},
			{name: "inner host name", claims: oidctest.Claims{"iss": "http://keycloak:8080/realms/staff"}, want: reason.UnknownIssuer},
			{name: "path of old versions", config: issuerURL("https://sso.corp.example/auth/realms/staff"), want: reason.UnknownIssuer},
			{
				name:   "ID token",
				claims: oidctest.Claims{"typ": "ID", "aud": "web-shop", "nonce": "bd3f", "at_hash": "T9mU", "realm_access": nil, "resource_access": nil, "scope": nil},
				want:   reason.IDTokenAsAccessToken,
			},
			{name: "refresh token", claims: oidctest.Claims{"typ": "Refresh", "aud": realm}, want: reason.WrongTokenType},
			{name: "offline token", claims: oidctest.Claims{"typ": "Offline", "aud": realm}, want: reason.WrongTokenType},
			{name: "role not granted", claims: oidctest.Claims{"resource_access": oidctest.Claims{}}, want: reason.CheckClaimMissing},
		},
	}
}

// keycloakNoAudienceShape is a token of a realm without audience mappers and without client roles. Only azp names the client.
// It also has the nonce that versions before 25 put into access tokens.
func keycloakNoAudienceShape() shape {
	s := keycloakShape()
	s.name = "Keycloak without aud"
	s.claims = merged(s.claims, oidctest.Claims{"aud": nil, "resource_access": nil, "nonce": "bd3f", "session_state": "2b1e9c1e"})
	s.issuer = oidcauth.Issuer{URL: realm, ClientIDs: []string{"web-shop"}, ClientIDInsteadOfAudience: true}
	s.user = claims.Name("preferred_username")
	s.mistakes = []mistake{
		{name: "another client of the realm", claims: oidctest.Claims{"azp": "wiki"}, want: reason.UnauthorizedParty},
		{name: "account in aud", claims: oidctest.Claims{"aud": "account"}, want: reason.WrongAudience},
		{name: "lightweight: no azp", claims: oidctest.Claims{"azp": nil}, want: reason.UnauthorizedParty},
	}
	return s
}

// keycloakServiceShape has the header type that a client can switch on, and a service account's claims.
func keycloakServiceShape() shape {
	s := keycloakShape()
	s.name = "Keycloak service account, at+jwt"
	s.header = nil
	s.claims = merged(s.claims, oidctest.Claims{
		"sid": nil, "azp": "billing", "client_id": "billing", "clientHost": "10.0.0.7", "clientAddress": "10.0.0.7",
		"preferred_username": "service-account-billing", "email": nil, "name": nil, "given_name": nil, "family_name": nil,
	})
	s.issuer.ClientIDs = []string{"billing"}
	s.user = claims.Name("preferred_username")
	s.mistakes = []mistake{
		{name: "only the shop's client allowed", config: clients("web-shop"), want: reason.UnauthorizedParty},
		{name: "email is not a machine's", config: search("email"), want: reason.ClaimMissing},
	}
	return s
}
