package lemonldap_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestClientsAuthenticateInEveryWay(t *testing.T) {
	op := server(t)
	for name, auth := range map[string]provider.Auth{
		"client_secret_basic": {Secret: lemonldap.Secret},
		"client_secret_post":  {Method: provider.ClientSecretPost, Secret: lemonldap.Secret},
	} {
		t.Run(name, func(t *testing.T) {
			auth := newAuth(t, op, introspecting(newClient(t, op, func(c *provider.Config) { c.Auth = auth }), lemonldap.Opaque))
			login := op.Login(t, lemonldap.Opaque, "dwho", "openid", "api:read")
			id, refusal := verdict.Of(t, auth, login.Access)
			require.Empty(t, refusal)
			require.Equal(t, "dwho", id.Subject())
			require.True(t, id.HasScopes("api:read"))
			verdict.Refused(t, auth, login.Refresh, reason.TokenInactive)
			verdict.Refused(t, auth, "garbage", reason.TokenInactive)
			verdict.Refused(t, auth, op.Login(t, lemonldap.Signed, "dwho", "openid").Access, reason.UnauthorizedParty)
		})
	}
	for name, auth := range map[string]provider.Auth{
		"wrong secret": {Secret: "wrong"},
		"none":         {},
	} {
		t.Run(name, func(t *testing.T) {
			auth := newAuth(t, op, introspecting(newClient(t, op, func(c *provider.Config) { c.Auth = auth }), lemonldap.Opaque))
			verdict.Refused(t, auth, op.Login(t, lemonldap.Opaque, "dwho", "openid").Access, reason.IntrospectionUnavailable, "client_refused")
		})
	}
}

// Introspection names neither aud nor token_type. That the client is listed stands for the one, and that no refresh token is ever
// active for the other.
func TestIntrospectionNamesNeitherAudienceNorType(t *testing.T) {
	op := server(t)
	token := op.Login(t, lemonldap.Opaque, "dwho", "openid").Access
	strict := newAuth(t, op, introspecting(newClient(t, op), lemonldap.Opaque), func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.InsecureWithoutTokenType = false
	})
	verdict.Refused(t, strict, token, reason.WrongTokenType)
	auth := newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Introspection.Client = newClient(t, op) })
	verdict.Refused(t, auth, token, reason.WrongAudience, "introspection_without_audience")
}

// The portal introspects JWTs too. The signature of a changed one does not fit.
func TestJWTsAreIntrospected(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op, introspecting(newClient(t, op), lemonldap.Shop), func(c *oidcauth.Config) { c.Issuers[0].Introspection.JWTs = true })
	login := op.Login(t, lemonldap.Shop, "dwho", "openid", "api:read")
	id, refusal := verdict.Of(t, auth, login.Access)
	require.Empty(t, refusal)
	require.Equal(t, "dwho", id.Subject())
	_, refusal = verdict.Of(t, auth, login.ID)
	require.Contains(t, []reason.Reason{reason.TokenInactive, reason.IDTokenAsAccessToken}, refusal)
}

// The aud that introspection leaves out is in the JWT, and is believed once its signature is verified, too.
func TestTheAudienceOfAnIntrospectedJWTIsItsOwn(t *testing.T) {
	op := server(t)
	own := func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client, c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.AudienceOfJWT = newClient(t, op), true, true
	}
	token := op.Login(t, lemonldap.RS384, "dwho", "openid", "api:read").Access
	_, refusal := verdict.Of(t, newAuth(t, op, own), token)
	require.Empty(t, refusal)
	other := func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"urn:invoices"} }
	verdict.Refused(t, newAuth(t, op, own, other), token, reason.WrongAudience)
}

// There is neither revocation nor back-channel logout. A token of a session that ended is not active any more.
func TestLogout(t *testing.T) {
	op := server(t)
	client := newClient(t, op)
	login := op.Login(t, lemonldap.Opaque, "dwho", "openid")
	_, refusal := verdict.Of(t, newAuth(t, op, introspecting(client, lemonldap.Opaque)), login.Access)
	require.Empty(t, refusal)
	require.ErrorIs(t, client.Revoke(t.Context(), login.Access, provider.AccessToken), provider.ErrNoEndpoint)
	op.Logout(t, login)
	verdict.Refused(t, newAuth(t, op, introspecting(client, lemonldap.Opaque)), login.Access, reason.TokenInactive)
}

// The portal closes its connections when it ends, and those of its clients with them.
func TestIntrospectionAfterARestart(t *testing.T) {
	op := own(t, lemonldap.Options{})
	client := newClient(t, op)
	token := op.Login(t, lemonldap.Opaque, "dwho", "openid").Access
	_, err := client.Introspect(t.Context(), token)
	require.NoError(t, err)
	require.NoError(t, op.Rotate())
	_, err = client.Introspect(t.Context(), token)
	require.NoError(t, err, "opaque tokens outlive the restart")
}

func TestRevocationHere(t *testing.T) {
	op := server(t)
	auth := newAuth(t, op, introspecting(newClient(t, op), lemonldap.Opaque, lemonldap.Shop))
	for _, client := range []string{lemonldap.Opaque, lemonldap.Shop} {
		token := op.Login(t, client, "dwho", "openid").Access
		require.NoError(t, auth.Revoke(t.Context(), token, provider.AccessToken))
		verdict.Refused(t, auth, token, reason.TokenRevoked)
	}
}
