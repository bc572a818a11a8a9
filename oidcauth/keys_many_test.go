package oidcauth_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// The fifth of five bare RSA keys is tried for no token with a kid of another kind: New must say so.
func TestKeysThatAreNeverTriedWarn(t *testing.T) {
	var text certsource.PEM
	list := &denylist.Memory{} // of an Authenticator beside others, New would warn
	for n := 1; n <= 5; n++ {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		require.NoError(t, err)
		text += publicPEM(t, key.Public())
		var log bytes.Buffer
		_, err = oidcauth.New(oidcauth.Config{
			Issuers:    []oidcauth.Issuer{{URL: "https://crowd.example", Audience: []string{audience}, Keys: text}},
			Revocation: oidcauth.Revocation{DenyList: list},
			Logger:     slog.New(slog.NewTextHandler(&log, nil)),
		})
		require.NoError(t, err)
		require.Equal(t, n > 4, log.Len() > 0, log.String())
	}
}
