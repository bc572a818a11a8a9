package interop

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// primitiveFile holds vectors of a signature scheme alone: a key, a message and a signature, but no token.
type primitiveFile struct {
	TestGroups []struct {
		PublicKeyDER string
		Tests        []struct {
			ID               int `json:"tcId"`
			Comment          string
			Msg, Sig, Result string
			Flags            []string
		}
	}
}

// The vectors of the schemes reach Verify through a token whose signed text and signature are exchanged: thousands of
// forged signatures, of which the vectors with tokens have hardly any for elliptic curves.
func TestWycheproofPrimitives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		alg, file      string
		valid, invalid int
	}{
		{"RS256", "rsa_signature_2048_sha256_test.json", 9, 250},
		{"RS384", "rsa_signature_2048_sha384_test.json", 7, 251},
		{"RS512", "rsa_signature_2048_sha512_test.json", 8, 251},
		{"RS256", "rsa_signature_8192_sha256_test.json", 7, 251},
		{"PS256", "rsa_pss_2048_sha256_mgf1_32_test.json", 63, 45},
		{"PS256", "rsa_pss_4096_sha256_mgf1_32_test.json", 63, 45},
		{"PS384", "rsa_pss_2048_sha384_mgf1_48_test.json", 95, 46},
		{"PS512", "rsa_pss_4096_sha512_mgf1_64_test.json", 132, 47},
		{"ES256", "ecdsa_secp256r1_sha256_p1363_test.json", 173, 89},
		{"ES384", "ecdsa_secp384r1_sha384_p1363_test.json", 193, 87},
		{"ES512", "ecdsa_secp521r1_sha512_p1363_test.json", 231, 87},
		{"EdDSA", "ed25519_test.json", 88, 63},
	} {
		t.Run(c.alg+" "+c.file, func(t *testing.T) {
			t.Parallel()
			valid, invalid := runPrimitives(t, c.alg, c.file)
			require.Equal(t, [2]int{c.valid, c.invalid}, [2]int{valid, invalid}, "valid, invalid")
		})
	}
}

func runPrimitives(t *testing.T, alg, name string) (valid, invalid int) {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	require.NoError(t, err)
	var file primitiveFile
	require.NoError(t, json.Unmarshal(data, &file))
	for _, group := range file.TestGroups {
		der, err := hex.DecodeString(group.PublicKeyDER)
		require.NoError(t, err)
		pub, err := x509.ParsePKIXPublicKey(der)
		require.NoError(t, err)
		for _, v := range group.Tests {
			message, err := hex.DecodeString(v.Msg)
			require.NoError(t, err)
			signature, err := hex.DecodeString(v.Sig)
			require.NoError(t, err)
			require.True(t, jose.Fits(alg, pub), "%d", v.ID)
			err = jose.Verify(alg, string(message), signature, pub)
			// "acceptable" is a signature with a fault that some let pass; RFC 7518 has no room for it.
			if v.Result == "valid" {
				require.NoError(t, err, "%d %s", v.ID, v.Comment)
				valid++
			} else {
				require.ErrorIs(t, err, jose.ErrSignature, "%d %s", v.ID, v.Comment)
				invalid++
			}
		}
	}
	return valid, invalid
}
