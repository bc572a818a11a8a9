package oidcauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A service that is not ready gets no requests that could fetch keys, so Ready fetches them itself.
func TestReadyFetchesKeysIfNoneIsCached(t *testing.T) {
	s := newService(t, nil)
	require.NoError(t, s.auth.Ready(context.Background()))
	asked := s.Requests(oidctest.JWKS)
	require.Equal(t, 1, asked)
	s.Close()
	require.NoError(t, s.auth.Ready(context.Background()), "held keys serve without the provider")
}

func TestReadyNamesEveryIssuerWithoutKeys(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		dead := certsource.JWKS{URL: "https://127.0.0.1:1/keys"}
		c.Issuers = append(c.Issuers,
			oidcauth.Issuer{URL: "https://a.example", Audience: []string{audience}, Keys: dead},
			oidcauth.Issuer{URL: "https://{tenantid}.example", Audience: []string{audience}, Keys: dead, Tenants: []string{"t"}},
		)
	})
	err := s.auth.Ready(context.Background())
	var fault *oidcauth.NotReadyError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "https://a.example", fault.Issuer)
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, joined.Unwrap(), 2)
	require.Empty(t, s.reason(t, s.Token(audience, alice)), "the issuer that has keys serves")
}

func TestReadyWithTheKeysOfATemplatedIssuer(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].URL, c.Issuers[0].Tenants = "https://login.example/{tenantid}", []string{"t"}
		c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
	})
	require.NoError(t, s.auth.Ready(context.Background()))
}

func TestNotReadyWithKeysOfNoAllowedAlgorithm(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"ES512"} })
	require.Error(t, s.auth.Ready(context.Background()))
}
