package oidcauth_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	cognitoPool   = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3"
	cognitoClient = "1example23456789"
	auth0Tenant   = "https://corp.eu.auth0.com/"
	auth0Client   = "my9ClientIdOfTwentyFourPl"
	googleIssuer  = "https://accounts.google.com"
	googleClient  = "407408718192.apps.googleusercontent.com"
)

func cloudShapes() []shape {
	return []shape{cognitoShape(), auth0Shape(), auth0MachineShape(), googleShape()}
}

func cognitoShape() shape {
	return shape{
		name:   "Amazon Cognito",
		header: noType,
		claims: oidctest.Claims{
			"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": []string{"clerks"}, "iss": cognitoPool, "version": 2,
			"client_id": cognitoClient, "origin_jti": "dddddddd-0000", "event_id": "bbbbbbbb-1111", "token_use": "access",
			"scope": "openid profile email", "auth_time": 1735689600, "jti": "cccccccc-2222", "username": "alice",
		},
		issuer: oidcauth.Issuer{
			URL: cognitoPool, ClientIDs: []string{cognitoClient}, ClientIDInsteadOfAudience: true,
			Claims: oidcauth.ClaimRules{
				Checks: []claims.Check{claims.Equals(claims.Name("token_use"), "access"), claims.Equals(claims.Name("cognito:groups"), "clerks")},
			},
		},
		user: claims.Name("username"),
		mistakes: []mistake{
			{
				name: "audience configured",
				config: func(iss *oidcauth.Issuer) {
					iss.Audience, iss.ClientIDInsteadOfAudience = []string{cognitoClient}, false
				},
				want: reason.WrongAudience,
			},
			{
				name: "ID token",
				claims: oidctest.Claims{
					"token_use": "id", "aud": cognitoClient, "client_id": nil, "scope": nil, "username": nil, "at_hash": "x",
					"cognito:username": "alice", "email": "alice@corp.example",
				},
				want: reason.IDTokenAsAccessToken,
			},
			{name: "email is not in the access token", config: search("email"), want: reason.ClaimMissing},
			{name: "another app of the pool", claims: oidctest.Claims{"client_id": "2other"}, want: reason.UnauthorizedParty},
		},
	}
}

func auth0Shape() shape {
	const api = "https://orders.corp.example"
	return shape{
		name:   "Auth0",
		header: jwt,
		claims: oidctest.Claims{
			"iss": auth0Tenant, "sub": "auth0|65f0c0ffee0123456789abcd", "aud": []string{api, auth0Tenant + "userinfo"},
			"azp": auth0Client, "scope": "openid profile orders:read", "permissions": []string{"orders:read"}, api + "/roles": []string{"clerk"},
		},
		issuer: oidcauth.Issuer{
			URL: auth0Tenant, Audience: []string{api}, ClientIDs: []string{auth0Client},
			Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name(api+"/roles"), "clerk")}},
		},
		user: claims.Name("sub"),
		mistakes: []mistake{
			{name: "issuer without its slash", config: issuerURL(auth0Tenant[:len(auth0Tenant)-1]), want: reason.UnknownIssuer},
			{name: "no API asked for", claims: oidctest.Claims{"aud": auth0Tenant + "userinfo"}, want: reason.WrongAudience},
			{name: "audience with a slash", config: audiences(api + "/"), want: reason.WrongAudience},
			{name: "email is not in the access token", config: search("email"), want: reason.ClaimMissing},
			{name: "ID token", claims: oidctest.Claims{"aud": auth0Client, "azp": nil, "scope": nil, "nonce": "n", "sid": "s"}, want: reason.IDTokenAsAccessToken},
		},
	}
}

func auth0MachineShape() shape {
	s := auth0Shape()
	s.name = "Auth0 client credentials, RFC 9068 profile"
	s.header = nil
	s.claims = merged(s.claims, oidctest.Claims{
		"aud": "https://orders.corp.example", "sub": auth0Client + "@clients", "azp": nil, "client_id": auth0Client,
		"gty": "client-credentials", "scope": "orders:read", "jti": "W9Zcp5mZ",
	})
	s.mistakes = []mistake{
		{name: "another machine", claims: oidctest.Claims{"client_id": "evil", "sub": "evil@clients"}, want: reason.UnauthorizedParty},
		{name: "namespaced claim read as a pointer", config: func(iss *oidcauth.Issuer) {
			iss.Claims.Checks = []claims.Check{claims.Equals(claims.Pointer("/https://orders.corp.example/roles"), "clerk")}
		}, want: reason.CheckClaimMissing},
	}
	return s
}

// googleShape is the ID token that Google issues to a service account for a call of another service. Its audience is the URL of
// the API, and it has neither nonce nor at_hash. Google's access tokens are opaque.
func googleShape() shape {
	const robot = "shop@corp.iam.gserviceaccount.com"
	return shape{
		name:   "Google service account",
		header: jwt,
		claims: oidctest.Claims{
			"iss": googleIssuer, "aud": "https://orders.corp.example", "azp": "112233445566778899000", "sub": "112233445566778899000",
			"email": robot, "email_verified": true,
		},
		issuer: oidcauth.Issuer{
			URL: googleIssuer, Audience: []string{"https://orders.corp.example"},
			Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("email"), robot), claims.Equals(claims.Name("email_verified"), true)}},
		},
		user: claims.Name("sub"),
		mistakes: []mistake{
			{name: "token for another service", claims: oidctest.Claims{"aud": "https://other.corp.example"}, want: reason.WrongAudience},
			{name: "issuer without https", claims: oidctest.Claims{"iss": "accounts.google.com"}, want: reason.UnknownIssuer},
			{
				name:   "a person's ID token",
				claims: oidctest.Claims{"aud": googleClient, "azp": googleClient, "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q", "hd": "corp.example"},
				want:   reason.IDTokenAsAccessToken,
			},
			{name: "another robot", claims: oidctest.Claims{"email": "x@corp.iam.gserviceaccount.com"}, want: reason.CheckFailed},
		},
	}
}

// Products issue access tokens that are not JWTs in these forms.
func TestOpaqueAndEncryptedTokensOfProducts(t *testing.T) {
	s := newService(t, nil)
	for name, c := range map[string]struct {
		token string
		want  reason.Reason
	}{
		"Google":                        {"ya29.a0AfH6SMBx-Ek3vZ_1qT", reason.OpaqueToken},
		"Google's refresh token":        {"1//0gabcDEF-_", reason.OpaqueToken},
		"Auth0 without audience":        {"kP3vXq9ZJ8mB7dWc", reason.OpaqueToken},
		"Auth0 encrypted":               {"eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiaXNzIjoiaHR0cHM6Ly9hIn0..aXY.Y2lwaGVy.dGFn", reason.EncryptedToken},
		"ORY Hydra":                     {"ory_at_u3p9.4XqZ-k", reason.OpaqueToken},
		"GitHub":                        {"gho_16C7e42F292c6912E7710c838347Ae178B4a", reason.OpaqueToken},
		"LemonLDAP::NG":                 {"3f6a2c9e8b7d4f1a9c0e5b6d7a8f9e0d", reason.OpaqueToken},
		"Entra ID for personal account": {"EwB4A8l6BAAUbDba3x2OMJElkF7gJ4z/VbCPEz0AAbn=", reason.OpaqueToken},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, s.reason(t, c.token)) })
	}
}
