package oidcauth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Tokens of other types are genuine and have the right audience: only their type distinguishes them from access tokens.
func TestVerdictTypeOfHeader(t *testing.T) {
	var out []verdict
	for _, typ := range []string{
		"logout+jwt", "application/logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt", "rt+jwt", "refresh+jwt", "id+jwt", "token-introspection+jwt",
		"entity-statement+jwt", "client-authentication+jwt", "oauth-client-attestation+jwt", "kb+jwt", "vc+sd-jwt", "wit+jwt", "txntoken+jwt",
		"authorization-grant+jwt",
		"", "application/", "application/application/jwt", "text/jwt", "application/at", "at", "at+jwt ", " at+jwt", "at+jwt;v=1", "at+jwt, JWT",
		"xat+jwt", "not-at+jwt", "application/application/at+jwt",
		"text/at+jwt", "/at+jwt", "JOSE", "JOSE+JSON", "JWE", "JWT\x00", "JWT\n", "jwt+at", "ＪＷＴ", "at＋jwt", "ID", "Bearer", " ", "none",
	} {
		out = append(out, verdict{name: fmt.Sprintf("%q", typ), header: obj{"typ": typ}, want: reason.WrongTokenType})
	}
	for _, typ := range []string{"1", "true", "{}", `["at+jwt"]`} {
		out = append(out, verdict{name: typ, header: obj{"typ": json.RawMessage(typ)}, want: reason.MalformedToken})
	}
	runVerdicts(t, out)
}

func TestVerdictTypeOfPayload(t *testing.T) {
	null := json.RawMessage("null")
	plain, bound := obj{"typ": "JWT"}, obj{"jkt": "x"}
	both := func(c *oidcauth.Config) { c.Issuers[0].InsecureIDTokenAsAccessToken = true }
	ignoring := func(c *oidcauth.Config) { c.Issuers[0].InsecureIgnoreConfirmation = true }
	logout := obj{"http://schemas.openid.net/event/backchannel-logout": obj{}}
	out := []verdict{
		{name: "logout token as JWT", header: plain, claims: obj{"events": logout, "sid": "s"}, want: reason.WrongTokenType},
		{name: "events null", claims: obj{"events": null}, want: reason.WrongTokenType},
		{name: "events where ID tokens are allowed", header: plain, claims: obj{"events": logout}, config: both, want: reason.WrongTokenType},
		{name: "refresh where ID tokens are allowed", header: plain, claims: obj{"typ": "Refresh"}, config: both, want: reason.WrongTokenType},
		{name: "nonce", header: plain, claims: obj{"nonce": "n"}, want: reason.IDTokenAsAccessToken},
		{name: "nonce null", header: plain, claims: obj{"nonce": null}, want: reason.IDTokenAsAccessToken},
		{name: "nonce in another payload typ", header: plain, claims: obj{"nonce": "n", "typ": "bear"}, want: reason.IDTokenAsAccessToken},
		{name: "nonce and scp", header: plain, claims: obj{"nonce": "n", "scp": []string{"a"}}},
		{name: "nonce and scope null", header: plain, claims: obj{"nonce": "n", "scope": null}, want: reason.IDTokenAsAccessToken},
		{name: "nonce and scp null", header: plain, claims: obj{"nonce": "n", "scp": null}, want: reason.IDTokenAsAccessToken},
		{name: "payload typ a list", header: plain, claims: obj{"typ": []string{"Refresh"}}, want: reason.WrongTokenType},
		{name: "payload typ null", header: plain, claims: obj{"typ": null}, want: reason.WrongTokenType},
		{name: "at_hash beside a scope", header: plain, claims: obj{"at_hash": "x", "scope": "a"}, want: reason.IDTokenAsAccessToken},
		{name: "at_hash null", header: plain, claims: obj{"at_hash": null}, want: reason.IDTokenAsAccessToken},
		{name: "c_hash beside a scope", header: plain, claims: obj{"c_hash": "x", "scope": "a"}, want: reason.IDTokenAsAccessToken},
		{name: "token_use id beside a scope", header: plain, claims: obj{"token_use": "id", "scope": "a"}, want: reason.IDTokenAsAccessToken},
		{name: "token_use access", header: plain, claims: obj{"token_use": "access"}},
		{name: "ID token allowed", header: plain, claims: obj{"nonce": "n", "at_hash": "x", "typ": "ID", "token_use": "id"}, config: both},
		{name: "cnf empty", claims: obj{"cnf": obj{}}, want: reason.SenderConstrained},
		{name: "cnf null", claims: obj{"cnf": null}, want: reason.SenderConstrained},
		{name: "cnf a string", claims: obj{"cnf": ""}, want: reason.SenderConstrained},
		{name: "cnf of TLS", claims: obj{"cnf": obj{"x5t#S256": "x"}}, want: reason.ClientCertificateMissing},
		{name: "cnf with the scheme DPoP", claims: obj{"cnf": bound}, send: header("DPoP %s"), want: reason.NoCredentials},
		{name: "cnf ignored by name", claims: obj{"cnf": bound}, config: ignoring},
	}
	for _, typ := range []string{"Refresh", "REFRESH", "refresh", "Offline", "oFFline", "Logout", "logout"} {
		for _, h := range []string{"at+jwt", "JWT"} {
			out = append(out, verdict{name: "payload typ " + typ + " under " + h, header: obj{"typ": h}, claims: obj{"typ": typ}, want: reason.WrongTokenType})
		}
	}
	for _, typ := range []string{"ID", "id", "Id"} {
		out = append(out, verdict{name: "payload typ " + typ, header: plain, claims: obj{"typ": typ, "scope": "a"}, want: reason.IDTokenAsAccessToken})
	}
	runVerdicts(t, out)
}

