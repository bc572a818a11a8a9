package oidcauth_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// part changes one part of a token: 0 the header, 1 the payload, 2 the signature.
func part(n int, change func(raw string) string) func(string) string {
	return func(token string) string {
		parts := strings.Split(token, ".")
		parts[n] = b64(change(string(must(base64.RawURLEncoding.DecodeString(parts[n])))))
		return strings.Join(parts, ".")
	}
}

func instead(old, with string) func(string) string {
	return func(raw string) string {
		if !strings.Contains(raw, old) {
			panic("nothing to replace: " + old)
		}
		return strings.Replace(raw, old, with, 1)
	}
}

func flip(at int) func(string) string {
	return func(raw string) string {
		b := []byte(raw)
		b[(at+len(b))%len(b)] ^= 1
		return string(b)
	}
}

func always(s string) func(string) string { return func(string) string { return s } }

// signedAs returns a key that signs like key, and names alg in the header.
func signedAs(alg string, key *signingKey) *signingKey { return &signingKey{alg, key.public, key.sign} }

func TestVerdictSignatureTampered(t *testing.T) {
	order := string(elliptic.P256().Params().N.Bytes())
	zero := strings.Repeat("\x00", 32)
	one := zero[:31] + "\x01"
	runVerdicts(t, []verdict{
		{name: "another subject", edit: part(1, instead(holder, "root")), want: reason.InvalidSignature},
		{name: "later exp", edit: part(1, instead("1800000300", "1900000300")), want: reason.InvalidSignature},
		{name: "payload written anew", edit: part(1, func(raw string) string { return " " + raw }), want: reason.InvalidSignature},
		{name: "header written anew", edit: part(0, func(raw string) string { return raw + " " }), want: reason.InvalidSignature},
		{name: "typ changed", edit: part(0, instead("at+jwt", "JWT")), want: reason.InvalidSignature},
		{name: "first bit", edit: part(2, flip(0)), want: reason.InvalidSignature},
		{name: "middle bit", edit: part(2, flip(32)), want: reason.InvalidSignature},
		{name: "last bit", edit: part(2, flip(-1)), want: reason.InvalidSignature},
		{name: "no signature", edit: part(2, always("")), want: reason.InvalidSignature},
		{name: "one byte less", edit: part(2, func(raw string) string { return raw[:63] }), want: reason.InvalidSignature},
		{name: "one byte more", edit: part(2, func(raw string) string { return raw + "\x00" }), want: reason.InvalidSignature},
		{name: "a zero before each half", edit: part(2, func(raw string) string { return "\x00" + raw[:32] + "\x00" + raw[32:] }), want: reason.InvalidSignature},
		{name: "twice", edit: part(2, func(raw string) string { return raw + raw }), want: reason.InvalidSignature},
		{name: "zeros", edit: part(2, always(zero+zero)), want: reason.InvalidSignature},
		{name: "r zero", edit: part(2, always(zero+one)), want: reason.InvalidSignature},
		{name: "s zero", edit: part(2, always(one+zero)), want: reason.InvalidSignature},
		{name: "r and s the order", edit: part(2, always(order+order)), want: reason.InvalidSignature},
		{name: "r and s all ones", edit: part(2, always(strings.Repeat("\xff", 64))), want: reason.InvalidSignature},
		{name: "halves exchanged", edit: part(2, func(raw string) string { return raw[32:] + raw[:32] }), want: reason.InvalidSignature},
		{name: "DER", edit: part(2, func(raw string) string {
			return string(must(asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes([]byte(raw[:32])), new(big.Int).SetBytes([]byte(raw[32:]))})))
		}), want: reason.InvalidSignature},
		{name: "signature of another token", edit: func(token string) string {
			other := verdict{claims: obj{"jti": "other"}}.token()
			return token[:strings.LastIndexByte(token, '.')] + other[strings.LastIndexByte(other, '.'):]
		}, want: reason.InvalidSignature},
		{
			name: "short RSA signature", key: rsaKey("RS256", rsa2048(), crypto.SHA256),
			world: publishing("k1", rsaKey("RS256", rsa2048(), crypto.SHA256)), edit: part(2, func(raw string) string { return raw[:255] }),
			want: reason.InvalidSignature,
		},
		{
			name: "RSA signature with a zero before it", key: rsaKey("RS256", rsa2048(), crypto.SHA256),
			world: publishing("k1", rsaKey("RS256", rsa2048(), crypto.SHA256)), edit: part(2, func(raw string) string { return "\x00" + raw }),
			want: reason.InvalidSignature,
		},
		{name: "EdDSA with zeros", key: edDSA(), world: publishing("k1", edDSA()), edit: part(2, always(zero+zero)), want: reason.InvalidSignature},
	})
}

// An attacker signs the token, and the token contains or names the attacker's key.
func TestVerdictSignatureByTheAttackersKey(t *testing.T) {
	jwk := json.RawMessage(jwkOf("k1", "ES256", attacker().public))
	var out []verdict
	for name, header := range map[string]obj{
		"known kid": nil, "no kid": {"kid": nil}, "jwk": {"jwk": jwk}, "jwk without kid": {"jwk": jwk, "kid": nil},
		"jku": {"jku": "https://evil.example/jwks"}, "x5u": {"x5u": "https://evil.example/cert"}, "x5c": {"x5c": []string{"MIIB"}},
		"metadata service": {"jku": "http://169.254.169.254/"}, "jku of the provider": {"jku": idpKeys},
	} {
		out = append(out, verdict{name: name, key: attacker(), header: header, want: reason.InvalidSignature})
	}
	for _, kid := range []string{"evil", "K1", "k1 ", " k1", "k1\u0000", "k", "k11", "../../etc/passwd", "' OR 1=1 --", idpKeys, strings.Repeat("k", 20000)} {
		out = append(out, verdict{name: "kid " + kid[:min(len(kid), 20)], key: attacker(), header: obj{"kid": kid}, want: reason.KeyNotFound})
	}
	runVerdicts(t, out)
}

