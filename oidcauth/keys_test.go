package oidcauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The source holds the very key that signs, but for another issuer: the token must not pass.
func TestKeyOfAnotherIssuerNeverVerifies(t *testing.T) {
	for issuer, want := range map[string]oidcauth.Reason{"": "", "https://other.example": oidcauth.KeyNotFound} {
		s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
			bound, err := certsource.Bind(certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}, certsource.Binding{Issuer: issuer})
			require.NoError(t, err)
			require.NoError(t, bound.(certsource.Refresher).Refresh(context.Background(), certsource.Query{}))
			c.Issuers[0].Keys = bound
		})
		require.Equal(t, want, s.reason(t, s.Token(audience, alice)))
	}
}
