package glewlwyd_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/readme"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// issuer signs with the algorithm.
func issuer(t *testing.T, algorithm string) *glewlwyd.Issuer {
	t.Helper()
	return server(t).Issuer(algorithm)
}

// newAuth has the configuration of examples/providers/README.md, with the issuer and the client of the test.
func newAuth(t *testing.T, op *glewlwyd.Issuer, changes ...func(*oidcauth.Config)) *oidcauth.Authenticator {
	t.Helper()
	iss := readme.Glewlwyd
	require.Equal(t, []string{glewlwyd.Resource}, iss.Audience)
	iss.URL = op.URL
	iss.ClientIDs = []string{glewlwyd.Shop}
	config := oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.DiscardHandler)}
	for _, change := range changes {
		change(&config)
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return auth
}

// newClient is the client shop, unless a change makes it another.
func newClient(t *testing.T, op *glewlwyd.Issuer, changes ...func(*provider.Config)) *provider.Client {
	t.Helper()
	config := provider.Config{Issuer: op.URL, ClientID: glewlwyd.Shop, Auth: provider.Auth{Secret: glewlwyd.Secret}}
	for _, change := range changes {
		change(&config)
	}
	client, err := provider.New(config)
	require.NoError(t, err)
	return client
}
