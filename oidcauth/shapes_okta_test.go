package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	oktaOrg    = "https://dev-314159.okta.com"
	oktaCustom = oktaOrg + "/oauth2/default"
	oktaClient = "0oa2ijd6Kl2Xx9eWd0h7"
)

// oktaHeader has only kid and alg.
var oktaHeader = noType

func oktaShapes() []shape { return []shape{oktaOrgShape(), oktaCustomShape(), oktaMachineShape()} }

// oktaOrgShape is a token for Okta's own APIs. Okta advises other services not to verify it, and may change it at any time.
func oktaOrgShape() shape {
	return shape{
		name:   "Okta org server",
		header: oktaHeader,
		claims: oidctest.Claims{
			"ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": oktaOrg, "aud": oktaOrg,
			"sub": "alice@corp.example", "cid": oktaClient, "uid": "00ujmkLgagxeRrAg20g3",
			"scp": []string{"openid", "profile"}, "auth_time": 1735689600,
		},
		issuer: oidcauth.Issuer{URL: oktaOrg, Audience: []string{oktaOrg}, ClientIDs: []string{oktaClient}},
		user:   claims.Name("uid"),
		mistakes: []mistake{
			{name: "API's audience configured", config: audiences("api://default"), want: reason.WrongAudience},
			{name: "custom server configured", config: issuerURL(oktaCustom), want: reason.UnknownIssuer},
			{name: "key that is not published", header: map[string]any{"kid": "Zk4cYyQ"}, want: reason.KeyNotFound},
		},
	}
}

func oktaCustomShape() shape {
	return shape{
		name:   "Okta custom authorization server",
		header: oktaHeader,
		claims: oidctest.Claims{
			"ver": 1, "jti": "AT.N5ntKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": oktaCustom, "aud": "api://default",
			"sub": "alice@corp.example", "cid": oktaClient, "uid": "00ujmkLgagxeRrAg20g3",
			"scp": []string{"openid", "orders.read"}, "auth_time": 1735689600, "groups": []string{"Everyone"},
		},
		issuer: oidcauth.Issuer{URL: oktaCustom, Audience: []string{"api://default"}, ClientIDs: []string{oktaClient}},
		user:   claims.Name("uid"),
		mistakes: []mistake{
			{name: "email is not in the access token", config: search("email"), want: reason.ClaimMissing},
			{name: "org URL configured", config: issuerURL(oktaOrg), want: reason.UnknownIssuer},
			{name: "token of the org server", claims: oidctest.Claims{"iss": oktaOrg, "aud": oktaOrg}, want: reason.UnknownIssuer},
			{name: "client id as the audience", config: audiences(oktaClient), want: reason.WrongAudience},
			{
				name: "ID token",
				claims: oidctest.Claims{
					"aud": oktaClient, "cid": nil, "uid": nil, "scp": nil, "jti": "ID.ZEd2", "amr": []string{"pwd"}, "at_hash": "preyJq",
					"idp": "00ok1u7AsAkrwdZL3z0g3",
				},
				want: reason.IDTokenAsAccessToken,
			},
			{name: "DPoP-bound", claims: oidctest.Claims{"cnf": oidctest.Claims{"jkt": "QnQV"}}, want: reason.SenderConstrained},
		},
	}
}

// oktaMachineShape is a token of the client credentials grant. It has no uid, and its sub is the client.
func oktaMachineShape() shape {
	s := oktaCustomShape()
	s.name = "Okta custom authorization server, client credentials"
	s.claims = merged(s.claims, oidctest.Claims{"sub": oktaClient, "uid": nil, "auth_time": nil, "groups": nil, "scp": []string{"orders.read"}})
	s.user = claims.Name("sub")
	s.mistakes = []mistake{
		{name: "where people are expected", config: search("uid"), want: reason.ClaimMissing},
		{name: "another client", claims: oidctest.Claims{"cid": "0oa9evil"}, want: reason.UnauthorizedParty},
	}
	return s
}
