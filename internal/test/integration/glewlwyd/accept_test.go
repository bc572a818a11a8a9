package glewlwyd_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestAccessTokensOfEveryAlgorithm(t *testing.T) {
	for _, algorithm := range glewlwyd.Algorithms() {
		t.Run(algorithm, func(t *testing.T) {
			op := issuer(t, algorithm)
			auth := newAuth(t, op, byEmail)
			login := op.Login(t, "alice", glewlwyd.Resource, "openid", "email", "api:read")
			id, refusal := verdict.Of(t, auth, login.Access)
			require.Empty(t, refusal)
			require.Equal(t, "7", id.User().ID)
			require.True(t, id.HasScopes("api:read"))
			verdict.Refused(t, auth, login.ID, reason.IDTokenAsAccessToken)
			verdict.Refused(t, auth, login.Refresh, reason.OpaqueToken)
			verdict.Refused(t, newAuth(t, op, another(algorithm)), login.Access, reason.AlgorithmRefused)
		})
	}
}

// byEmail finds alice by the claim email, which access tokens have.
func byEmail(c *oidcauth.Config) {
	c.Issuers[0].Claims.User = claims.Name("email")
	c.Users = usermap.NewTable(usermap.Entry{Value: "alice@example.test", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}})
}

// another algorithm than the token's is the only one allowed.
func another(algorithm string) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.Issuers[0].Algorithms = []string{"ES256"}
		if algorithm == "ES256" {
			c.Issuers[0].Algorithms = []string{"RS256"}
		}
	}
}

// The key set of such an issuer is not shown, and must not be asked for either.
func TestSharedSecretIsRefused(t *testing.T) {
	op := issuer(t, "HS256")
	verdict.Refused(t, newAuth(t, op), op.ClientCredentials(t, glewlwyd.Resource, "api:read"), reason.AlgorithmRefused)
}

// The token of a machine is as good as a user's, until a user is looked for.
func TestMachines(t *testing.T) {
	op := issuer(t, "ES256")
	token := op.ClientCredentials(t, glewlwyd.Resource, "api:read")
	id, refusal := verdict.Of(t, newAuth(t, op), token)
	require.Empty(t, refusal)
	require.Equal(t, glewlwyd.Shop, id.Subject())
	verdict.Refused(t, newAuth(t, op, byEmail), token, reason.ClaimMissing, "app_only_token")
}

func TestAudiences(t *testing.T) {
	op := issuer(t, "ES256")
	auth := newAuth(t, op)
	for name, token := range map[string]string{
		"no resource":    op.Login(t, "alice", "", "openid", "api:read").Access,
		"machine":        op.ClientCredentials(t, "", "api:read"),
		"password grant": op.Password(t, "alice", "openid", "api:read").Access,
	} {
		t.Run(name, func(t *testing.T) {
			verdict.Refused(t, auth, token, reason.WrongAudience, "audience_is_scopes")
			scopes := newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"openid api:read", "api:read"} })
			_, refusal := verdict.Of(t, scopes, token)
			require.Empty(t, refusal, "aud is the list of scopes")
		})
	}
	token := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{glewlwyd.Shop} }), token, reason.WrongAudience)
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{glewlwyd.Post} }), token, reason.UnauthorizedParty)
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].URL += "/" }), token, reason.UnknownIssuer, "issuer_trailing_slash")
	verdict.Refused(t, newAuth(t, issuer(t, "ES384")), token, reason.UnknownIssuer)
}

func TestRotation(t *testing.T) {
	first, err := glewlwyd.NewKey("RS256")
	require.NoError(t, err)
	second, err := glewlwyd.NewKey("ES256")
	require.NoError(t, err)
	op := issuer(t, glewlwyd.Rotating)
	op.SetKeys(t, first)
	auth := newAuth(t, op)
	old := op.ClientCredentials(t, glewlwyd.Resource, "api:read")
	_, refusal := verdict.Of(t, auth, old)
	require.Empty(t, refusal)

	op.SetKeys(t, second, first)
	_, refusal = verdict.Of(t, auth, op.ClientCredentials(t, glewlwyd.Resource, "api:read"))
	require.Empty(t, refusal, "the first token of a new key")
	_, refusal = verdict.Of(t, auth, old)
	require.Empty(t, refusal, "its key is still published")

	op.SetKeys(t, second)
	verdict.Refused(t, newAuth(t, op), old, reason.KeyNotFound)
}
