package settings_test

import (
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const wellKnown = "/.well-known/openid-configuration"

// selfHostedProducts are products that run on servers of their users.
func selfHostedProducts() []product {
	const (
		realm     = "https://sso.corp.example/realms/staff"
		openIAM   = "https://openiam.corp.example/idp"
		lemon     = "https://auth.corp.example/"
		glewlwyd  = "https://glewlwyd.corp.example/api/oidc"
		hydra     = "https://hydra.corp.example/"
		dex       = "https://dex.corp.example/dex"
		authentik = "https://authentik.corp.example/application/o/orders/"
		ping      = "https://ping.corp.example"
		opaque    = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	)
	return []product{
		{
			preset: "keycloak", provider: `"parameters": {"url": "https://sso.corp.example", "realm": "staff"}, "audience": ["orders-api"]`, header: jwt, asks: realm + wellKnown,
			claims: oidctest.Claims{
				"iss": realm, "aud": []string{"orders-api", "account"}, "sub": "f3c1b6a2-7d6e", "typ": "Bearer", "azp": "web-shop", "sid": "2b1e9c1e", "acr": "1",
				"realm_access": oidctest.Claims{"roles": []string{"clerk"}}, "scope": "openid email profile", "preferred_username": "alice",
			},
			name: "alice", roles: []string{"clerk"},
			mistakes: []slip{
				{name: "no audience mapper", claims: oidctest.Claims{"aud": "account"}, want: reason.WrongAudience, hint: "keycloak_audience"},
				{name: "the path of old versions", claims: oidctest.Claims{"iss": "https://sso.corp.example/auth/realms/staff"}, want: reason.UnknownIssuer, hint: "keycloak_path"},
			},
		},
		{
			preset: "openiam", provider: `"parameters": {"url": "https://openiam.corp.example"}, "audience": ["orders"], "claims": {"name": "email"}`, header: jwt, asks: openIAM + wellKnown,
			claims: oidctest.Claims{"iss": openIAM, "aud": "orders", "sub": "4711", "scope": "openid email", "client_id": "shop", "jti": "a-1"},
			answer: map[string]any{"sub": "4711", "email": "alice@corp.example"}, name: "alice@corp.example",
			mistakes: []slip{
				{name: "the option Send JWT Token as Access Token", claims: oidctest.Claims{"at_hash": "x", "nonce": "n"}, want: reason.IDTokenAsAccessToken, hint: "openiam_id_token"},
				{name: "the client as audience", claims: oidctest.Claims{"aud": "shop"}, want: reason.WrongAudience, hint: "audience_is_client"},
			},
		},
		{ // no public description of these tokens was found
			preset: "one-identity-rsts", provider: `"parameters": {"url": "https://iam.corp.example/RSTS"}, "audience": ["orders"]`, header: jwt, asks: "https://iam.corp.example/RSTS" + wellKnown,
			claims: oidctest.Claims{"iss": "urn:STS/identity", "aud": "orders", "sub": "alice", "client_id": "shop"},
			mistakes: []slip{
				{name: "the client as audience", claims: oidctest.Claims{"aud": "shop"}, want: reason.WrongAudience, hint: "audience_is_client"},
				{name: "the issuer in another case", claims: oidctest.Claims{"iss": "urn:sts/identity"}, want: reason.UnknownIssuer, hint: "issuer_scheme_or_case"},
			},
		},
		{
			preset: "lemonldap", provider: `"parameters": {"url": "https://auth.corp.example"}, "audience": ["urn:orders"]`, header: map[string]any{"typ": "at+JWT"}, asks: lemon[:len(lemon)-1] + wellKnown,
			claims: oidctest.Claims{"iss": lemon, "aud": []string{"shop", "urn:orders"}, "client_id": "shop", "jti": "3f6a", "scope": "openid", "sid": "s", "sub": "alice"},
			mistakes: []slip{
				{name: "opaque, as the option is off", text: opaque, want: reason.OpaqueToken, hint: "opaque_token"},
				{
					name: "the ID token", header: jwt, claims: oidctest.Claims{"aud": []string{"shop"}, "client_id": nil, "at_hash": "x", "acr": "loa-1", "scope": nil},
					want: reason.IDTokenAsAccessToken, hint: "lemonldap_id_token",
				},
			},
		},
		{
			preset: "glewlwyd", provider: `"parameters": {"url": "https://glewlwyd.corp.example"}, "audience": ["` + orders + `"]`, asks: glewlwyd + wellKnown,
			claims: oidctest.Claims{"iss": glewlwyd, "aud": orders, "client_id": "shop", "sub": "IdFeD5", "jti": "V", "type": "access_token", "scope": "openid email orders"},
			mistakes: []slip{
				{name: "no resource requested", claims: oidctest.Claims{"aud": "openid email orders"}, want: reason.WrongAudience, hint: "audience_is_scopes"},
				{name: "the refresh token", claims: oidctest.Claims{"type": "refresh_token"}, want: reason.WrongTokenType, hint: "refresh_token_sent"},
			},
		},
		{
			preset: "hydra", provider: `"parameters": {"url": "https://hydra.corp.example"}, "audience": ["` + orders + `"]`, header: jwt, asks: hydra[:len(hydra)-1] + wellKnown,
			claims: oidctest.Claims{"iss": hydra, "aud": []string{orders}, "client_id": "c7f2", "ext": oidctest.Claims{}, "scp": []string{"openid"}, "sub": "2f4b"},
			mistakes: []slip{
				{name: "opaque, by the default strategy", text: "ory_at_u3p9.4XqZ-k", want: reason.OpaqueToken, hint: "opaque_token"},
				{name: "no audience requested", claims: oidctest.Claims{"aud": []string{}}, want: reason.WrongAudience, hint: "audience_empty"},
			},
		},
		{
			preset: "dex", provider: `"parameters": {"url": "` + dex + `"}, "audience": ["shop"]`, header: noType, asks: dex + wellKnown,
			claims: oidctest.Claims{"iss": dex, "sub": "CgVhbGljZRIEbGRhcA", "aud": "shop", "nonce": "n", "at_hash": "kP7x", "groups": []string{"clerks"}, "name": "Alice"},
			roles:  []string{"clerks"},
			mistakes: []slip{
				{name: "another client", claims: oidctest.Claims{"aud": "wiki"}, want: reason.WrongAudience, hint: "dex_audience"},
				{name: "the issuer without its path", claims: oidctest.Claims{"iss": "https://dex.corp.example"}, want: reason.UnknownIssuer, hint: "issuer_other_path"},
			},
		},
		{ // as the source of authentik makes it (IDToken.to_access_token), with the scope of version 2025.10
			preset: "authentik", provider: `"parameters": {"url": "https://authentik.corp.example", "application": "orders"}, "audience": ["c1"]`, header: jwt, asks: authentik[:len(authentik)-1] + wellKnown,
			claims: oidctest.Claims{
				"iss": authentik, "sub": "5d41402a", "aud": "c1", "azp": "c1", "uid": "x", "scope": "openid profile", "nonce": "of the login", "acr": "goauthentik.io/providers/oauth2/default", "amr": []string{"pwd"},
				"auth_time": 1735689600, "sid": "9b74c989",
				"preferred_username": "alice", "groups": []string{"clerks"},
			},
			name: "alice", roles: []string{"clerks"},
			mistakes: []slip{
				{name: "the ID token", claims: oidctest.Claims{"scope": nil, "uid": nil, "azp": nil}, want: reason.IDTokenAsAccessToken, hint: "authentik_id_token"},
				{name: "the ID token with a mapped scope", claims: oidctest.Claims{"uid": nil, "azp": nil}, want: reason.ClaimMissing, hint: "authentik_mapped_scope"},
				{name: "no signing key", alg: "HS256", want: reason.AlgorithmRefused, hint: "authentik_signing_key"},
			},
		},
		{
			preset: "pingfederate", provider: `"parameters": {"url": "https://ping.corp.example"}, "audience": ["` + orders + `"]`,
			header: map[string]any{"typ": nil, "pi.atm": "1"}, asks: ping + "/pf/JWKS",
			claims: oidctest.Claims{"iss": ping, "aud": orders, "client_id": "shop", "scope": "orders", "jti": "j", "sub": "alice"},
			mistakes: []slip{
				{name: "a key of the manager", header: map[string]any{"kid": "of-the-manager"}, want: reason.KeyNotFound, hint: "pingfederate_keys"},
				{name: "no Issuer Claim Value", claims: oidctest.Claims{"iss": nil}, want: reason.UnknownIssuer, hint: "issuer_missing"},
			},
		},
	}
}
