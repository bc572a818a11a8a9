package jose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// edited returns the JWK of a public key with members changed; nil removes one.
func edited(t *testing.T, pub any, changes map[string]any) string {
	t.Helper()
	text, err := jose.MarshalJWK("k", "", pub)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	for name, v := range changes {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	return string(must(json.Marshal(m)))
}

func set(keys ...string) []byte { return []byte(`{"keys":[` + strings.Join(keys, ",") + `]}`) }

func certificate(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(4e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(der)
}

func TestJWKSRoundTrip(t *testing.T) {
	for _, alg := range algorithms {
		pub := keyFor(alg).Public()
		text, err := jose.MarshalJWK("id", alg, pub)
		require.NoError(t, err)
		keys, skipped, err := jose.ParseJWKS(set(string(text)))
		require.NoError(t, err)
		require.Empty(t, skipped)
		require.Len(t, keys, 1)
		assert.Equal(t, "id", keys[0].ID)
		assert.Equal(t, alg, keys[0].Algorithm)
		assert.Equal(t, pub, keys[0].Public)
	}
	_, err := jose.MarshalJWK("id", "RS256", rsaKey())
	assert.Error(t, err, "a private key")
}

// An unusable key is skipped, and the usable keys around it stay.
func TestJWKSOddKeys(t *testing.T) {
	pub, p256 := rsaKey().Public(), ecKey(elliptic.P256())
	good := edited(t, pub, nil)
	change := func(name string, v any) string { return edited(t, pub, map[string]any{name: v}) }
	other := certificate(t, must(rsa.GenerateKey(rand.Reader, 2048)))
	for name, odd := range map[string]string{
		"not an object":     `1`,
		"empty":             `{}`,
		"null":              `null`,
		"unknown kty":       `{"kty":"AKP","pub":"AA"}`,
		"kty number":        change("kty", 1),
		"oct":               `{"kty":"oct","k":"c2VjcmV0"}`,
		"private":           change("d", "AQAB"),
		"encryption":        change("use", "enc"),
		"use null":          strings.Replace(good, `"use":"sig"`, `"use":null`, 1),
		"key_ops":           change("key_ops", []string{"sign"}),
		"key_ops text":      change("key_ops", "verify"),
		"alg of encryption": change("alg", "RSA-OAEP"),
		"alg HMAC":          change("alg", "HS256"),
		"alg misfit":        change("alg", "ES256"),
		"alg number":        change("alg", 7),
		"kid number":        change("kid", 7),
		"no modulus":        change("n", nil),
		"no base64":         change("n", "!!"),
		"empty modulus":     change("n", ""),
		"exponent 1":        change("e", "AQ"),
		"huge exponent":     change("e", "AQAAAAAAAQAB"),
		"weak":              edited(t, &rsa.PublicKey{N: new(big.Int).Rsh(rsaKey().N, 1100), E: 65537}, nil),
		"off the curve":     edited(t, p256.Public(), map[string]any{"x": base64.RawURLEncoding.EncodeToString(make([]byte, 32))}),
		"curve misfit":      edited(t, p256.Public(), map[string]any{"crv": "P-384"}),
		"curve unknown":     edited(t, p256.Public(), map[string]any{"crv": "P-999"}),
		"no y":              edited(t, p256.Public(), map[string]any{"y": nil}),
		"P-256 as ES384":    edited(t, p256.Public(), map[string]any{"alg": "ES384"}),
		"X25519":            `{"kty":"OKP","crv":"X25519","x":"` + b64(strings.Repeat("x", 32)) + `"}`,
		"short Ed25519":     `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`,
		"x5c of another":    change("x5c", []string{other}),
		"x5c no array":      change("x5c", other),
		"x5c empty":         change("x5c", []string{}),
		"x5c rubbish":       change("x5c", []string{"AAAA"}),
	} {
		t.Run(name, func(t *testing.T) {
			keys, skipped, err := jose.ParseJWKS(set(good, odd, good))
			require.NoError(t, err)
			assert.Len(t, keys, 2)
			require.Len(t, skipped, 1)
			assert.NotEmpty(t, skipped[0].Why)
		})
	}
}

func TestJWKSAccepts(t *testing.T) {
	pub := rsaKey().Public()
	cert := certificate(t, rsaKey())
	keys, skipped, err := jose.ParseJWKS(set(
		edited(t, pub, map[string]any{"use": nil, "issuer": "https://login/{tenantid}/v2.0", "x5c": []string{cert}}),
		edited(t, pub, map[string]any{"x5t": "mine", "x5c": []string{cert, "whatever"}, "extra": map[string]any{"a": 1}}),
		edited(t, pub, map[string]any{"kid": nil, "key_ops": []string{"verify"}}),
	))
	require.NoError(t, err)
	require.Empty(t, skipped)
	require.Len(t, keys, 3)
	assert.Equal(t, "https://login/{tenantid}/v2.0", keys[0].Issuer)
	require.NotNil(t, keys[0].Certificate)
	assert.Len(t, keys[0].X5T, 27)
	assert.Len(t, keys[0].X5TS256, 43)
	assert.Equal(t, "mine", keys[1].X5T)
	assert.Empty(t, keys[2].ID)
	assert.IsType(t, &rsa.PublicKey{}, keys[2].Public)
}

func TestJWKSDocument(t *testing.T) {
	for _, text := range []string{
		``, `[]`, `{}`, `{"keys":null}`, `{"keys":{}}`, `{"keys":[]}x`, `{"keys":[],"keys":[]}`,
		`{"keys":[]` + strings.Repeat(" ", 1<<20) + `}`,
	} {
		_, _, err := jose.ParseJWKS([]byte(text))
		assert.Error(t, err)
	}
	keys, skipped, err := jose.ParseJWKS([]byte(`{"keys":[]}`))
	require.NoError(t, err)
	assert.Empty(t, keys)
	assert.Empty(t, skipped)
}

func TestJWKSManyKeys(t *testing.T) {
	one := edited(t, ecKey(elliptic.P256()).Public().(*ecdsa.PublicKey), nil)
	many := slices.Repeat([]string{one}, 1000)
	keys, skipped, err := jose.ParseJWKS(set(many...))
	require.NoError(t, err)
	assert.Len(t, keys, 1000)
	assert.Empty(t, skipped)
	keys, skipped, err = jose.ParseJWKS(set(append(many, one, one)...))
	require.NoError(t, err)
	assert.Len(t, keys, 1000)
	assert.Len(t, skipped, 1, "the rest together")
	foreign := slices.Repeat([]string{`{"kty":"RSA","use":"enc"}`}, 500)
	keys, skipped, err = jose.ParseJWKS(set(append(foreign, many...)...))
	require.NoError(t, err)
	assert.Len(t, keys, 1000, "what cannot be used does not count")
	assert.Len(t, skipped, 500)
}
