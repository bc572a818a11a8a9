package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func auth0Blunders() []blunder {
	const api = "https://orders.corp.example"
	is := func(changes ...func(*scene)) scene { return like(auth0Shape(), changes...) }
	return []blunder{
		{"the issuer without its slash", is(withIssuer(issuerURL(auth0Tenant[:len(auth0Tenant)-1]))), "issuer_trailing_slash", []string{auth0Tenant, "Issuer.URL"}, nil},
		{"no API requested", is(withClaims(oidctest.Claims{"aud": auth0Tenant + "userinfo"})), "audience_is_userinfo", []string{"userinfo", api, "audience"}, nil},
		{"opaque, as no API was requested", is(sendingText("kP3vXq9ZJ8mB7dWc")), "auth0_without_audience", []string{"opaque", "audience"}, nil},
		{"encrypted, as no API was requested", is(sendingText("eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn")), "auth0_without_audience", []string{"audience"}, nil},
		{
			"the ID token", is(withClaims(oidctest.Claims{"aud": auth0Client, "azp": nil, "scope": nil, "permissions": nil, "nonce": "n", "sid": "s"})),
			"auth0_id_token",
			[]string{auth0Client, api, "audience", "access_token"},
			nil,
		},
		{"the audience with a slash", is(withIssuer(audiences(api + "/"))), "audience_trailing_slash", []string{api, api + "/"}, nil},
		{
			"the claim without its namespace", is(withChecks(claims.Equals(claims.Name("roles"), "clerk"))), "claim_namespaced",
			[]string{api + "/roles"},
			withClaims(oidctest.Claims{api + "/roles": nil, api + "/role": "clerk"}),
		},
		{
			"the claim as a pointer", is(withChecks(claims.Equals(claims.Pointer("/"+api+"/roles"), "clerk"))), "claim_not_pointer", []string{"claims.Name"}, nil,
		},
		{"email, which access tokens lack", is(withIssuer(search("email"))), "auth0_claim_missing", []string{"email", "Action"}, withClaims(oidctest.Claims{"email": "alice@corp.example"})},
		{
			"a permission instead of a scope", is(withClaims(oidctest.Claims{"scope": "openid", "permissions": []string{"orders:write"}}), withScopes("orders:write")),
			"scope_elsewhere",
			[]string{"permissions", "orders:write", "Issuer.Claims.Roles.Paths"},
			nil,
		},
		{
			"client credentials where a user is expected", is(withClaims(oidctest.Claims{"sub": auth0Client + "@clients", "gty": "client-credentials"}), withIssuer(search("email"))),
			"app_only_token",
			[]string{auth0Client},
			nil,
		},
		{"an API with HS256", is(signedBySecret("HS256")), "symmetric_algorithm", []string{"HS256", "RS256"}, nil},
		{"another tenant", is(withClaims(oidctest.Claims{"iss": "https://other.eu.auth0.com/"})), "other_tenant", []string{"other.eu.auth0.com", auth0Tenant}, nil},
	}
}

func cognitoBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(cognitoShape(), changes...) }
	return []blunder{
		{
			"an audience is configured", is(withIssuer(func(iss *oidcauth.Issuer) { iss.ClientIDInsteadOfAudience = false })),
			"cognito_without_audience",
			[]string{cognitoClient, "Issuer.ClientIDInsteadOfAudience", "Issuer.ClientIDs"},
			nil,
		},
		{
			"the ID token", is(withClaims(oidctest.Claims{"token_use": "id", "aud": cognitoClient, "client_id": nil, "scope": nil, "cognito:username": "alice", "at_hash": "x"})),
			"cognito_id_token",
			[]string{cognitoClient, "Issuer.ClientIDInsteadOfAudience"},
			nil,
		},
		{"email, which access tokens lack", is(withIssuer(search("email"))), "cognito_user_claim", []string{"email", "Issuer.Claims.UserInfo"}, nil},
		{"another app client", is(withClaims(oidctest.Claims{"client_id": "2other"})), "unauthorized_party", []string{"2other", cognitoClient, "Issuer.ClientIDs"}, nil},
		{
			"another user pool", is(withClaims(oidctest.Claims{"iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other"})),
			"other_tenant",
			[]string{"eu-central-1_Other", cognitoPool},
			nil,
		},
		{"groups without the prefix", is(withChecks(claims.Equals(claims.Name("groups"), "clerks"))), "claim_namespaced", []string{"cognito:groups"}, nil},
		{
			"the scope without the resource server", is(withClaims(oidctest.Claims{"scope": "https://orders.corp.example/orders.read"}), withScopes("orders.read")),
			"scope_prefix",
			[]string{"https://orders.corp.example/orders.read"},
			nil,
		},
		{"the refresh token", is(sendingText(encryptedToken)), "cognito_refresh_token", []string{"access token"}, nil},
		{
			"client credentials where a user is expected", is(withClaims(oidctest.Claims{"sub": cognitoClient, "username": nil})), "app_only_token", []string{cognitoClient}, nil,
		},
		{
			"signed in by the API of Cognito, which grants one scope", is(withClaims(oidctest.Claims{"scope": "aws.cognito.signin.user.admin"}), withScopes("orders/read")),
			"insufficient_scope",
			[]string{"request the scope"},
			nil,
		},
		{
			"the login domain as issuer", is(withIssuer(issuerURL("https://corp.auth.eu-central-1.amazoncognito.com"))), "cognito_hosted_domain",
			[]string{"corp.auth.eu-central-1.amazoncognito.com", "https://cognito-idp.", "Issuer.URL"},
			withIssuer(issuerURL("https://amazoncognito.corp.example")),
		},
		{"an hour old", is(withClaims(oidctest.Claims{"exp": 1735689600})), "expired", []string{"days ago", "refresh"}, nil},
	}
}

