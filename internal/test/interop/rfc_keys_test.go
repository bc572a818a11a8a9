package interop

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// The keys that RFCs print are read as a set; each is used or skipped as its members say.
func TestRFCKeys(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/rfc-keys.json")
	require.NoError(t, err)
	var examples []struct {
		Name string
		Key  json.RawMessage
	}
	require.NoError(t, json.Unmarshal(data, &examples))

	usable := map[string]string{
		"RFC 7517 A.1, second": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", // RFC 7638 section 3.1
		"RFC 7517 B":           "",                                            // no RFC prints its thumbprint
		"RFC 8037 A.2":         "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", // RFC 8037 appendix A.3
	}
	skipped := map[string]string{
		"RFC 7517 A.1, first":  "its use is enc",
		"RFC 7517 A.3, second": "symmetric",
	}
	require.Len(t, examples, len(usable)+len(skipped))
	for _, example := range examples {
		t.Run(example.Name, func(t *testing.T) {
			t.Parallel()
			keys, left, err := jose.ParseJWKS(fmt.Appendf(nil, `{"keys":[%s]}`, example.Key))
			require.NoError(t, err)
			thumbprint, found := usable[example.Name]
			if !found {
				require.NotEmpty(t, skipped[example.Name])
				require.Empty(t, keys)
				require.Len(t, left, 1)
				return
			}
			require.Empty(t, left)
			require.Len(t, keys, 1)
			if thumbprint == "" {
				require.Equal(t, "Brian Campbell", keys[0].Certificate.Subject.CommonName)
				require.Equal(t, "4pNenEBLv0JpLIdugWxQkOsZcK0", keys[0].X5T)
				return
			}
			// A thumbprint covers each member that makes the key, so the key was read to the last bit.
			sum, err := (&gojose.JSONWebKey{Key: keys[0].Public}).Thumbprint(crypto.SHA256)
			require.NoError(t, err)
			require.Equal(t, thumbprint, base64.RawURLEncoding.EncodeToString(sum))
		})
	}
}
