package interop

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// addSignatures adds signatures that no longer fit what they stand below, or have another length.
func (f *forge) addSignatures() {
	h, p, s := f.plain()
	raw := must(base64.RawURLEncoding.DecodeString(s))
	changed := func(change func(b []byte) []byte) string {
		return h + "." + p + "." + encode(change(slices.Clone(raw)))
	}
	flip := func(at int) func(b []byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	f.add("first byte of the signature changed", changed(flip(0)))
	f.add("middle byte of the signature changed", changed(flip(len(raw)/2)))
	f.add("last byte of the signature changed", changed(flip(len(raw)-1)))
	f.add("signature of zeros", changed(func(b []byte) []byte { clear(b); return b }))
	f.add("signature of ones", changed(func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, len(b)) }))
	f.add("signature cut by a byte", changed(func(b []byte) []byte { return b[:len(b)-1] }))
	f.add("signature cut in half", changed(func(b []byte) []byte { return b[:len(b)/2] }))
	f.add("signature with a byte more", changed(func(b []byte) []byte { return append(b, 0) }))
	f.add("signature with a leading zero", changed(func(b []byte) []byte { return append([]byte{0}, b...) }))
	f.add("signature twice", changed(func(b []byte) []byte { return append(b, b...) }))
	f.add("signature left out", h+"."+p+".")
	f.add("payload exchanged", h+"."+encode(`{"iss":"iss","sub":"mallory"}`)+"."+s)
	f.add("header exchanged", encode(`{"alg":"`+f.alg+`","kid":"k1","typ":"JWT"}`)+"."+p+"."+s)
	f.add("alg exchanged for none", encode(`{"alg":"none","kid":"k1"}`)+"."+p+"."+s)
	f.add("signature of another token", h+"."+p+f.signed(h, encode(`{}`))[len(h)+1+len(encode(`{}`)):])
	f.add("signature of the payload only", h+"."+p+"."+encode(sign(f.alg, f.key, p)))
	f.add("signature of the decoded parts", h+"."+p+"."+encode(sign(f.alg, f.key, f.plainHeader()+"."+plainPayload)))
}

// addKeys adds tokens of the attacker's key, and tokens of the issuer's key under an algorithm it is not for.
func (f *forge) addKeys(t testing.TB) {
	t.Helper()
	attacker := func(name, header string) {
		input := encode(header) + "." + encode(plainPayload)
		f.add(name, input+"."+encode(sign(f.alg, f.other, input)))
	}
	jwk := string(must(jose.MarshalJWK("k1", f.alg, f.other.Public())))
	attacker("another key", f.plainHeader())
	attacker("another key without kid", `{"alg":"`+f.alg+`"}`)
	attacker("another key, in the header as jwk", `{"alg":"`+f.alg+`","kid":"k1","jwk":`+jwk+`}`)
	attacker("another key, in the header as jku", `{"alg":"`+f.alg+`","kid":"k1","jku":"https://attacker.example/keys"}`)
	input := encode(`{"alg":"`+f.alg+`","kid":"k1","jwk":`+jwk+`}`) + "." + encode(plainPayload)
	f.add("jwk of another key in the header", input+"."+encode(sign(f.alg, f.key, input)))

	for _, alg := range algorithms {
		if alg == f.alg {
			continue
		}
		header := strings.Replace(f.plainHeader(), f.alg, alg, 1)
		f.add("alg exchanged, signed as the key's alg", f.signed(encode(header), encode(plainPayload)))
		if sameKind(alg, f.alg) {
			input := encode(header) + "." + encode(plainPayload)
			f.add(anotherAlg, input+"."+encode(sign(alg, f.key, input)))
		}
	}
}

// sameKind tells whether both algorithms sign with RSA keys.
func sameKind(a, b string) bool {
	return schemes[a].hash != 0 && schemes[b].hash != 0 && schemes[a].curve == nil && schemes[b].curve == nil
}

// with adds a token whose signature make computes over its text.
func (f *forge) with(name string, make func(input string) []byte) {
	input := encode(f.plainHeader()) + "." + encode(plainPayload)
	f.add(name, input+"."+encode(make(input)))
}

// under adds a token of a key that the issuer of f does not have but another one publishes for the same algorithm.
func (f *forge) under(t testing.TB, name string, pub crypto.PublicKey, make func(input string) []byte) {
	t.Helper()
	input := encode(f.plainHeader()) + "." + encode(plainPayload)
	f.made = append(f.made, forgery{name, input + "." + encode(make(input)), newIssuer(t, f.alg, pub)})
}
