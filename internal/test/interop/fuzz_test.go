package interop

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// FuzzAccepted signs any header and payload, and puts any text behind the token: what we accept, the others must
// accept and read alike. One algorithm will do, and that of the fastest signatures, since no signature is forged.
func FuzzAccepted(f *testing.F) {
	const alg = "EdDSA"
	for _, c := range headers {
		f.Add(strings.ReplaceAll(c.text, "ALG", alg), plainPayload, "")
	}
	for _, c := range payloads() {
		f.Add(`{"alg":"EdDSA"}`, c.text, "")
	}
	for _, tail := range []string{"=", "\n", " ", ".", "A", "\x00"} {
		f.Add(`{"alg":"EdDSA"}`, plainPayload, tail)
	}
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)) // a finding must be found again
	f.Fuzz(func(t *testing.T, header, payload, tail string) {
		input := encode(header) + "." + encode(payload)
		token := input + "." + encode(sign(alg, key, input)) + tail
		parsed, err := jose.Parse(token, 0)
		if err != nil || parsed.Verify(key.Public()) != nil {
			return
		}
		require.Empty(t, tail)
		want := ourClaims(t, token)
		for _, p := range peers {
			claims, err := p.verify(token, alg, key.Public())
			if err != nil && excused(p.name, header, parsed, want) {
				continue
			}
			require.NoError(t, err, p.name)
			require.Equal(t, want, claims, p.name)
		}
	})
}

// excused tells whether the table knows why a library refuses what we accept.
func excused(name, header string, parsed *jose.Token, claims map[string]any) bool {
	if parsed.Header.Algorithm == "Ed25519" {
		return name != "jwx"
	}
	if name == "golang-jwt" {
		return claims == nil // a number beyond a float
	}
	read := []string{"jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "cty", "nonce"}
	return slices.ContainsFunc(read, parsed.Header.Raw.Has) || name == "jwx" && strings.TrimSpace(header) != header
}
