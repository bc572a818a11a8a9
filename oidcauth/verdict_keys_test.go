package oidcauth_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// jwkWith returns a JWK with changed members; nil removes a member.
func jwkWith(key *signingKey, changes obj) string {
	var jwk obj
	if err := json.Unmarshal([]byte(jwkOf("k1", "", key.public)), &jwk); err != nil {
		panic(err)
	}
	return overlaid(jwk, changes, "")
}

// TestVerdictKeysOdd publishes a weak or malformed key that really signs, and a good key after it. Only the good key verifies
// tokens.
func TestVerdictKeysOdd(t *testing.T) {
	ec, rs := es256(), rsaKey("RS256", rsa2048(), crypto.SHA256)
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	odd := []struct {
		name string
		key  *signingKey
		jwk  string
	}{
		{"without kty", ec, jwkWith(ec, obj{"kty": nil})},
		{"kty in another case", ec, jwkWith(ec, obj{"kty": "ec"})},
		{"kty null", ec, jwkWith(ec, obj{"kty": raw("null")})},
		{"curve of another size", ec, jwkWith(ec, obj{"crv": "P-384"})},
		{"unknown curve", ec, jwkWith(ec, obj{"crv": "secp256k1"})},
		{"without y", ec, jwkWith(ec, obj{"y": nil})},
		{"y as x", ec, jwkWith(ec, obj{"y": b64(strings.Repeat("\x01", 32))})},
		{"padded x", ec, jwkWith(ec, obj{"x": b64(strings.Repeat("\x01", 32)) + "="})},
		{"duplicate member", ec, strings.Replace(jwkOf("k1", "", ec.public), `{`, `{"kid":"k1",`, 1)},
		{"duplicate inside", ec, strings.Replace(jwkOf("k1", "", ec.public), `{`, `{"x":{"a":1,"a":2},`, 1)},
		{"P-384 as ES256", signedAs("ES256", es384()), jwkWith(es384(), obj{"alg": "ES256"})},
		{"key for ES384 signs ES256", ec, jwkWith(ec, obj{"alg": "ES384"})},
		{"RS512 key signs RS256", rs, jwkWith(rs, obj{"alg": "RS512"})},
		{"RS256 key signs PS256", pssKey("PS256", rsa2048(), crypto.SHA256, 32), jwkWith(rs, obj{"alg": "RS256"})},
		{"exponent of one", rsaOfOne(), `{"kty":"RSA","kid":"k1","e":"AQ","n":"` + b64(string(rsa2048().N.Bytes())) + `"}`},
		{"even exponent", rs, jwkWith(rs, obj{"e": "AQAA"})},
		{"huge exponent", rs, jwkWith(rs, obj{"e": "AQAAAAAAAQAB"})},
		{"even modulus", rs, jwkWith(rs, obj{"n": b64(string(new(big.Int).Lsh(rsa2048().N, 1).Bytes()))})},
		{"RSA-1024", weakRSA(), jwkWith(weakRSA(), nil)},
		{"certificate that is none", ec, jwkWith(ec, obj{"x5c": []string{"MIIB"}})},
		{"certificate null", ec, jwkWith(ec, obj{"x5c": raw("null")})},
		{"issuer of another", ec, jwkWith(ec, obj{"issuer": "https://other.example"})},
		{"issuer a number", ec, jwkWith(ec, obj{"issuer": 1})},
		{"no object", ec, `"k1"`},
		{"null", ec, "null"},
		{"list", ec, "[]"},
	}
	changed := func(member string, values ...string) {
		for _, v := range values {
			odd = append(odd, struct {
				name string
				key  *signingKey
				jwk  string
			}{member + " " + v, ec, jwkWith(ec, obj{member: raw(v)})})
		}
	}
	changed("use", `"enc"`, `""`, `"SIG"`, `"sig "`, "null", `["sig"]`, "1")
	changed("key_ops", `["sign"]`, "[]", `"verify"`, "null", `["VERIFY"]`, `[["verify"]]`, `["verify",1]`)
	changed("alg", `"HS256"`, `"none"`, `"RS256"`, `"EdDSA"`, `"es256"`, `"ECDH-ES"`, "null", "1", `["ES256"]`)
	changed("kid", `"K1"`, `"k1 "`, `"k"`, `""`, "null", "1", `["k1"]`)
	for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"} {
		changed(member, `"AQAB"`, "null")
	}
	var out []verdict
	for _, o := range odd {
		publish := func(w *world) { w.publish(o.jwk, jwkOf("k2", "", edDSA().public)) }
		out = append(out,
			verdict{name: o.name, key: o.key, world: publish, want: reason.KeyNotFound},
			verdict{name: o.name + ", beside it", key: edDSA(), header: obj{"kid": "k2"}, world: publish})
	}
	runVerdicts(t, out)
}

