package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

func TestRoundTrip(t *testing.T) {
	for _, alg := range algorithms {
		t.Run(alg, func(t *testing.T) {
			key := keyFor(alg)
			token := sign(t, alg, key)
			parsed := parse(t, token)
			assert.True(t, jose.Allowed(alg))
			assert.Equal(t, alg, parsed.Header.Algorithm)
			assert.Equal(t, "k1", parsed.Header.KeyID)
			assert.Equal(t, "at+jwt", parsed.Header.Type)
			require.NoError(t, parsed.Verify(key.Public()))

			parts := strings.Split(token, ".")
			forged := parts[0] + "." + b64(`{"iss":"me","sub":"root"}`) + "." + parts[2]
			assert.ErrorIs(t, parse(t, forged).Verify(key.Public()), jose.ErrSignature, "another payload")
			unsigned := parts[0] + "." + parts[1] + "."
			assert.ErrorIs(t, parse(t, unsigned).Verify(key.Public()), jose.ErrSignature, "no signature")
			longer := parts[0] + "." + parts[1] + "." + b64("\x00"+string(must(base64.RawURLEncoding.DecodeString(parts[2]))))
			assert.ErrorIs(t, parse(t, longer).Verify(key.Public()), jose.ErrSignature, "longer signature")
		})
	}
}

// The integers of an ECDSA signature must have a fixed length. Otherwise the same signature has many spellings.
func TestECSignatureHasTheLengthOfItsCurve(t *testing.T) {
	for _, alg := range []string{"ES256", "ES384", "ES512"} {
		key := keyFor(alg)
		halves := func() (input, r, s string) {
			token := sign(t, alg, key)
			at := strings.LastIndexByte(token, '.')
			signature := string(must(base64.RawURLEncoding.DecodeString(token[at+1:])))
			return token[:at+1], signature[:len(signature)/2], signature[len(signature)/2:]
		}
		input, r, s := halves()
		require.NoError(t, parse(t, input+b64(r+s)).Verify(key.Public()))
		assert.ErrorIs(t, parse(t, input+b64("\x00"+r+"\x00"+s)).Verify(key.Public()), jose.ErrSignature, "%s, longer", alg)
		for alg == "ES512" && (r[0] != 0 || s[0] != 0) { // three of four are
			input, r, s = halves()
		}
		if r[0] == 0 && s[0] == 0 {
			assert.ErrorIs(t, parse(t, input+b64(r[1:]+s[1:])).Verify(key.Public()), jose.ErrSignature, "%s, shorter", alg)
		}
	}
}

func TestWrongKey(t *testing.T) {
	for _, alg := range []string{"ES256", "ES384", "ES512", "EdDSA"} {
		assert.ErrorIs(t, parse(t, sign(t, alg, keyFor(alg))).Verify(keyFor(alg).Public()), jose.ErrSignature, alg)
	}
	other := must(rsa.GenerateKey(rand.Reader, 2048))
	for _, alg := range []string{"RS256", "PS256"} {
		assert.ErrorIs(t, parse(t, sign(t, alg, rsaKey())).Verify(other.Public()), jose.ErrSignature, alg)
	}
}

func TestUnfitKey(t *testing.T) {
	for _, alg := range algorithms {
		parsed := parse(t, sign(t, alg, keyFor(alg)))
		for _, other := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
			pub := keyFor(other).Public()
			if jose.Fits(alg, pub) {
				continue
			}
			var refused *jose.Error
			err := parsed.Verify(pub)
			require.ErrorAs(t, err, &refused, alg+" with a key of "+other)
			assert.Equal(t, jose.AlgorithmRefused, refused.Code)
			assert.ErrorIs(t, err, jose.ErrSignature)
		}
	}
}

func TestNotAllowed(t *testing.T) {
	for _, alg := range []string{"", "none", "None", "HS256", "rs256", "ES256K", "RSA-OAEP"} {
		assert.False(t, jose.Allowed(alg), alg)
		assert.False(t, jose.Fits(alg, rsaKey().Public()), alg)
	}
	secret := []byte("a secret of at least thirty-two bytes")
	hmac := parse(t, sign(t, "HS256", secret))
	assert.ErrorIs(t, hmac.Verify(secret), jose.ErrSignature)
	assert.ErrorIs(t, hmac.Verify(rsaKey().Public()), jose.ErrSignature)
	assert.ErrorIs(t, parse(t, compact(`{"alg":"none"}`, `{}`, "")).Verify(nil), jose.ErrSignature)
}

func TestPSSSalt(t *testing.T) {
	input := b64(`{"alg":"PS256"}`) + "." + b64(`{}`)
	h := crypto.SHA256.New()
	h.Write([]byte(input))
	for salt, good := range map[int]bool{32: true, 20: false, 31: false, 64: false, rsa.PSSSaltLengthAuto: false} {
		sig, err := rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, h.Sum(nil), &rsa.PSSOptions{SaltLength: salt})
		require.NoError(t, err)
		err = parse(t, input+"."+b64(string(sig))).Verify(rsaKey().Public())
		assert.Equal(t, good, err == nil, "salt of %d", salt)
	}
}

// Verify is not preceded by a check that an EC key is a point of its curve.
func TestNothingVerifiesUnderAnOddKey(t *testing.T) {
	tokens := map[string]*jose.Token{}
	for _, alg := range algorithms {
		tokens[alg] = parse(t, sign(t, alg, keyFor(alg)))
	}
	for name, pub := range oddKeys() {
		for alg, token := range tokens {
			assert.ErrorIs(t, token.Verify(pub), jose.ErrSignature, "%s, %s", name, alg)
		}
	}
}

func TestFitsRefusesOddKeys(t *testing.T) {
	for name, pub := range oddKeys() {
		for _, alg := range algorithms {
			assert.False(t, jose.Fits(alg, pub), "%s, %s", name, alg)
		}
	}
}

func oddKeys() map[string]crypto.PublicKey {
	n := rsaKey().N
	p := ecKey(elliptic.P256()).PublicKey
	return map[string]crypto.PublicKey{
		"nil":           nil,
		"nil RSA":       (*rsa.PublicKey)(nil),
		"empty RSA":     &rsa.PublicKey{},
		"short RSA":     &rsa.PublicKey{N: new(big.Int).Rsh(n, 1), E: 65537},
		"huge RSA":      &rsa.PublicKey{N: new(big.Int).SetBit(n, 8192, 1), E: 65537},
		"even modulus":  &rsa.PublicKey{N: new(big.Int).SetBit(n, 0, 0), E: 65537},
		"exponent 1":    &rsa.PublicKey{N: n, E: 1},
		"even exponent": &rsa.PublicKey{N: n, E: 65536},
		"private RSA":   rsaKey(),
		"nil EC":        (*ecdsa.PublicKey)(nil),
		"empty EC":      &ecdsa.PublicKey{},
		"no point":      &ecdsa.PublicKey{Curve: elliptic.P256()},
		"off the curve": &ecdsa.PublicKey{Curve: elliptic.P256(), X: p.X, Y: new(big.Int).Add(p.Y, big.NewInt(1))},
		"infinity":      &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)},
		"negative":      &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).Neg(p.X), Y: p.Y},
		"P-224":         ecKey(elliptic.P224()).Public(),
		"short Ed25519": ed25519.PublicKey(make([]byte, 31)),
	}
}
