package lemonldap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// The type of access tokens and of ID tokens is JWT, and the aud of either is the API's.
func TestAccessTokensOfEveryAlgorithm(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op)
	for _, client := range []string{lemonldap.Shop, lemonldap.RS384, lemonldap.RS512} {
		t.Run(client, func(t *testing.T) {
			login := op.Login(t, client, "dwho", "openid", "email", "api:read")
			id, reason := verdict.Of(t, auth, login.Access)
			require.Empty(t, reason)
			require.Equal(t, "dwho", id.Subject())
			require.True(t, id.HasScopes("api:read"))
			verdict.Refused(t, auth, login.ID, oidcauth.IDTokenAsAccessToken)
			verdict.Refused(t, auth, login.Refresh, oidcauth.OpaqueToken)
			byPassword := op.Password(t, client, "dwho", "openid", "api:read")
			_, reason = verdict.Of(t, auth, byPassword.Access)
			require.Empty(t, reason)
			verdict.Refused(t, auth, byPassword.ID, oidcauth.IDTokenAsAccessToken)
			es256 := func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"ES256"} }
			verdict.Refused(t, newAuth(t, op, es256), login.Access, oidcauth.AlgorithmRefused)
		})
	}
}

func TestTheClaimOfATokenFindsTheUser(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op, byEmail)
	id, reason := verdict.Of(t, auth, op.Login(t, lemonldap.Shop, "dwho", "openid", "email").Access)
	require.Empty(t, reason)
	require.Equal(t, "7", id.User().ID)
	verdict.Refused(t, auth, op.Login(t, lemonldap.Shop, "rtyler", "openid", "email").Access, oidcauth.UserNotFound)
}

func TestSharedSecretIsRefused(t *testing.T) {
	op := server(t)
	verdict.Refused(t, newAuth(t, op), op.Login(t, lemonldap.HS256, "dwho", "openid", "api:read").Access, oidcauth.AlgorithmRefused)
}

// The sub of a machine's token is null.
func TestMachines(t *testing.T) {
	op := server(t)
	token := op.ClientCredentials(t, lemonldap.Shop, "api:read")
	id, reason := verdict.Of(t, newAuth(t, op), token)
	require.Empty(t, reason)
	require.Empty(t, id.Subject())
	verdict.Refused(t, newAuth(t, op, byEmail), token, oidcauth.ClaimMissing, "app_only_token")
}

func TestOtherTokensAreRefused(t *testing.T) {
	op := server(t)
	token := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"urn:invoices"} }), token, oidcauth.WrongAudience)
	verdict.Refused(t, newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"another"} }), token, oidcauth.UnauthorizedParty)
	slashless := func(c *oidcauth.Config) { c.Issuers[0].URL = op.URL[:len(op.URL)-1] }
	verdict.Refused(t, newAuth(t, op, slashless), token, oidcauth.UnknownIssuer, "issuer_trailing_slash")
	verdict.Refused(t, newAuth(t, op), op.Login(t, lemonldap.Opaque, "dwho", "openid").Access, oidcauth.OpaqueToken)
}

// The portal publishes one key. Without an id in key set and token the new one is found all the same.
func TestRotation(t *testing.T) {
	for name, opts := range map[string]lemonldap.Options{"with key ids": {}, "without": {NoKeyID: true}} {
		t.Run(name, func(t *testing.T) {
			op := own(t, opts)
			auth := newAuth(t, op)
			old := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access
			_, reason := verdict.Of(t, auth, old)
			require.Empty(t, reason)
			require.NoError(t, op.Rotate())
			_, reason = verdict.Of(t, auth, op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read").Access)
			require.Empty(t, reason, "the first token of a new key")
			_, reason = verdict.Of(t, newAuth(t, op), old)
			require.NotEmpty(t, reason, "its key is not published any more")
		})
	}
}
