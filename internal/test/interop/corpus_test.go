package interop

import (
	"crypto"
	"strings"
	"testing"
)

// forgery is one token for one issuer.
type forgery struct {
	name, token string
	issuer      *issuer
}

// forge is what a group of forgeries is made with.
type forge struct {
	alg    string
	key    crypto.Signer // the issuer's
	other  crypto.Signer // of the same kind, the attacker's
	issuer *issuer
	made   []forgery
}

const plainPayload = `{"iss":"iss","sub":"alice","exp":4102444800}`

func (f *forge) plainHeader() string { return `{"alg":"` + f.alg + `","kid":"k1","typ":"at+jwt"}` }

func (f *forge) add(name, token string) { f.made = append(f.made, forgery{name, token, f.issuer}) }

// signed signs two parts as they stand, encoded or not.
func (f *forge) signed(header, payload string) string {
	input := header + "." + payload
	return input + "." + encode(sign(f.alg, f.key, input))
}

// plain is a token without any fault, split.
func (f *forge) plain() (header, payload, signature string) {
	parts := strings.Split(f.signed(encode(f.plainHeader()), encode(plainPayload)), ".")
	return parts[0], parts[1], parts[2]
}

// corpus makes all forgeries of one algorithm.
func corpus(t testing.TB, alg string) []forgery {
	t.Helper()
	f := &forge{alg: alg, key: newKey(alg, false), other: newKey(alg, true)}
	f.issuer = newIssuer(t, alg, f.key.Public())
	for _, c := range headers {
		f.add(c.name, f.signed(encode(strings.ReplaceAll(c.text, "ALG", alg)), encode(plainPayload)))
	}
	newName := "alg Ed25519"
	if alg == "EdDSA" {
		newName = "alg by its new name"
	}
	f.add(newName, f.signed(encode(`{"alg":"Ed25519","kid":"k1"}`), encode(plainPayload)))
	for _, c := range payloads() {
		f.add(c.name, f.signed(encode(f.plainHeader()), encode(c.text)))
	}
	f.addUnsecured()
	f.addEncodings()
	f.addSpellings()
	f.addSerialisations()
	f.addSignatures()
	f.addKeys(t)
	switch {
	case alg == "EdDSA":
		f.addEdwards()
	case schemes[alg].curve != nil:
		f.addElliptic(t)
	default:
		f.addRSA(t)
	}
	return f.made
}
