package oidcauth_test

import (
	"crypto"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func publishing(kid string, key *signingKey) func(*world) {
	return func(w *world) { w.publish(jwkOf(kid, "", key.public)) }
}

// Every form is accepted that the standards allow and the requirements do not exclude.
func TestVerdictValid(t *testing.T) {
	runVerdicts(t, append(validAlgorithms(), validForms()...))
}

func validAlgorithms() []verdict {
	var out []verdict
	for _, key := range []*signingKey{
		es256(), es384(), es512(), edDSA(),
		rsaKey("RS256", rsa2048(), crypto.SHA256), rsaKey("RS384", rsa2048(), crypto.SHA384), rsaKey("RS512", rsa2048(), crypto.SHA512),
		pssKey("PS256", rsa2048(), crypto.SHA256, 32), pssKey("PS384", rsa2048(), crypto.SHA384, 48), pssKey("PS512", rsa2048(), crypto.SHA512, 64),
	} {
		out = append(out,
			verdict{name: key.alg, key: key, world: publishing("k1", key)},
			verdict{name: key.alg + " without kid", key: key, header: obj{"kid": nil}, world: publishing("k1", key)})
	}
	return out
}

func validForms() []verdict {
	out := []verdict{
		{name: "good token"},
		{name: "aud a list", claims: obj{"aud": []string{audience}}},
		{name: "aud a long list", claims: obj{"aud": append(make([]string, 99), audience)}},
		{name: "aud with escapes", rawClaims: goodClaims(`"aud":"api:\/\/\u006frders"`)},
		{name: "no iat", claims: obj{"iat": nil}},
		{name: "iat in the future", claims: obj{"iat": inSeconds(86400)}},
		{name: "nbf now", claims: obj{"nbf": inSeconds(0)}},
		{name: "nbf zero", claims: obj{"nbf": 0}},
		{name: "white space round everything", rawClaims: " \t\r\n" + strings.ReplaceAll(goodClaims(`"aud":"`+audience+`"`), ",", " ,\n ") + "\n"},
		{name: "white space in the header", rawHeader: "\n{ \"alg\" :\t\"ES256\" , \"kid\" : \"k1\" }\r\n"},
		{
			name: "escaped member names", rawHeader: `{"\u0061lg":"ES256","k\u0069d":"k1"}`,
			rawClaims: strings.Replace(goodClaims(`"aud":"`+audience+`"`), `"iss"`, `"\u0069ss"`, 1),
		},
		{name: "members in any order", rawHeader: `{"kid":"k1","alg":"ES256","typ":"JWT"}`},
		{name: "empty member name", claims: obj{"": 1}},
		{name: "nested as deep as allowed", claims: obj{"a": json.RawMessage(strings.Repeat("[", 15) + strings.Repeat("]", 15))}},
		{name: "a private claim out of every range", claims: obj{"n": json.RawMessage("1e999999999999")}},
		{name: "surrogate pair", claims: obj{"smile": json.RawMessage(`"\ud83d\ude00"`)}},
		{name: "text of other scripts", claims: obj{"name": "Ἀλίκη 愛麗絲 \u202e"}},
		{name: "private claims that differ in case", claims: obj{"Groups": 1, "groups": 2, "GROUPS": 3}},
		{name: "equal names at different depths", claims: obj{"a": obj{"a": obj{"a": 1}}, "b": obj{"iss": "x", "ISS": "y"}}},
		{name: "private null", claims: obj{"x": json.RawMessage("null")}},
		{name: "unknown header members", header: obj{"foo": obj{"bar": 1}, "cty": "x"}},
		{name: "kid with odd characters", header: obj{"kid": "../k 1/愛\u0000"}, world: publishing("../k 1/愛\u0000", es256())},
		{name: "empty kid is none", header: obj{"kid": ""}},
		{name: "key without kid, token without kid", header: obj{"kid": nil}, world: publishing("", es256())},
		{name: "x5t of a key that has none", header: obj{"x5t": "AAAA", "x5t#S256": "AAAA"}},
		{name: "azp unasked", claims: obj{"azp": "anyone", "client_id": "someone"}},
		{name: "nonce in at+jwt", claims: obj{"nonce": "n", "at_hash": "x"}},
		{name: "auth_time no number", claims: obj{"auth_time": "2026-11-21T08:15:30.123Z"}},
		{name: "large payload", claims: obj{"pad": strings.Repeat("x", 30<<10)}},
		{name: "other curve beside", world: func(w *world) {
			w.publish(jwkOf("k1", "", newEC("ES384", elliptic.P384(), crypto.SHA384).public), jwkOf("k1", "ES256", es256().public))
		}},
	}
	for _, typ := range []string{"JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/At+JWT", "application/jwt", "APPLICATION/JWT"} {
		out = append(out, verdict{name: fmt.Sprintf("typ %q", typ), header: obj{"typ": typ}})
	}
	out = append(out, verdict{name: "typ absent", header: obj{"typ": nil}})
	for _, exp := range []string{
		"1800000300", "1800000300.0", "1800000300.999999999999", "1.8000003e9", "18000003E+2", "180000030000e-2", "253402300799", "1e11",
	} {
		out = append(out, verdict{name: "exp " + exp, claims: obj{"exp": json.RawMessage(exp)}})
	}
	return out
}

// goodClaims returns the claims of a good token, with one more member.
func goodClaims(more string) string {
	return fmt.Sprintf(`{"iss":%q,"sub":%q,"exp":%d,%s}`, idp, holder, inSeconds(300), more)
}
