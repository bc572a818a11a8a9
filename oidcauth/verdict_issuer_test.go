package oidcauth_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Templated issuers have their cases in tenant_test.go.
func TestVerdictIssuer(t *testing.T) {
	out := []verdict{{name: "absent", claims: obj{"iss": nil}, want: reason.UnknownIssuer}}
	for _, iss := range []string{
		"", idp + "/", idp + "//", idp + " ", " " + idp, idp + "\n", idp + "\x00", idp + "?", idp + "#", idp + "/.", idp + "/x", idp[:len(idp)-1],
		"https://IDP.example", "HTTPS://idp.example", "http://idp.example", "//idp.example", "idp.example", "https://idp.example:443",
		"https://idp.example.", "https://idp%2eexample", "https://idp.example@evil.example", "https://evil.example/#" + idp, "https://evil.example",
		"https://ıdp.example", "https://xn--idp.example", "https://idp\u200b.example", "https://idp.example\\", "{tenantid}", "https://{tenantid}.example",
		idp + "," + idp, strings.Repeat(idp, 500),
	} {
		out = append(out, verdict{name: fmt.Sprintf("%.50q", iss), claims: obj{"iss": iss}, want: reason.UnknownIssuer})
	}
	for _, iss := range []string{"null", "0", "true", `["` + idp + `"]`, `{"` + idp + `":1}`, `["` + idp + `","https://evil.example"]`} {
		out = append(out, verdict{name: iss, claims: obj{"iss": json.RawMessage(iss)}, want: reason.UnknownIssuer})
	}
	runVerdicts(t, out)
}

const secondIDP = "https://second.example"

// trustingTwo makes a world of two providers, each with a key of its own under the same kid.
func trustingTwo(w *world) {
	w.set(secondIDP+"/jwks", answer{body: `{"keys":[` + jwkOf("k1", "ES256", attacker().public) + "]}"})
}

func trustTwo(c *oidcauth.Config) {
	c.Issuers = append(c.Issuers, oidcauth.Issuer{URL: secondIDP, Audience: []string{"second"}, Keys: certsource.JWKS{URL: secondIDP + "/jwks"}})
}

func ofSecond(v verdict) verdict {
	v.claims["iss"] = secondIDP
	v.world, v.config = trustingTwo, trustTwo
	return v
}

// The rules and keys of one trusted issuer never apply to another.
func TestVerdictIssuerOfTwo(t *testing.T) {
	runVerdicts(t, []verdict{
		{name: "the first", world: trustingTwo, config: trustTwo},
		ofSecond(verdict{name: "the second", key: attacker(), claims: obj{"aud": "second"}}),
		ofSecond(verdict{name: "the second by the first's key", claims: obj{"aud": "second"}, want: reason.InvalidSignature}),
		ofSecond(verdict{name: "the second by the first's key, no kid", header: obj{"kid": nil}, claims: obj{"aud": "second"}, want: reason.InvalidSignature}),
		{name: "the first by the second's key", key: attacker(), world: trustingTwo, config: trustTwo, want: reason.InvalidSignature},
		ofSecond(verdict{name: "the second for the first's audience", key: attacker(), claims: obj{"aud": audience}, want: reason.WrongAudience}),
		{name: "the first for the second's audience", claims: obj{"aud": "second"}, world: trustingTwo, config: trustTwo, want: reason.WrongAudience},
		ofSecond(verdict{name: "the second points to the first's keys", header: obj{"jku": idpKeys}, claims: obj{"aud": "second"}, want: reason.InvalidSignature}),
	})
}
