package drill_test

import "github.com/knownbearer/knownbearer/oidcauth/oidctest"

const (
	tenantID    = "8a7f4d1e-22c6-4f0b-9d51-6b7f6f3d2c10"
	otherTenant = "3c9b1a77-5e0d-4a5f-8c1b-90f6f2f7a6b4"
	apiID       = "5c1b5f3a-9a0e-4f5c-8b26-0d2c7f1e9a44"
	spaID       = "e2d47b90-3c1f-4e6a-a7d8-51c0b9f2e663"
	objectID    = "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01"
	graphID     = "00000003-0000-0000-c000-000000000000"
	entraV1     = "https://sts.windows.net/" + tenantID + "/"
	entraV2     = "https://login.microsoftonline.com/" + tenantID + "/v2.0"
	adfsTrust   = "http://adfs.corp.example/adfs/services/trust"
)

var (
	typJWT = map[string]any{"typ": "JWT"}

	entraV1Claims = oidctest.Claims{
		"aud": "api://" + apiID, "iss": entraV1, "acr": "1", "aio": "AXQAi/8TAAAA", "amr": []string{"pwd", "mfa"}, "appid": spaID, "appidacr": "0",
		"family_name": "Liddell", "given_name": "Alice", "ipaddr": "203.0.113.7", "name": "Alice Liddell", "oid": objectID, "rh": "0.AAAA.",
		"scp": "orders.read", "sub": "l3roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": tenantID, "unique_name": "alice.liddell@corp.example",
		"upn": "alice.liddell@corp.example", "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "1.0",
	}
	entraV2Claims = oidctest.Claims{
		"aud": apiID, "iss": entraV2, "aio": "AXQAi/8TAAAA", "azp": spaID, "azpacr": "0", "name": "Alice Liddell", "oid": objectID,
		"preferred_username": "alice.liddell@corp.example", "rh": "0.AAAA.", "scp": "orders.read", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
		"tid": tenantID, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
	}
	entraAppClaims = oidctest.Claims{
		"aud": apiID, "iss": entraV2, "azp": spaID, "azpacr": "1", "idtyp": "app", "oid": "b7c0f0aa-5f3a-4d2c-9a44-2f1f5f0c7e9d", "rh": "0.AAAA.",
		"roles": []string{"Orders.Read.All"}, "sub": "b7c0f0aa-5f3a-4d2c-9a44-2f1f5f0c7e9d", "tid": tenantID, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
	}
	adfsClaims = oidctest.Claims{
		"aud": "microsoft:identityserver:" + apiID, "iss": adfsTrust, "apptype": "Public", "appid": spaID,
		"authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport", "auth_time": "2026-11-21T08:15:30.123Z",
		"ver": "1.0", "scp": "openid user_impersonation", "upn": "alice@corp.example",
	}
	entraService = service{issuer: entraV2, audience: []string{apiID}}
)

