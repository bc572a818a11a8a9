package jose_test

import (
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// The key and the thumbprint are those of RFC 7638 section 3.1.
func TestThumbprintOfTheRFC(t *testing.T) {
	n, err := base64.RawURLEncoding.DecodeString("" +
		"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64t" +
		"Z_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO" +
		"pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw")
	require.NoError(t, err)
	prints := jose.KeyThumbprints(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537})
	require.Len(t, prints, 2)
	require.Equal(t, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", prints[0])
	require.Empty(t, jose.KeyThumbprints("no key"))
}

func TestSameKey(t *testing.T) {
	one, two := rsaKey().Public(), ecKey(elliptic.P256()).Public()
	require.True(t, jose.SameKey(one, one))
	require.False(t, jose.SameKey(one, two))
	require.False(t, jose.SameKey(one, nil))
	require.False(t, jose.SameKey(nil, one))
	require.False(t, jose.SameKey("a", "a"))
}
