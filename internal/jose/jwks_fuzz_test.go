package jose_test

import (
	"crypto"
	"crypto/elliptic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// FuzzParseJWKS checks that every parsed key is a public key that fits an algorithm, and survives being written and
// parsed again.
func FuzzParseJWKS(f *testing.F) {
	for _, key := range []crypto.PublicKey{
		rsaKey().Public(), ecKey(elliptic.P256()).Public(), ecKey(elliptic.P384()).Public(), ecKey(elliptic.P521()).Public(), edKey().Public(),
	} {
		text := string(must(jose.MarshalJWK("k", "", key)))
		f.Add([]byte(`{"keys":[` + text + `]}`))
		f.Add([]byte(`{"keys":[` + text + `,{"kty":"oct","k":"AA"},` + text[:len(text)-1] + `,"x5c":["AAAA"],"key_ops":["verify"]}]}`))
		f.Add([]byte(`{"keys":[` + text[:len(text)-1] + `,"d":"AQAB"}],"keys2":[]}`))
	}
	f.Add([]byte(`{"keys":[]}`))
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"","y":""},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, skipped, err := jose.ParseJWKS(text)
		if err != nil {
			require.Empty(t, keys)
			return
		}
		require.LessOrEqual(t, len(keys)+len(skipped), 101)
		for _, s := range skipped {
			require.NotEmpty(t, s.Why)
		}
		for _, k := range keys {
			fits := 0
			for _, alg := range jose.Algorithms() {
				if jose.Fits(alg, k.Public) {
					fits++
				}
			}
			require.Positive(t, fits)
			if k.Algorithm != "" {
				require.True(t, jose.Fits(k.Algorithm, k.Public))
			}
			_, private := k.Public.(crypto.Signer)
			require.False(t, private)
			again, odd, err := jose.ParseJWKS([]byte(`{"keys":[` + string(must(jose.MarshalJWK(k.ID, k.Algorithm, k.Public))) + `]}`))
			require.NoError(t, err)
			require.Empty(t, odd)
			require.Len(t, again, 1)
			require.Equal(t, k.ID, again[0].ID)
			require.True(t, k.Public.(interface{ Equal(crypto.PublicKey) bool }).Equal(again[0].Public))
		}
	})
}