// rsaOfOne signs for a public exponent of 1: the signature is the padded digest itself, without any secret.
func rsaOfOne() *signingKey {
	return &signingKey{"RS256", nil, func(input string) []byte {
		prefix := must(hex.DecodeString("3031300d060960864801650304020105000420"))
		tail := append(prefix, digest(crypto.SHA256, input)...)
		return append([]byte("\x00\x01"+strings.Repeat("\xff", 256-3-len(tail))+"\x00"), tail...)
	}}
}

func weakRSA() *signingKey { return rsaKey("RS256", rsa1024(), crypto.SHA256) }

func TestVerdictKeysChoice(t *testing.T) {
	ec := func(kid string, key *signingKey) string { return jwkOf(kid, "ES256", key.public) }
	var made []string
	others := func(n int) []string {
		for len(made) < n {
			made = append(made, ec("", newEC("ES256", elliptic.P256(), crypto.SHA256)))
		}
		return slices.Clone(made[:n])
	}
	noKid := obj{"kid": nil}
	set := func(keys ...string) func(*world) { return func(w *world) { w.publish(keys...) } }
	runVerdicts(t, []verdict{
		{name: "the second of one kid", world: set(ec("k1", attacker()), ec("k1", es256()))},
		{
			name:  "the fifth of one kid",
			world: set(append(strings.Split(strings.Repeat(ec("k1", attacker())+"\n", 4), "\n")[:4], ec("k1", es256()))...),
			want:  reason.InvalidSignature,
		},
		{name: "another kid's key", world: set(ec("k1", attacker()), ec("k2", es256())), want: reason.InvalidSignature},
		{name: "the fourth without kid", header: noKid, world: set(append(others(3), ec("", es256()))...)},
		{name: "the fifth without kid", header: noKid, world: set(append(others(4), ec("", es256()))...), want: reason.InvalidSignature},
		{
			name: "the only one of its type", header: noKid,
			world: set(
				jwkOf("a", "", es384().public), jwkOf("b", "", edDSA().public), jwkOf("c", "", rsa2048().Public()), jwkOf("d", "", es512().public),
				ec("e", es256()),
			),
		},
		{name: "token with kid, keys without", world: set(ec("", es256())), want: reason.KeyNotFound},
		{name: "x5t of the key", header: obj{"kid": nil, "x5t": "AAAA"}, world: set(jwkWith(es256(), obj{"x5t": "AAAA"}))},
		{name: "x5t of another", header: obj{"kid": nil, "x5t": "AAAA"}, world: set(jwkWith(es256(), obj{"x5t": "BBBB"})), want: reason.KeyNotFound},
		{name: "x5t#S256 of another", header: obj{"kid": nil, "x5t#S256": "AAAA"}, world: set(jwkWith(es256(), obj{"x5t#S256": "BBBB"})), want: reason.KeyNotFound},
		{
			name: "x5t right, x5t#S256 wrong", header: obj{"kid": nil, "x5t": "AAAA", "x5t#S256": "AAAA"},
			world: set(jwkWith(es256(), obj{"x5t": "AAAA", "x5t#S256": "BBBB"})), want: reason.KeyNotFound,
		},
		{name: "kid decides over x5t", header: obj{"x5t": "AAAA"}, world: set(jwkWith(es256(), obj{"x5t": "BBBB"}))},
		{name: "kid wrong, x5t right", header: obj{"kid": "k9", "x5t": "AAAA"}, world: set(jwkWith(es256(), obj{"x5t": "AAAA"})), want: reason.KeyNotFound},
		{
			name: "x5t right, another's signature", key: attacker(), header: obj{"kid": nil, "x5t": "AAAA"},
			world: set(jwkWith(es256(), obj{"x5t": "AAAA"})), want: reason.InvalidSignature,
		},
		{name: "key bound to this issuer", world: set(jwkWith(es256(), obj{"issuer": idp}))},
		{name: "key bound to a template", world: set(jwkWith(es256(), obj{"issuer": "https://{tenantid}"})), want: reason.KeyNotFound},
		{
			name: "secret in the set", key: hmacKey([]byte("secret")),
			world: set(`{"kty":"oct","kid":"k1","alg":"HS256","k":"`+b64("secret")+`"}`, ec("k2", es256())), want: reason.AlgorithmRefused,
		},
		{name: "nothing but a secret", world: set(`{"kty":"oct","kid":"k1","k":"c2VjcmV0"}`), want: reason.KeysUnavailable},
		{name: "the thousandth", world: set(append(others(999), ec("k1", es256()))...)},
		{name: "the thousand and first", world: set(append(others(1000), ec("k1", es256()))...), want: reason.KeyNotFound},
		{name: "after a thousand that cannot be used", world: set(append(slices.Repeat([]string{`{"kty":"RSA","use":"enc"}`}, 1000), ec("k1", es256()))...)},
		{name: "use jwt-svid", world: set(jwkWith(es256(), obj{"use": "jwt-svid"}), ec("k2", attacker())), want: reason.KeyNotFound},
		{name: "use jwt-svid, and said so", world: set(jwkWith(es256(), obj{"use": "jwt-svid"})), config: keys(certsource.Discovered{JWTSVID: true})},
		{
			name: "use x509-svid beside jwt-svid", world: set(jwkWith(es256(), obj{"use": "x509-svid"}), ec("k2", attacker())),
			config: keys(certsource.Discovered{JWTSVID: true}), want: reason.KeyNotFound,
		},
	})
}