func microsoftDrills() []drill {
	return []drill{
		{
			name:    "entra-graph-token",
			story:   "The developer of the web client requested the scope User.Read, so the client got a token for Microsoft Graph and sent it to this API.",
			service: entraService,
			token: token{
				header: map[string]any{"typ": "JWT", "nonce": "k3bF0mQ", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg"},
				claims: merged(entraV1Claims, oidctest.Claims{"aud": graphID, "scp": "User.Read openid profile email", "app_displayname": "Shop"}),
			},
			want: [][]string{words("Graph")},
		},
		{
			name:    "entra-version-1-token",
			story:   "The administrator registered the API without requestedAccessTokenVersion 2, so Entra ID issues tokens of version 1 to a service that is configured for version 2.",
			service: entraService,
			token:   token{header: typJWT, claims: entraV1Claims},
			want:    [][]string{words("v1", "version 1", "1.0", "sts.windows.net"), words("v2", "version 2", "2.0", "accessTokenVersion", "requestedAccessTokenVersion")},
		},
		{
			name:    "entra-id-token",
			story:   "The developer of the single-page application sent idToken of MSAL instead of accessToken.",
			service: entraService,
			token: token{header: typJWT, claims: merged(entraV2Claims, oidctest.Claims{
				"aud": spaID, "azp": nil, "azpacr": nil, "scp": nil, "nonce": "01932b1c-678910", "sid": "00aa00aa-0000-0000-0000-000000000000",
			})},
			want: [][]string{words("ID token")},
		},
		{
			name:  "entra-other-tenant",
			story: "A user of a customer whose tenant was never admitted signed in to the multi-tenant application.",
			service: service{
				issuer: "https://login.microsoftonline.com/{tenantid}/v2.0", tenants: []string{tenantID}, audience: []string{apiID},
			},
			token: token{header: typJWT, claims: merged(entraV2Claims, oidctest.Claims{
				"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0", "tid": otherTenant,
			})},
			want: [][]string{words("tenant")},
		},
		{
			name:    "entra-common-issuer",
			story:   "The operator copied the authority of the client, which ends with common, as the issuer of the service.",
			service: service{issuer: "https://login.microsoftonline.com/common/v2.0", audience: []string{apiID}},
			token:   token{header: typJWT, claims: entraV2Claims},
			want:    [][]string{words("common"), words("tenant", "{tenantid}")},
		},
		{
			name:    "entra-audience-uri",
			story:   "The operator configured the Application ID URI api://..., but tokens of version 2 contain the bare client id of the API.",
			service: service{issuer: entraV2, audience: []string{"api://" + apiID}},
			token:   token{header: typJWT, claims: entraV2Claims},
			want:    [][]string{words("aud", "audience"), words("api://")},
		},
		{
			name:  "entra-user-in-another-case",
			story: "The user store has the name with capital letters from the HR system, and Entra ID issues it in small letters.",
			service: service{
				issuer: entraV2, audience: []string{apiID}, search: "preferred_username", users: []user{{value: "Alice.Liddell@Corp.Example", id: "7"}},
			},
			token: token{header: typJWT, claims: entraV2Claims},
			want:  [][]string{words("case", "upper", "lower", "capital", "letter", "spelling", "spelt", "spelled")},
		},
		{
			name:    "entra-daemon",
			story:   "A nightly job calls with its own token from the client credentials grant an API that looks up a person by oid.",
			service: service{issuer: entraV2, audience: []string{apiID}, search: "oid", users: []user{{value: objectID, id: "7"}}},
			token:   token{header: typJWT, claims: entraAppClaims},
			want:    [][]string{words("application", "app-only", "machine", "client credentials", "daemon", "service principal", "no person", "not of a person")},
		},
		{
			name:    "entra-scope-with-prefix",
			story:   "The developer of the API requires the scope with its full name, as clients request it. The token contains the short name.",
			service: service{issuer: entraV2, audience: []string{apiID}, scopes: []string{"api://" + apiID + "/orders.read"}},
			token:   token{header: typJWT, claims: entraV2Claims},
			want:    [][]string{words("scope"), words("prefix", "short", "without", "api://", "full name")},
		},
		{
			name:    "adfs-issuer-of-discovery",
			story:   "The operator configured the issuer of the discovery document. AD FS names its federation service identifier in access tokens.",
			service: service{issuer: "https://adfs.corp.example/adfs", audience: []string{"microsoft:identityserver:" + apiID}},
			token:   token{header: typJWT, claims: adfsClaims},
			want:    [][]string{words("AD FS", "ADFS", "Active Directory Federation", "federation service", "access_token_issuer")},
		},
	}
}

func microsoftValid() []valid {
	return []valid{
		{"entra-v1", service{issuer: entraV1, audience: []string{"api://" + apiID}, search: "oid", users: []user{{value: objectID, id: "7"}}}, token{header: map[string]any{"typ": "JWT", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg"}, claims: entraV1Claims}, nil},
		{"entra-v2", service{issuer: entraV2, audience: []string{apiID}, clients: []string{spaID}, scopes: []string{"orders.read"}}, token{header: typJWT, claims: entraV2Claims}, nil},
		{"entra-application", service{issuer: entraV2, audience: []string{apiID}, checks: []string{"roles=Orders.Read.All"}}, token{header: typJWT, claims: entraAppClaims}, nil},
		{
			"entra-many-tenants",
			service{issuer: "https://login.microsoftonline.com/{tenantid}/v2.0", tenants: []string{tenantID, otherTenant}, audience: []string{apiID}},
			token{header: typJWT, claims: merged(entraV2Claims, oidctest.Claims{"iss": "https://login.microsoftonline.com/" + otherTenant + "/v2.0", "tid": otherTenant})},
			nil,
		},
		{"adfs", service{issuer: adfsTrust, audience: []string{"microsoft:identityserver:" + apiID}, search: "upn", users: []user{{value: "alice@corp.example", id: "7"}}}, token{header: typJWT, claims: adfsClaims}, nil},
	}
}
