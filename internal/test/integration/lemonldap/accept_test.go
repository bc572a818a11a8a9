package lemonldap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The type of access tokens and of ID tokens is JWT, and the aud of either is the API's.
func TestAccessTokensOfEveryAlgorithm(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op)
	for _, client := range []string{lemonldap.Shop, lemonldap.RS384, lemonldap.RS512} {
		t.Run(client, func(t *testing.T) {
			login := op.Login(t, client, "dwho", "openid", "email", "api:read")
			id, refusal := verdict.Of(t, auth, login.Access)
			require.Empty(t, refusal)
			require.Equal(t, "dwho", id.Subject())
			require.True(t, id.HasScopes("api:read"))
			verdict.Refused(t, auth, login.ID, reason.IDTokenAsAccessToken)
			verdict.Refused(t, auth, login.Refresh, reason.OpaqueToken)
			byPassword := op.Password(t, client, "dwho", "openid", "api:read")
			_, refusal = verdict.Of(t, auth, byPassword.Access)
			require.Empty(t, refusal)
			verdict.Refused(t, auth, byPassword.ID, reason.IDTokenAsAccessToken)
			es256 := func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"ES256"} }
			verdict.Refused(t, newAuth(t, op, es256), login.Access, reason.AlgorithmRefused)
		})
	}
}

func TestTheClaimOfATokenFindsTheUser(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op, byEmail)
	id, refusal := verdict.Of(t, auth, op.Login(t, lemonldap.Shop, "dwho", "openid", "email").Access)
	require.Empty(t, refusal)
	require.Equal(t, "7", id.User().ID)
	verdict.Refused(t, auth, op.Login(t, lemonldap.Shop, "rtyler", "openid", "email").Access, reason.UserNotFound)
}

func TestSharedSecretIsRefused(t *testing.T) {
	op := server(t)
	verdict.Refused(t, newAuth(t, op), op.Login(t, lemonldap.HS256, "dwho", "openid", "api:read").Access, reason.AlgorithmRefused)
}

// The sub of a machine's token is null.
func TestMachines(t *testing.T) {
	op := server(t)
	token := op.ClientCredentials(t, lemonldap.Shop, "api:read")
	id, refusal := verdict.Of(t, newAuth(t, op), token)
	require.Empty(t, refusal)
	require.Empty(t, id.Subject())
	verdict.Refused(t, newAuth(t, op, byEmail), token, reason.ClaimMissing, "app_only_token")
}

func TestOtherTokensAreRefused(t *testing.T) {
	op := server(t)
	token := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"urn:invoices"} }), token, reason.WrongAudience)
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"another"} }), token, reason.UnauthorizedParty)
	slashless := func(c *oidcauth.Config) { c.Issuers[0].URL = op.URL[:len(op.URL)-1] }
	verdict.Refused(t, newAuth(t, op, slashless), token, reason.UnknownIssuer, "issuer_trailing_slash")
	verdict.Refused(t, newAuth(t, op), op.Login(t, lemonldap.Opaque, "dwho", "openid").Access, reason.OpaqueToken)
}

// The portal publishes one key. Without an id in key set and token the new one is found all the same.
func TestRotation(t *testing.T) {
	for name, opts := range map[string]lemonldap.Options{"with key ids": {}, "without": {NoKeyID: true}} {
		t.Run(name, func(t *testing.T) {
			op := own(t, opts)
			auth := newAuth(t, op)
			old := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access
			_, refusal := verdict.Of(t, auth, old)
			require.Empty(t, refusal)
			require.NoError(t, op.Rotate())
			_, refusal = verdict.Of(t, auth, op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access)
			require.Empty(t, refusal, "the first token of a new key")
			_, refusal = verdict.Of(t, newAuth(t, op), old)
			require.NotEmpty(t, refusal, "its key is not published any more")
		})
	}
}
