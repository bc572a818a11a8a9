package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// One user's tokens of both kinds reach the same identity; a revoked one is refused on the next request, by the replica
// that was told and by the other.
func TestRealProviderOpaqueAndJWT(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	secret := provider.Auth{Secret: oidcprovider.ClientSecret}
	introspector, err := provider.New(provider.Config{Issuer: op.Issuer, ClientID: oidcprovider.ResourceServer, Auth: secret})
	require.NoError(t, err)
	owner, err := provider.New(provider.Config{Issuer: op.Issuer, ClientID: oidcprovider.Confidential, Auth: secret})
	require.NoError(t, err)
	list := &denylist.Memory{}
	newReplica := func() *oidcauth.Authenticator {
		auth, err := oidcauth.New(oidcauth.Config{
			Revocation: oidcauth.Revocation{DenyList: list},
			Users:      usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Name: "Alice", Enabled: true}}),
			Issuers: []oidcauth.Issuer{{
				URL: op.Issuer, Audience: []string{oidcprovider.ES256, oidcprovider.Opaque}, Introspection: oidcauth.Introspection{Client: introspector}, Revoker: owner,
				Claims: oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("tid"), "tenant-a")}},
			}},
		})
		require.NoError(t, err)
		return auth
	}
	told, other := newReplica(), newReplica()
	opaque := op.Login(t, "alice", oidcprovider.Opaque, "openid", "api:read").Access
	jwt := op.Login(t, "alice", oidcprovider.ES256, "openid", "api:read").Access
	one, refusal := verdict.Of(t, told, opaque)
	require.Empty(t, refusal)
	two, refusal := verdict.Of(t, told, jwt)
	require.Empty(t, refusal)
	require.Equal(t, one.User(), two.User())
	require.Equal(t, one.Subject(), two.Subject())
	require.Equal(t, one.Issuer(), two.Issuer())
	require.True(t, one.HasScopes("api:read"))
	require.True(t, two.HasScopes("api:read"))

	require.NoError(t, told.Revoke(t.Context(), opaque, "access_token"))
	require.ErrorIs(t, told.Revoke(t.Context(), jwt, "access_token"), provider.ErrTokenType, "this provider revokes no JWT")
	for _, auth := range []*oidcauth.Authenticator{told, other} {
		for _, token := range []string{opaque, jwt} {
			_, refusal := verdict.Of(t, auth, token)
			require.Equal(t, reason.TokenRevoked, refusal)
		}
	}
	_, err = introspector.Introspect(t.Context(), opaque)
	require.ErrorIs(t, err, claims.ErrInactive, "the provider knows of it too")
}

// zitadel's introspection leaves out what others tell; where JWTs are introspected, it decides about them.
func TestRealProviderIntrospectsJWTs(t *testing.T) {
	op := zitadel.Start(t)
	client, err := provider.New(provider.Config{Issuer: op.Issuer(), ClientID: zitadel.JWT, Auth: provider.Auth{Secret: zitadel.ClientSecret}})
	require.NoError(t, err)
	issuer := oidcauth.Issuer{URL: op.Issuer(), Audience: []string{zitadel.API}, Introspection: oidcauth.Introspection{Client: client, JWTs: true}}
	token := op.Login(t, zitadel.JWT, "alice", "openid").Access
	_, refusal := verdict.Of(t, newAuth(t, issuer, nil), token)
	require.Equal(t, reason.WrongAudience, refusal, "its introspection names no audience")
	issuer.Introspection.InsecureWithoutAudience = true
	auth := newAuth(t, issuer, nil)
	id, refusal := verdict.Of(t, auth, token)
	require.Empty(t, refusal)
	require.Equal(t, zitadel.Alice, id.Subject())
	_, refusal = verdict.Of(t, auth, op.Login(t, zitadel.JWT, "alice", "openid").ID)
	require.NotEmpty(t, refusal)
}
