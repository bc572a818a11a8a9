package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func ecKey(c elliptic.Curve) *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(c, rand.Reader)) }

func edKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(key, err)
}

// keyFor returns a signing key that fits the algorithm.
func keyFor(alg string) crypto.Signer {
	switch alg {
	case "ES256":
		return ecKey(elliptic.P256())
	case "ES384":
		return ecKey(elliptic.P384())
	case "ES512":
		return ecKey(elliptic.P521())
	case "EdDSA":
		return edKey()
	}
	return rsaKey()
}

func sign(t *testing.T, alg string, key any) string {
	t.Helper()
	token, err := jose.Sign(alg, map[string]any{"kid": "k1", "typ": "at+jwt"}, []byte(`{"iss":"me","sub":"you"}`), key)
	require.NoError(t, err)
	return token
}

func parse(t *testing.T, token string) *jose.Token {
	t.Helper()
	parsed, err := jose.Parse(token, 0)
	require.NoError(t, err)
	return parsed
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func compact(header, payload, signature string) string {
	return strings.Join([]string{b64(header), b64(payload), b64(signature)}, ".")
}
