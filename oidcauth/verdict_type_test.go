package oidcauth_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// Other tokens of the same issuer, genuine and for this very audience: only their type tells them from access tokens.
func TestVerdictTypeOfHeader(t *testing.T) {
	var out []verdict
	for _, typ := range []string{
		"logout+jwt", "application/logout+jwt", "dpop+jwt", "secevent+jwt", "oauth-authz-req+jwt", "rt+jwt", "refresh+jwt", "id+jwt", "token-introspection+jwt",
		"entity-statement+jwt", "client-authentication+jwt", "oauth-client-attestation+jwt", "kb+jwt", "vc+sd-jwt", "wit+jwt", "txntoken+jwt", "authorization-grant+jwt",
		"application/jwt", "application/at", "at", "at+jwt ", " at+jwt", "at+jwt;v=1", "at+jwt, JWT", "xat+jwt", "not-at+jwt", "application/application/at+jwt",
		"text/at+jwt", "/at+jwt", "JOSE", "JOSE+JSON", "JWE", "JWT\x00", "JWT\n", "jwt+at", "ＪＷＴ", "at＋jwt", "ID", "Bearer", " ", "none",
	} {
		out = append(out, verdict{name: fmt.Sprintf("%q", typ), header: obj{"typ": typ}, want: oidcauth.WrongTokenType})
	}
	for _, typ := range []string{"1", "true", "{}", `["at+jwt"]`} {
		out = append(out, verdict{name: typ, header: obj{"typ": json.RawMessage(typ)}, want: oidcauth.MalformedToken})
	}
	runVerdicts(t, out)
}

func TestVerdictTypeOfPayload(t *testing.T) {
	null := json.RawMessage("null")
	plain, bound := obj{"typ": "JWT"}, obj{"jkt": "x"}
	both := func(c *oidcauth.Config) { c.Issuers[0].IDTokenIsAccessToken = true }
	ignoring := func(c *oidcauth.Config) { c.Issuers[0].InsecureIgnoreConfirmation = true }
	logout := obj{"http://schemas.openid.net/event/backchannel-logout": obj{}}
	out := []verdict{
		{name: "logout token as JWT", header: plain, claims: obj{"events": logout, "sid": "s"}, want: oidcauth.WrongTokenType},
		{name: "events null", claims: obj{"events": null}, want: oidcauth.WrongTokenType},
		{name: "events where ID tokens are allowed", header: plain, claims: obj{"events": logout}, config: both, want: oidcauth.WrongTokenType},
		{name: "refresh where ID tokens are allowed", header: plain, claims: obj{"typ": "Refresh"}, config: both, want: oidcauth.WrongTokenType},
		{name: "nonce", header: plain, claims: obj{"nonce": "n"}, want: oidcauth.IDTokenAsAccessToken},
		{name: "nonce null", header: plain, claims: obj{"nonce": null}, want: oidcauth.IDTokenAsAccessToken},
		{name: "nonce in another payload typ", header: plain, claims: obj{"nonce": "n", "typ": "bear"}, want: oidcauth.IDTokenAsAccessToken},
		{name: "nonce and scp", header: plain, claims: obj{"nonce": "n", "scp": []string{"a"}}},
		{name: "nonce and scope null", header: plain, claims: obj{"nonce": "n", "scope": null}, want: oidcauth.IDTokenAsAccessToken},
		{name: "nonce and scp null", header: plain, claims: obj{"nonce": "n", "scp": null}, want: oidcauth.IDTokenAsAccessToken},
		{name: "payload typ a list", header: plain, claims: obj{"typ": []string{"Refresh"}}, want: oidcauth.WrongTokenType},
		{name: "payload typ null", header: plain, claims: obj{"typ": null}, want: oidcauth.WrongTokenType},
		{name: "at_hash beside a scope", header: plain, claims: obj{"at_hash": "x", "scope": "a"}, want: oidcauth.IDTokenAsAccessToken},
		{name: "at_hash null", header: plain, claims: obj{"at_hash": null}, want: oidcauth.IDTokenAsAccessToken},
		{name: "c_hash beside a scope", header: plain, claims: obj{"c_hash": "x", "scope": "a"}, want: oidcauth.IDTokenAsAccessToken},
		{name: "token_use id beside a scope", header: plain, claims: obj{"token_use": "id", "scope": "a"}, want: oidcauth.IDTokenAsAccessToken},
		{name: "token_use access", header: plain, claims: obj{"token_use": "access"}},
		{name: "ID token allowed", header: plain, claims: obj{"nonce": "n", "at_hash": "x", "typ": "ID", "token_use": "id"}, config: both},
		{name: "cnf empty", claims: obj{"cnf": obj{}}, want: oidcauth.SenderConstrained},
		{name: "cnf null", claims: obj{"cnf": null}, want: oidcauth.SenderConstrained},
		{name: "cnf a string", claims: obj{"cnf": ""}, want: oidcauth.SenderConstrained},
		{name: "cnf of TLS", claims: obj{"cnf": obj{"x5t#S256": "x"}}, want: oidcauth.SenderConstrained},
		{name: "cnf with the scheme DPoP", claims: obj{"cnf": bound}, send: header("DPoP %s"), want: oidcauth.NoCredentials},
		{name: "cnf ignored by name", claims: obj{"cnf": bound}, config: ignoring},
	}
	for _, typ := range []string{"Refresh", "REFRESH", "refresh", "Offline", "oFFline", "Logout", "logout"} {
		for _, h := range []string{"at+jwt", "JWT"} {
			out = append(out, verdict{name: "payload typ " + typ + " under " + h, header: obj{"typ": h}, claims: obj{"typ": typ}, want: oidcauth.WrongTokenType})
		}
	}
	for _, typ := range []string{"ID", "id", "Id"} {
		out = append(out, verdict{name: "payload typ " + typ, header: plain, claims: obj{"typ": typ, "scope": "a"}, want: oidcauth.IDTokenAsAccessToken})
	}
	runVerdicts(t, out)
}
