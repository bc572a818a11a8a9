package oidcauth_test

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	tenantID = "8a7f4d1e-22c6-4f0b-9d51-6b7f6f3d2c10"
	apiID    = "5c1b5f3a-9a0e-4f5c-8b26-0d2c7f1e9a44" // the registration of the API
	appID    = "e2d47b90-3c1f-4e6a-a7d8-51c0b9f2e663" // the registration of the client
	graphID  = "00000003-0000-0000-c000-000000000000" // Microsoft Graph, in every tenant
	entraV1  = "https://sts.windows.net/" + tenantID + "/"
	entraV2  = "https://login.microsoftonline.com/" + tenantID + "/v2.0"
	// entraV2Template is the issuer of many tenants.
	entraV2Template = "https://login.microsoftonline.com/{tenantid}/v2.0"
	adfsTrust       = "http://adfs.corp.example/adfs/services/trust"
	upnURI          = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"
)

func ofTenant() []claims.Check { return []claims.Check{claims.Equals(claims.Name("tid"), tenantID)} }

func microsoftShapes() []shape {
	return []shape{entraV1Shape(), entraV2Shape(), entraAppShape(), adfsShape(), adfsClaimURIShape()}
}

// entraV1Shape is the token of an API without requestedAccessTokenVersion. Its kid equals its x5t.
func entraV1Shape() shape {
	return shape{
		name:   "Entra ID v1",
		header: map[string]any{"typ": "JWT", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg"},
		claims: oidctest.Claims{
			"aud": "api://" + apiID, "iss": entraV1, "acr": "1", "aio": "AXQAi/8TAAAA", "amr": []string{"pwd", "mfa"},
			"appid": appID, "appidacr": "1", "family_name": "Liddell", "given_name": "Alice", "ipaddr": "203.0.113.7",
			"name": "Alice Liddell", "oid": "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01", "rh": "0.AAAA.", "scp": "orders.read orders.write",
			"sub": "l3roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA", "tid": tenantID, "unique_name": "alice@corp.example",
			"upn": "alice@corp.example", "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "1.0",
		},
		issuer: oidcauth.Issuer{
			URL: entraV1, Audience: []string{"api://" + apiID}, ClientIDs: []string{appID},
			Claims: oidcauth.ClaimRules{Checks: ofTenant(), Tenant: claims.Name("tid"), Name: claims.Name("upn")},
		},
		user: claims.Name("oid"),
		mistakes: []mistake{
			{name: "v2 issuer configured", config: issuerURL(entraV2), want: reason.UnknownIssuer},
			{name: "issuer without its slash", config: issuerURL(entraV1[:len(entraV1)-1]), want: reason.UnknownIssuer},
			{name: "token for Graph", claims: oidctest.Claims{"aud": graphID}, want: reason.WrongAudience},
			{name: "only the GUID configured", config: audiences(apiID), want: reason.WrongAudience},
		},
	}
}

func entraV2Shape() shape {
	return shape{
		name:   "Entra ID v2",
		header: jwt,
		claims: oidctest.Claims{
			"aud": apiID, "iss": entraV2, "aio": "AXQAi/8TAAAA", "azp": appID, "azpacr": "0", "name": "Alice Liddell",
			"oid": "6d2f0b7c-11aa-4b8e-8e0a-5f2f3b9a7c01", "preferred_username": "alice@corp.example", "rh": "0.AAAA.",
			"scp": "orders.read", "sid": "00aa00aa-0000-0000-0000-000000000000", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
			"tid": tenantID, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
		},
		issuer: oidcauth.Issuer{
			URL: entraV2, Audience: []string{apiID}, ClientIDs: []string{appID},
			Claims: oidcauth.ClaimRules{Checks: ofTenant(), Tenant: claims.Name("tid"), Name: claims.Name("preferred_username")},
		},
		user: claims.Name("oid"),
		mistakes: []mistake{
			{name: "token for Graph", claims: oidctest.Claims{"aud": graphID}, want: reason.WrongAudience},
			{name: "only api:// configured", config: audiences("api://" + apiID), want: reason.WrongAudience},
			{name: "common configured", config: issuerURL("https://login.microsoftonline.com/common/v2.0"), want: reason.UnknownIssuer},
			{name: "ID token", claims: oidctest.Claims{"aud": appID, "azp": nil, "scp": nil, "nonce": "678910"}, want: reason.IDTokenAsAccessToken},
			{name: "v1 user claim", config: search("upn"), want: reason.ClaimMissing},
		},
	}
}

// entraAppShape is the token of a daemon. It has roles instead of scp, and the object id of the service principal.
func entraAppShape() shape {
	const principal = "b7c0f0aa-5f3a-4d2c-9a44-2f1f5f0c7e9d"
	return shape{
		name:   "Entra ID v2, application",
		header: map[string]any{"typ": "JWT", "x5t": "nOo3ZDrODXEK1jKWhXslHR_KXEg"},
		claims: oidctest.Claims{
			"aud": apiID, "iss": entraV2, "azp": appID, "azpacr": "1", "idtyp": "app", "oid": principal, "rh": "0.AAAA.",
			"roles": []string{"Orders.Read.All"}, "sub": principal, "tid": tenantID, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
		},
		issuer: oidcauth.Issuer{
			URL: entraV2, Audience: []string{apiID},
			Claims: oidcauth.ClaimRules{Checks: append(ofTenant(), claims.Equals(claims.Name("roles"), "Orders.Read.All"))},
		},
		user: claims.Name("oid"),
		mistakes: []mistake{
			{name: "role not assigned", claims: oidctest.Claims{"roles": nil}, want: reason.CheckClaimMissing},
			{name: "user claim of people", config: search("preferred_username"), want: reason.ClaimMissing},
		},
	}
}

// adfsShape is a token of AD FS 2016 or later. Its access tokens have another issuer than its ID tokens and its discovery
// document.
func adfsShape() shape {
	return shape{
		name:   "ADFS",
		header: map[string]any{"typ": "JWT", "x5t": "xJ3mQ2b8cZc0w2uY5vQ0g1JQ0zM"},
		claims: oidctest.Claims{
			"aud": "microsoft:identityserver:" + apiID, "iss": adfsTrust, "apptype": "Public", "appid": appID,
			"authmethod": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
			"auth_time":  "2026-11-21T08:15:30.123Z", "ver": "1.0", "scp": "openid user_impersonation", "upn": "alice@corp.example",
		},
		issuer: oidcauth.Issuer{
			URL: adfsTrust, Audience: []string{"microsoft:identityserver:" + apiID}, ClientIDs: []string{appID},
		},
		user: claims.Name("upn"),
		mistakes: []mistake{
			{name: "https issuer", config: issuerURL("https" + adfsTrust[4:]), want: reason.UnknownIssuer},
			{name: "discovery's issuer", config: issuerURL("https://adfs.corp.example/adfs"), want: reason.UnknownIssuer},
			{name: "bare identifier configured", config: audiences(apiID), want: reason.WrongAudience},
			{name: "token for UserInfo", claims: oidctest.Claims{"aud": "urn:microsoft:userinfo"}, want: reason.WrongAudience},
			{name: "sub is not issued", config: search("sub"), want: reason.ClaimMissing},
		},
	}
}

// adfsClaimURIShape is a token for a relying party whose rules issue claims under their full names.
func adfsClaimURIShape() shape {
	s := adfsShape()
	s.name = "ADFS with claim URIs"
	s.header = map[string]any{"typ": "JWT", "kid": nil, "x5t": "xJ3mQ2b8cZc0w2uY5vQ0g1JQ0zM"} // as of AD FS 3.0
	s.claims = merged(s.claims, oidctest.Claims{"aud": "https://orders.corp.example/", "upn": nil, "scp": nil, upnURI: "alice@corp.example"})
	s.issuer.Audience = []string{"https://orders.corp.example/"}
	s.user = claims.Name(upnURI)
	s.mistakes = []mistake{
		{name: "short name", config: search("upn"), want: reason.ClaimMissing},
		{name: "claim URI as a pointer", config: func(iss *oidcauth.Issuer) { iss.Claims.User = claims.Pointer("/" + upnURI) }, want: reason.ClaimMissing},
		{name: "audience without its slash", config: audiences("https://orders.corp.example"), want: reason.WrongAudience},
	}
	return s
}