// The signature is genuine, but the header names another algorithm or none.
func TestVerdictSignatureAlgorithm(t *testing.T) {
	rs, ps := rsaKey("RS256", rsa2048(), crypto.SHA256), pssKey("PS256", rsa2048(), crypto.SHA256, 32)
	der := must(x509.MarshalPKIXPublicKey(es256().public))
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	both := func(w *world) { w.publish(jwkOf("k1", "", es256().public), jwkOf("k1", "", rs.public)) }
	out := []verdict{
		{name: "alg missing", header: obj{"alg": nil}, want: reason.AlgorithmRefused},
		{name: "alg null", rawHeader: `{"alg":null,"kid":"k1"}`, want: reason.AlgorithmRefused},
		{name: "alg a list", header: obj{"alg": []string{"ES256"}}, want: reason.AlgorithmRefused},
		{name: "alg a number", header: obj{"alg": 256}, want: reason.AlgorithmRefused},
		{name: "alg true", header: obj{"alg": true}, want: reason.AlgorithmRefused},
		{name: "secret is the PEM", key: hmacKey(text), want: reason.AlgorithmRefused},
		{name: "secret is the PEM, trimmed", key: hmacKey([]byte(strings.TrimSpace(string(text)))), want: reason.AlgorithmRefused},
		{name: "secret is the DER", key: hmacKey(der), want: reason.AlgorithmRefused},
		{name: "secret is the JWK", key: hmacKey([]byte(jwkOf("k1", "ES256", es256().public))), want: reason.AlgorithmRefused},
		{name: "secret is the modulus", key: hmacKey(rs.public.(*rsa.PublicKey).N.Bytes()), world: publishing("k1", rs), want: reason.AlgorithmRefused},
		{name: "secret is empty", key: hmacKey(nil), want: reason.AlgorithmRefused},
		{name: "ES384 over P-256", key: signedAs("ES384", es256()), want: reason.KeyNotFound},
		{name: "ES256 with a P-384 key", key: signedAs("ES256", es384()), world: publishing("k1", es384()), want: reason.KeyNotFound},
		{name: "RS256 says PS256", key: signedAs("PS256", rs), world: publishing("k1", rs), want: reason.InvalidSignature},
		{name: "PS256 says RS256", key: signedAs("RS256", ps), world: publishing("k1", rs), want: reason.InvalidSignature},
		{name: "RS256 says RS512", key: signedAs("RS512", rs), world: publishing("k1", rs), want: reason.InvalidSignature},
		{name: "ES256 says RS256", key: signedAs("RS256", es256()), world: both, want: reason.InvalidSignature},
		{name: "RS256 says EdDSA", key: signedAs("EdDSA", rs), world: both, want: reason.KeyNotFound},
		{name: "PSS without salt", key: pssKey("PS256", rsa2048(), crypto.SHA256, 0), world: publishing("k1", rs), want: reason.InvalidSignature},
		{name: "PSS with a long salt", key: pssKey("PS256", rsa2048(), crypto.SHA256, 64), world: publishing("k1", rs), want: reason.InvalidSignature},
		{
			name: "PSS with a longest salt", key: pssKey("PS256", rsa2048(), crypto.SHA256, rsa.PSSSaltLengthAuto), world: publishing("k1", rs),
			want: reason.InvalidSignature,
		},
		{name: "not in the issuer's list", config: func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"RS256"} }, want: reason.AlgorithmRefused},
		{name: "in the issuer's list", config: func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"RS256", "ES256"} }},
		{name: "unencoded payload", rawHeader: `{"alg":"ES256","kid":"k1","b64":false,"crit":["b64"]}`, want: reason.MalformedToken},
		{name: "b64 true", header: obj{"b64": true}, want: reason.MalformedToken},
		{name: "crit of a known name", header: obj{"crit": []string{"exp"}, "exp": inSeconds(300)}, want: reason.MalformedToken},
		{name: "crit empty", header: obj{"crit": []string{}}, want: reason.MalformedToken},
		{name: "crit null", rawHeader: `{"alg":"ES256","kid":"k1","crit":null}`, want: reason.MalformedToken},
		{name: "zip", header: obj{"zip": "DEF"}, want: reason.MalformedToken},
		{name: "kid null", rawHeader: `{"alg":"ES256","kid":null}`, want: reason.MalformedToken},
		{name: "kid a number", header: obj{"kid": 1}, want: reason.MalformedToken},
		{name: "kid a list", header: obj{"kid": []string{"k1"}}, want: reason.MalformedToken},
		{name: "x5t a list", header: obj{"x5t": []string{"AAAA"}}, want: reason.MalformedToken},
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "", "es256", "ES256 ", "ES256K", "ES257", "RS1", "RSA-OAEP", "dir", "ES256\x00", "HS512"} {
		out = append(out,
			verdict{name: "unsigned, alg " + alg, key: unsigned(alg), want: reason.AlgorithmRefused},
			verdict{name: "genuine, alg " + alg, header: obj{"alg": alg}, want: reason.AlgorithmRefused})
	}
	runVerdicts(t, out)
}
