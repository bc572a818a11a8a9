package lemonldap_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/readme"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// newAuth has the configuration of examples/providers/README.md, with the portal of the test.
func newAuth(t *testing.T, op *lemonldap.Server, changes ...func(*oidcauth.Config)) *oidcauth.Authenticator {
	t.Helper()
	iss := readme.LemonLDAP
	require.Equal(t, []string{lemonldap.Audience}, iss.Audience)
	iss.URL = op.URL
	config := oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.DiscardHandler)}
	for _, change := range changes {
		change(&config)
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	return auth
}

// byEmail finds dwho.
func byEmail(c *oidcauth.Config) {
	c.Issuers[0].Claims.User = claims.Name("email")
	c.Users = usermap.NewTable(usermap.Entry{Value: "dwho@badwolf.org", User: usermap.User{ID: "7", Name: "Doctor Who", Enabled: true}})
}

func withUserInfo(client *provider.Client) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = client }
}

// introspecting has opaque tokens judged by their client, as the README says.
func introspecting(client *provider.Client, clients ...string) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client, c.Issuers[0].ClientIDs, c.Issuers[0].ClientIDInsteadOfAudience = client, clients, true
		c.Issuers[0].Introspection.InsecureWithoutTokenType = true
	}
}

func newClient(t *testing.T, op *lemonldap.Server, changes ...func(*provider.Config)) *provider.Client {
	t.Helper()
	config := provider.Config{Issuer: op.URL, ClientID: lemonldap.API, Auth: provider.Auth{Secret: lemonldap.Secret}}
	for _, change := range changes {
		change(&config)
	}
	client, err := provider.New(config)
	require.NoError(t, err)
	return client
}
