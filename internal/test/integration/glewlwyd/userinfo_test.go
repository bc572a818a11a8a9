package glewlwyd_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// withUserInfo finds alice by a claim that only UserInfo has: the name.
func withUserInfo(client *provider.Client) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = client
		c.Issuers[0].Claims.User = claims.Name("name")
		c.Users = usermap.NewTable(usermap.Entry{Value: "Alice", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}})
	}
}

func TestClaimOfUserInfoFindsTheUser(t *testing.T) {
	op := issuer(t, "PS256")
	auth := newAuth(t, op, withUserInfo(newClient(t, op)))
	id, refusal := verdict.Of(t, auth, op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access)
	require.Empty(t, refusal)
	require.Equal(t, "7", id.User().ID)
	verdict.Refused(t, auth, op.Login(t, "bob", glewlwyd.Resource, "openid", "api:read").Access, reason.UserNotFound)
}

// A machine has no UserInfo: Glewlwyd answers 404 without a body.
func TestMachinesHaveNoUserInfo(t *testing.T) {
	op := issuer(t, "ES256")
	auth := newAuth(t, op, withUserInfo(newClient(t, op)))
	verdict.Refused(t, auth, op.ClientCredentials(t, glewlwyd.Resource, "api:read"), reason.UserInfoRefused, "app_only_token")
}

func TestRevokedTokenIsRefusedByUserInfo(t *testing.T) {
	op := issuer(t, "ES256")
	client := newClient(t, op)
	token := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
	require.NoError(t, client.Revoke(t.Context(), token, provider.AccessToken))
	verdict.Refused(t, newAuth(t, op, withUserInfo(client)), token, reason.UserInfoRefused)
}

// UserInfo is signed where it is asked for, and then of a type of Glewlwyd's own, for no one in particular.
func TestSignedUserInfo(t *testing.T) {
	signed := func(c *provider.Config) { c.RequireSignedUserInfo = true }
	rs256 := func(c *provider.Config) { c.Algorithms = []string{"RS256"} }
	for _, algorithm := range []string{"RS512", "PS256", "ES384", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			op := issuer(t, algorithm)
			token := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
			id, refusal := verdict.Of(t, newAuth(t, op, withUserInfo(newClient(t, op, signed))), token)
			require.Empty(t, refusal)
			require.Equal(t, "7", id.User().ID)
			verdict.Refused(t, newAuth(t, op, withUserInfo(newClient(t, op, signed, rs256))), token, reason.UserInfoUnavailable)
		})
	}
}
