package jose_test

import (
	"crypto"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// embedded parses a token whose header has this alg and jwk, and reads the key.
func embedded(t *testing.T, alg, jwk string) (crypto.PublicKey, string, error) {
	t.Helper()
	return parse(t, compact(`{"alg":"`+alg+`","jwk":`+jwk+`}`, `{}`, "x")).Header.EmbeddedKey()
}

func TestEmbeddedKeyOfRFC7638(t *testing.T) {
	const jwk = `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`
	_, thumbprint, err := embedded(t, "RS256", jwk)
	require.NoError(t, err)
	require.Equal(t, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", thumbprint)
}

func TestEmbeddedKeyHasTheThumbprintOfTheLibrary(t *testing.T) {
	for _, alg := range []string{"ES256", "ES384", "ES512", "EdDSA", "RS256", "PS512"} {
		key := keyFor(alg).Public()
		jwk, err := jose.MarshalJWK("", "", key)
		require.NoError(t, err)
		pub, thumbprint, err := embedded(t, alg, string(jwk))
		require.NoError(t, err, alg)
		require.True(t, jose.SameKey(key, pub), alg)
		require.Equal(t, jose.KeyThumbprints(key)[0], thumbprint, alg)
	}
}

// A key must have one thumbprint, and must not be weak.
func TestEmbeddedKeysThatAreRefused(t *testing.T) {
	ec := members(t, "ES256")
	rsa := members(t, "RS256")
	okp := members(t, "EdDSA")
	with := func(m map[string]any, name string, value any) map[string]any {
		out := maps.Clone(m)
		out[name] = value
		return out
	}
	text := func(m map[string]any, name string) string { return m[name].(string) }
	for name, c := range map[string]struct {
		alg string
		jwk any
	}{
		"array":                        {"ES256", []int{1}},
		"null":                         {"ES256", nil},
		"kty missing":                  {"ES256", with(ec, "kty", nil)},
		"kty in lower case":            {"ES256", with(ec, "kty", "ec")},
		"secret of HMAC":               {"ES256", map[string]any{"kty": "oct", "k": "AAAA"}},
		"private member":               {"ES256", with(ec, "d", "AAAA")},
		"use for encryption":           {"ES256", with(ec, "use", "enc")},
		"key_ops without verify":       {"ES256", with(ec, "key_ops", []string{"sign"})},
		"another alg":                  {"ES256", with(ec, "alg", "ES384")},
		"alg that is no string":        {"ES256", with(ec, "alg", 7)},
		"alg of another type":          {"RS256", ec},
		"another curve":                {"ES256", with(ec, "crv", "P-384")},
		"unknown curve":                {"ES256", with(ec, "crv", "secp256k1")},
		"point off the curve":          {"ES256", with(ec, "y", text(ec, "x"))},
		"coordinate with a zero more":  {"ES256", with(ec, "x", "AA"+text(ec, "x"))},
		"coordinate with padding":      {"ES256", with(ec, "x", text(ec, "x")+"=")},
		"coordinate with a line break": {"ES256", with(ec, "x", text(ec, "x")+"\n")},
		"coordinate in base64":         {"ES256", with(ec, "x", strings.Repeat("+", 43))},
		"coordinate that is a number":  {"ES256", with(ec, "x", 7)},
		"modulus with a zero before":   {"RS256", with(rsa, "n", "AAAA"+text(rsa, "n"))},
		"modulus of 1024 bits":         {"RS256", with(rsa, "n", "g"+strings.Repeat("A", 169)+"w")},
		"huge modulus":                 {"RS256", with(rsa, "n", strings.Repeat("v", 1400))},
		"modulus missing":              {"RS256", with(rsa, "n", nil)},
		"exponent with a zero before":  {"RS256", with(rsa, "e", "AAEAAQ")},
		"exponent one":                 {"RS256", with(rsa, "e", "AQ")},
		"huge exponent":                {"RS256", with(rsa, "e", "AQAAAAE")},
		"Ed25519 of 31 bytes":          {"EdDSA", with(okp, "x", strings.Repeat("A", 41)+"A")},
		"Ed25519 of small order":       {"EdDSA", with(okp, "x", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")},
		"X25519":                       {"EdDSA", with(okp, "crv", "X25519")},
	} {
		t.Run(name, func(t *testing.T) {
			jwk, err := json.Marshal(c.jwk)
			require.NoError(t, err)
			_, thumbprint, err := embedded(t, c.alg, string(jwk))
			require.Error(t, err)
			require.Empty(t, thumbprint)
		})
	}
	_, _, err := parse(t, compact(`{"alg":"ES256"}`, `{}`, "x")).Header.EmbeddedKey()
	require.Error(t, err, "the header has no jwk")
}

// members returns the members of the JWK of a new key.
func members(t *testing.T, alg string) (out map[string]any) {
	t.Helper()
	jwk, err := jose.MarshalJWK("", "", keyFor(alg).Public())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(jwk, &out))
	return out
}
