package drill_test

import (
	"encoding/base64"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const (
	oktaOrg    = "https://dev-314159.okta.com"
	oktaCustom = oktaOrg + "/oauth2/default"
	oktaClient = "0oa2ijd6Kl2Xx9eWd0h7"
	auth0      = "https://corp.eu.auth0.com/"
	auth0API   = "https://orders.corp.example"
	realm      = "https://sso.corp.example/realms/staff"
	cognito    = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab1Cd2Ef3"
	cognitoApp = "1example23456789"
	google     = "https://accounts.google.com"
	zitadel    = "https://corp-x7k2qa.zitadel.cloud"
	openIAM    = "https://iam.corp.example/idp"
)

var (
	noTyp = map[string]any{"typ": nil}

	oktaClaims = oidctest.Claims{
		"ver": 1, "jti": "AT.N5ntKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE", "iss": oktaCustom, "aud": "api://default", "sub": "alice@corp.example",
		"cid": oktaClient, "uid": "00ujmkLgagxeRrAg20g3", "scp": []string{"openid", "orders.read"}, "auth_time": 1735689600,
	}
	auth0Claims = oidctest.Claims{
		"iss": auth0, "sub": "auth0|65f0c0ffee0123456789abcd", "aud": []string{auth0API, auth0 + "userinfo"}, "azp": "my9ClientIdOfTwentyFourPl",
		"scope": "openid profile", "permissions": []string{"orders:read"},
	}
	keycloakClaims = oidctest.Claims{
		"jti": "onrtac:8d1b0f3a-9c0d-4b49-a3e4-2c52d1a3c1d0", "iss": realm, "aud": []string{"orders-api", "account"}, "typ": "Bearer", "azp": "web-shop",
		"sub": "f3c1b6a2-7d6e-4b53-8a39-1f2e3d4c5b6a", "sid": "2b1e9c1e-0f5d-4b34-9e14-4f7e3c2d1b0a", "acr": "1",
		"realm_access":    oidctest.Claims{"roles": []string{"offline_access", "uma_authorization", "orders-admin"}},
		"resource_access": oidctest.Claims{"account": oidctest.Claims{"roles": []string{"view-profile"}}}, "scope": "openid email profile",
		"email_verified": true, "name": "Alice Liddell", "preferred_username": "alice", "email": "alice@corp.example",
	}
	cognitoClaims = oidctest.Claims{
		"sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:groups": []string{"clerks"}, "iss": cognito, "version": 2, "client_id": cognitoApp,
		"origin_jti": "dddddddd-0000", "event_id": "bbbbbbbb-1111", "token_use": "access", "scope": "openid profile email", "auth_time": 1735689600,
		"jti": "cccccccc-2222", "username": "alice",
	}
	openIAMClaims = oidctest.Claims{"iss": openIAM, "sub": "3000", "aud": "orders", "client_id": "web-shop", "scope": "openid profile"}
	keycloak      = service{issuer: realm, audience: []string{"orders-api"}}
)

func productDrills() []drill {
	return []drill{
		{
			name:    "okta-org-token",
			story:   "The developer of the client used the org authorization server of Okta, whose tokens are for Okta's own APIs. The service trusts the custom server default.",
			service: service{issuer: oktaCustom, audience: []string{"api://default"}},
			token:   token{header: noTyp, claims: merged(oktaClaims, oidctest.Claims{"iss": oktaOrg, "aud": oktaOrg, "scp": []string{"openid", "profile"}})},
			want:    [][]string{words("org authorization server", "org server", "org's", "Okta's own", "for Okta")},
		},
		{
			name:    "okta-issuer-with-slash",
			story:   "The operator configured the issuer with a slash at its end.",
			service: service{issuer: oktaCustom + "/", audience: []string{"api://default"}},
			token:   token{header: noTyp, claims: oktaClaims},
			want:    [][]string{words("slash")},
		},
		{
			name:    "auth0-no-audience",
			story:   "The developer of the client did not set the parameter audience, so Auth0 issued an encrypted token for its own UserInfo.",
			service: service{issuer: auth0, audience: []string{auth0API}},
			token:   token{text: encoded(`{"alg":"dir","enc":"A256GCM","iss":"https://corp.eu.auth0.com/"}`) + "..aXZpdml2aXZpdml2.Y2lwaGVydGV4dGNpcGhlcnRleHQ.dGFndGFndGFndGFndGFn"},
			want:    [][]string{words("audience")},
		},
		{
			name:    "auth0-permissions",
			story:   "The administrator granted the permission through RBAC, which Auth0 writes into permissions. The route requires it as a scope.",
			service: service{issuer: auth0, audience: []string{auth0API}, scopes: []string{"orders:read"}},
			token:   token{header: typJWT, claims: auth0Claims},
			// The word was permissions, and the first line says permission, which is the same cause.
			want: [][]string{words("permission")},
		},
		{
			name:    "auth0-development-token",
			story:   "The developer called the production service with a token of the development tenant.",
			service: service{issuer: auth0, audience: []string{auth0API}},
			token: token{header: typJWT, claims: merged(auth0Claims, oidctest.Claims{
				"iss": "https://corp-dev.eu.auth0.com/", "aud": []string{auth0API, "https://corp-dev.eu.auth0.com/userinfo"},
			})},
			want: [][]string{words("environment", "tenant", "stage", "corp-dev")},
		},
		{
			name:    "keycloak-audience-account",
			story:   "The administrator of Keycloak added no audience mapper to the client, so aud is account alone.",
			service: keycloak,
			token:   token{header: typJWT, claims: merged(keycloakClaims, oidctest.Claims{"aud": "account"})},
			want:    [][]string{words("aud", "audience"), words("account", "mapper")},
		},
		{
			name:    "keycloak-refresh-token",
			story:   "The developer of the client stored the wrong member of the token response and sends the refresh token.",
			service: keycloak,
			token: token{hmac: true, header: map[string]any{"typ": "JWT", "kid": "f7a3c1de-6c0b-4f9b-8b1c-2c8f5a9e7d10"}, claims: oidctest.Claims{
				"iss": realm, "aud": realm, "typ": "Refresh", "azp": "web-shop", "sub": "f3c1b6a2-7d6e-4b53-8a39-1f2e3d4c5b6a", "jti": "7d0e", "scope": "openid email profile",
				"sid": "2b1e9c1e-0f5d-4b34-9e14-4f7e3c2d1b0a",
			}},
			want: [][]string{words("refresh token")},
		},
		{
			name:    "keycloak-internal-host",
			story:   "A service in the cluster fetched its token by Keycloak's internal host name, because the administrator did not set the public one.",
			service: keycloak,
			token:   token{header: typJWT, claims: merged(keycloakClaims, oidctest.Claims{"iss": "http://keycloak:8080/realms/staff"})},
			want:    [][]string{words("host", "internal", "another address", "another URL", "KC_HOSTNAME")},
		},
		{
			name:    "keycloak-role-as-scope",
			story:   "The administrator assigned the realm role orders-admin. The developer of the API requires it as a scope.",
			service: service{issuer: realm, audience: []string{"orders-api"}, scopes: []string{"orders-admin"}},
			token:   token{header: typJWT, claims: keycloakClaims},
			want:    [][]string{words("role", "realm_access")},
		},
		{
			name:    "cognito-without-aud",
			story:   "The operator configured the app client id as the audience. Access tokens of Amazon Cognito have no aud.",
			service: service{issuer: cognito, audience: []string{cognitoApp}},
			token:   token{header: noTyp, claims: cognitoClaims},
			want:    [][]string{words("aud", "audience"), words("no aud", "without", "lack", "missing", "absent", "not contain", "has no", "have no", "client_id")},
		},
		{
			name:    "google-access-token",
			story:   "The developer of the client sent Google's access token, which only Google's own APIs can read.",
			service: service{issuer: google, audience: []string{auth0API}},
			token:   token{text: "ya29.a0AfH6SMBx-Ek3vZ_1qTq9ZJ8mB7dWcR4tYp0LsKjHgFdSa2Zx5Cv6Bn7Mm"},
			want:    [][]string{words("opaque", "not a JWT", "no JWT", "Google's access token", "Google access token", "access token of Google")},
		},
		{
			name:  "openiam-wrong-introspection-secret",
			story: "The secret of the service's client was renewed at OpenIAM, and the operator did not change the configuration.",
			service: service{
				issuer: openIAM, audience: []string{"orders"}, introspection: true, secret: "the secret of last year",
			},
			token: token{opaque: true, claims: openIAMClaims},
			want:  [][]string{words("introspection", "introspect"), words("secret", "credential", "client")},
		},
		{
			name:    "openiam-claim-not-in-userinfo",
			story:   "The administrator of OpenIAM did not map employeeNumber into UserInfo. The service finds its users by this claim.",
			service: service{issuer: openIAM, audience: []string{"orders"}, userInfo: true, search: "employeeNumber", users: []user{{value: "4711", id: "7"}}},
			token:   token{header: typJWT, claims: openIAMClaims, userInfo: oidctest.Claims{"name": "Alice Liddell", "email": "alice@corp.example"}},
			want:    [][]string{words("UserInfo"), words("employeeNumber")},
		},
		{
			name:    "zitadel-opaque-token",
			story:   "The application in Zitadel has the access token type Bearer, which is opaque. The service verifies JWTs only.",
			service: service{issuer: zitadel, audience: []string{"301278945612345678"}},
			token:   token{text: "pQ9vX2mK7sLw4TzR8yB1cN6dF3gH5jAeU0oIqWxZkVbMnSaDlPfGrTyEuJhCiO_2-t4w"},
			want:    [][]string{words("opaque", "not a JWT", "no JWT")},
		},
	}
}

func productValid() []valid {
	return []valid{
		{"okta", service{issuer: oktaCustom, audience: []string{"api://default"}, clients: []string{oktaClient}, search: "uid", users: []user{{value: "00ujmkLgagxeRrAg20g3", id: "7"}}, scopes: []string{"orders.read"}}, token{header: noTyp, claims: oktaClaims}, nil},
		{"auth0", service{issuer: auth0, audience: []string{auth0API}, search: "sub", users: []user{{value: "auth0|65f0c0ffee0123456789abcd", id: "7"}}}, token{header: typJWT, claims: auth0Claims}, nil},
		{"keycloak", service{issuer: realm, audience: []string{"orders-api"}, checks: []string{"/realm_access/roles=orders-admin"}, search: "preferred_username", users: []user{{value: "alice", id: "7"}}}, token{header: typJWT, claims: keycloakClaims}, nil},
		{"cognito", service{issuer: cognito, clients: []string{cognitoApp}, clientInsteadOfAudience: true, checks: []string{"cognito:groups=clerks"}}, token{header: noTyp, claims: cognitoClaims}, nil},
		{"google-service-account", service{issuer: google, audience: []string{auth0API}, checks: []string{"email=shop@corp.iam.gserviceaccount.com"}}, token{header: typJWT, claims: oidctest.Claims{
			"iss": google, "aud": auth0API, "azp": "112233445566778899000", "sub": "112233445566778899000", "email": "shop@corp.iam.gserviceaccount.com", "email_verified": true,
		}}, nil},
		{"google-proxy", service{issuer: "https://cloud.google.com/iap", audience: []string{"/projects/123/global/backendServices/456"}, header: "X-Goog-Iap-Jwt-Assertion"}, token{header: typJWT, claims: oidctest.Claims{
			"iss": "https://cloud.google.com/iap", "aud": "/projects/123/global/backendServices/456", "sub": "accounts.google.com:1234567890", "email": "alice@corp.example", "hd": "corp.example",
		}}, []string{"X-Goog-Iap-Jwt-Assertion: TOKEN"}},
		{"openiam-opaque", service{issuer: openIAM, audience: []string{"orders"}, introspection: true, search: "sub", users: []user{{value: "3000", id: "7"}}}, token{opaque: true, claims: openIAMClaims}, nil},
		{"zitadel", service{issuer: zitadel, audience: []string{"301278945612345678"}, checks: []string{"/urn:zitadel:iam:org:project:roles/clerk/3012789=corp.zitadel.cloud"}}, token{header: typJWT, claims: oidctest.Claims{
			"iss": zitadel, "aud": []string{"301278945612300000", "301278945612345678"}, "sub": "298765432109876543", "client_id": "301278945612300000", "jti": "V1_301",
			"urn:zitadel:iam:org:project:roles": oidctest.Claims{"clerk": oidctest.Claims{"3012789": "corp.zitadel.cloud"}},
		}}, nil},
	}
}

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