func googleBlunders() []blunder {
	const robot = "shop@corp.iam.gserviceaccount.com"
	is := func(changes ...func(*scene)) scene { return like(googleShape(), changes...) }
	return []blunder{
		{"the access token", is(sendingText("ya29.a0AfH6SMBx-Ek3vZ_1qT")), "google_opaque", []string{"ID token", "aud"}, nil},
		{
			"a person's ID token", is(withClaims(oidctest.Claims{"aud": googleClient, "azp": googleClient, "at_hash": "HK6E", "hd": "corp.example"})),
			"google_id_token",
			[]string{googleClient, "Issuer.InsecureIDTokenAsAccessToken"},
			nil,
		},
		{"a token for another service", is(withClaims(oidctest.Claims{"aud": "https://other.corp.example"})), "wrong_audience", []string{"https://other.corp.example", "https://orders.corp.example"}, nil},
		{"the issuer without https", is(withClaims(oidctest.Claims{"iss": "accounts.google.com"})), "issuer_scheme_or_case", []string{"Issuer.URL"}, nil},
		{"the refresh token", is(sendingText("1//0gabcDEF-_")), "refresh_token_sent", []string{"access_token"}, nil},
		{"the authorization code", is(sendingText("4/0AX4XfWhq")), "authorization_code_sent", []string{"token endpoint"}, nil},
		{"another service account", is(withClaims(oidctest.Claims{"email": "other@corp.iam.gserviceaccount.com"})), "check_failed", []string{"Issuer.Claims.Checks"}, nil},
		{"an audience with a slash", is(withClaims(oidctest.Claims{"aud": "https://orders.corp.example/"})), "audience_trailing_slash", []string{"https://orders.corp.example/"}, nil},
		{
			"a token that the account signed itself", is(withClaims(oidctest.Claims{"iss": robot, "sub": robot})), "google_self_signed",
			[]string{robot, googleIssuer},
			withClaims(oidctest.Claims{"iss": "shop@corp.gserviceaccount.example"}),
		},
		{"a token of Firebase", is(withClaims(oidctest.Claims{"iss": "https://securetoken.google.com/orders"})), "unknown_issuer", []string{"https://securetoken.google.com/orders", googleIssuer}, nil},
		{
			"a token without e-mail address", is(withClaims(oidctest.Claims{"email": nil, "email_verified": nil})), "google_claim_missing",
			[]string{"email", "format=full"},
			withClaims(oidctest.Claims{"iss": googleIssuer, "email": robot, "email_verified": true}),
		},
		{
			"behind Identity-Aware Proxy", is(func(s *scene) { s.headers = [][2]string{{"X-Goog-Iap-Jwt-Assertion", "TOKEN"}} }), "token_in_proxy_header",
			[]string{"X-Goog-Iap-Jwt-Assertion", "Config.Credentials.Header"},
			nil,
		},
	}
}

func oktaBlunders() []blunder {
	is := func(changes ...func(*scene)) scene { return like(oktaCustomShape(), changes...) }
	return []blunder{
		{"a token of the org server", is(withClaims(oidctest.Claims{"iss": oktaOrg, "aud": oktaOrg})), "okta_org_server", []string{oktaOrg, oktaCustom, "/oauth2/"}, nil},
		{
			"the ID token", is(withClaims(oidctest.Claims{"aud": oktaClient, "cid": nil, "uid": nil, "scp": nil, "jti": "ID.ZEd2", "amr": []string{"pwd"}, "at_hash": "preyJq"})),
			"okta_id_token",
			[]string{oktaClient, "api://default", "access_token"},
			nil,
		},
		{"the API's own name as audience", is(withIssuer(audiences("api://orders"))), "okta_audience", []string{"api://default", "api://orders", "Issuer.Audience"}, nil},
		{"the client id as audience", is(withIssuer(audiences(oktaClient))), "client_configured_as_audience", []string{oktaClient, "api://default", "Issuer.ClientIDs"}, nil},
		{"email, which access tokens lack", is(withIssuer(search("email"))), "okta_user_claim", []string{"email", "Issuer.Claims.User"}, nil},
		{
			"the org as issuer", is(withIssuer(issuerURL(oktaOrg))), "okta_org_configured",
			[]string{oktaOrg, "Issuer.URL", "/oauth2/"},
			withIssuer(issuerURL("https://other.okta.com")),
		},
		{"another org", is(withClaims(oidctest.Claims{"iss": "https://other.okta.com/oauth2/default"})), "other_tenant", []string{"other.okta.com", oktaCustom}, nil},
		{
			"groups that are not added", is(withClaims(oidctest.Claims{"groups": nil}), withChecks(claims.Equals(claims.Name("groups"), "clerks"))), "okta_claim_missing",
			[]string{"groups", "authorization server"},
			withClaims(oidctest.Claims{"groups": []string{"Everyone"}}),
		},
		{"a scope that was not granted", is(withScopes("orders.write")), "insufficient_scope", []string{"grant"}, nil},
		{
			"client credentials where a user is expected", is(withClaims(oidctest.Claims{"sub": oktaClient, "uid": nil})), "app_only_token", []string{oktaClient}, nil,
		},
		{"another authorization server", is(withClaims(oidctest.Claims{"iss": oktaOrg + "/oauth2/aus9"})), "issuer_other_path", []string{"aus9", oktaCustom}, nil},
		{
			"the org server, whose keys are not published", like(oktaOrgShape(), withHeader(map[string]any{"kid": "Zk4cYyQ"})), "okta_org_server", []string{oktaOrg, "/oauth2/"}, nil,
		},
	}
}