// A claim that names the token's type must name an access token, in each claim that products use and under each header.
func TestVerdictTypeNamedByClaims(t *testing.T) {
	both := func(c *oidcauth.Config) { c.Issuers[0].InsecureIDTokenAsAccessToken = true }
	ignoring := func(c *oidcauth.Config) { c.Issuers[0].InsecureIgnoreConfirmation = true }
	var out []verdict
	row := func(header, claim string, value any, config func(*oidcauth.Config), want reason.Reason) {
		name := fmt.Sprintf("%s %v under %s", claim, value, header)
		if raw, ok := value.(json.RawMessage); ok {
			name = fmt.Sprintf("%s %s, no string, under %s", claim, raw, header)
		}
		if config != nil {
			name += fmt.Sprintf(", allowed, %d", len(out))
		}
		v := verdict{name: name, header: obj{"typ": header}, claims: obj{claim: value, "scope": "a"}, config: config, want: want}
		out = append(out, v)
	}
	for _, header := range []string{"at+jwt", "JWT"} {
		for _, claim := range []string{"token_use", "token_type", "tokenType", "typ"} {
			for _, value := range []string{
				"access", "access_token", "access-token", "accessToken", "Access Token", "ACCESS", "Bearer", "bearer", "JWT", "at+jwt",
				"application/at+jwt", "AT", "sliding",
				"urn:ietf:params:oauth:token-type:access_token", "urn:ietf:params:oauth:token-type:jwt",
				"access" + strings.Repeat("-", 94),
			} {
				row(header, claim, value, nil, "")
			}
			for _, value := range []string{
				"refresh", "Refresh", "refresh_token", "refresh-token", "refreshToken", "urn:ietf:params:oauth:token-type:refresh_token", "refresh+jwt",
				"RT", "Offline", "Logout",
				"logout+jwt", "N_A", "", " ", "session", "code", "Registration-Access-Token", "InitialAccessToken",
				"urn:ietf:params:oauth:token-type:saml2", "access refresh", "null",
				strings.Repeat("long", 26), "access" + strings.Repeat("-", 95), strings.Repeat("access", 20), strings.Repeat("refresh_token ", 10),
			} {
				row(header, claim, value, nil, reason.WrongTokenType)
			}
			row(header, claim, "refresh_token", both, reason.WrongTokenType)
			for _, value := range []string{"id", "ID", "id_token", "idToken", "id+jwt", "urn:ietf:params:oauth:token-type:id_token"} {
				row(header, claim, value, nil, reason.IDTokenAsAccessToken)
				row(header, claim, value, both, "")
			}
			for _, value := range []string{"DPoP", "dpop", "PoP", "mtls"} {
				row(header, claim, value, nil, reason.SenderConstrained)
				row(header, claim, value, ignoring, "")
			}
			for _, value := range []string{"null", "0", "true", "{}", `["access"]`, `["Refresh"]`} {
				row(header, claim, json.RawMessage(value), nil, reason.WrongTokenType)
			}
		}
		for _, claim := range []string{"type", "tokenName", "tok_type", "purpose"} { // other products use these names for something else
			for _, value := range []any{"access_token", "AT", "normal-user", "user", "app", "DPoP", "offline", "", json.RawMessage("7"), json.RawMessage("null")} {
				row(header, claim, value, nil, "")
			}
			row(header, claim, "refresh_token", nil, reason.WrongTokenType)
			row(header, claim, "id_token", nil, reason.IDTokenAsAccessToken)
		}
		out = append(out,
			verdict{
				name: "Oracle's refresh token under " + header, header: obj{"typ": header}, claims: obj{"tok_type": "RT", "scope": "a"},
				want: reason.WrongTokenType,
			},
			verdict{
				name: "Oracle's ID token under " + header, header: obj{"typ": header}, claims: obj{"tok_type": "IT", "scope": "a"},
				want: reason.IDTokenAsAccessToken,
			},
			verdict{name: "two that agree under " + header, header: obj{"typ": header}, claims: obj{"token_use": "access", "typ": "Bearer", "scope": "a"}},
			verdict{
				name: "two that do not under " + header, header: obj{"typ": header}, claims: obj{"typ": "Bearer", "token_use": "refresh", "scope": "a"},
				want: reason.WrongTokenType,
			},
			verdict{name: "ID and refresh under " + header, header: obj{"typ": header}, claims: obj{"typ": "ID", "token_type": "Refresh"}, want: reason.WrongTokenType},
			verdict{
				name: "a lone nonce of a refresh token under " + header, header: obj{"typ": header}, claims: obj{"typ": "Refresh", "nonce": "n"},
				want: reason.WrongTokenType,
			},
			verdict{
				name: "UAA's refresh token under " + header, header: obj{"typ": header}, claims: obj{"jti": "5c2f-r", "granted_scopes": []string{"a"}},
				want: reason.WrongTokenType,
			},
			verdict{
				name: "an access token with granted_scopes under " + header, header: obj{"typ": header},
				claims: obj{"jti": "5c2f-r", "granted_scopes": []string{"a"}, "scope": "a"},
			},
		)
	}
	runVerdicts(t, out)
}