// Points of small order are Ed25519 keys for which signatures can be made without a secret. All zeros is one of them.
func TestVerdictKeysOfSmallOrder(t *testing.T) {
	points := []string{
		strings.Repeat("00", 32), "01" + strings.Repeat("00", 31), "ec" + strings.Repeat("ff", 30) + "7f", "ed" + strings.Repeat("ff", 30) + "7f",
		"ee" + strings.Repeat("ff", 30) + "7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	}
	var out []verdict
	for _, p := range points {
		for _, sign := range []byte{0, 0x80} {
			public := must(hex.DecodeString(p))
			public[31] |= sign
			key := &signingKey{"EdDSA", ed25519.PublicKey(public), func(input string) []byte {
				for _, r := range points {
					for _, s := range []byte{0, 0x80} {
						signature := append(must(hex.DecodeString(r)), make([]byte, 32)...)
						if signature[31] |= s; ed25519.Verify(public, []byte(input), signature) {
							return signature
						}
					}
				}
				return nil
			}}
			for jti := range 1000 {
				v := verdict{name: fmt.Sprintf("%x", public), key: key, claims: obj{"jti": fmt.Sprint(jti)}, want: reason.KeyNotFound}
				if strings.HasSuffix(v.token(), ".") {
					continue // the forgery failed for this token, so the next one is tried
				}
				v.world = func(w *world) { w.publish(jwkOf("k1", "", key.public), jwkOf("k2", "", es256().public)) }
				out = append(out, v)
				break
			}
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d forgeries", len(out))
	}
	runVerdicts(t, out)
}
