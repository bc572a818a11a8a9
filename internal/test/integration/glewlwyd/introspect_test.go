package glewlwyd_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Glewlwyd takes assertions for the endpoint called only, and a client's secret in HTTP Basic as it is.
func TestClientsAuthenticateInEveryWay(t *testing.T) {
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	es, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	op := issuer(t, "ES256")
	require.NoError(t, server(t).SetClientKeys(map[string]crypto.PublicKey{"rs": rs.Public(), "es": es.Public(), "ed": ed.Public()}))
	for name, c := range map[string]struct {
		id   string
		auth provider.Auth
	}{
		"client_secret_basic":      {glewlwyd.Shop, provider.Auth{Secret: glewlwyd.Secret}},
		"client_secret_basic, odd": {glewlwyd.Odd, provider.Auth{Secret: glewlwyd.OddSecret, RawBasic: true}},
		"client_secret_post":       {glewlwyd.Post, provider.Auth{Method: provider.ClientSecretPost, Secret: glewlwyd.Secret}},
		"client_secret_jwt": {glewlwyd.SecretJWT, provider.Auth{
			Method: provider.ClientSecretJWT, Secret: glewlwyd.Secret, EndpointAudience: true,
		}},
		"private_key_jwt RS256": {glewlwyd.KeyJWT, provider.Auth{Key: rs, KeyID: "rs", EndpointAudience: true}},
		"private_key_jwt PS256": {glewlwyd.KeyJWT, provider.Auth{Key: rs, KeyID: "rs", Algorithm: "PS256", EndpointAudience: true}},
		"private_key_jwt ES256": {glewlwyd.KeyJWT, provider.Auth{Key: es, KeyID: "es", EndpointAudience: true}},
		"private_key_jwt EdDSA": {glewlwyd.KeyJWT, provider.Auth{Key: ed, KeyID: "ed", EndpointAudience: true}},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, op, func(config *provider.Config) { config.ClientID, config.Auth = c.id, c.auth })
			own, err := client.ClientCredentials(t.Context(), provider.TokenRequest{
				Scopes: []string{"api:read"}, Resources: []string{glewlwyd.Resource},
			}).Token()
			require.NoError(t, err)
			set, err := client.Introspect(t.Context(), own.AccessToken)
			require.NoError(t, err)
			require.Equal(t, glewlwyd.Resource, text(t, set, "aud"))

			token := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
			auth := newAuth(t, op, introspecting(client))
			_, refusal := verdict.Of(t, auth, token)
			require.Empty(t, refusal, "another client's token")
			require.NoError(t, auth.Revoke(t.Context(), token, provider.AccessToken))
			verdict.Refused(t, auth, token, reason.TokenRevoked)
			verdict.Refused(t, newAuth(t, op, introspecting(client)), token, reason.TokenInactive)
		})
	}
}

// introspecting asks the client about every token.
func introspecting(client *provider.Client) func(*oidcauth.Config) {
	return func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client, c.Issuers[0].Introspection.JWTs, c.Issuers[0].Revoker = client, true, client
	}
}

func text(t *testing.T, set claims.Set, name string) string {
	t.Helper()
	s, err := claims.Decode[string](set, claims.Name(name))
	require.NoError(t, err)
	return s
}

// An access token with the right scope authenticates as well. The client adds it by its transport.
func TestIntrospectionByAnAccessToken(t *testing.T) {
	op := issuer(t, "ES256")
	source := newClient(t, op).ClientCredentials(t.Context(), provider.TokenRequest{Scopes: []string{glewlwyd.Introspect}})
	client := newClient(t, op, func(c *provider.Config) {
		c.ClientID, c.Auth = glewlwyd.Post, provider.Auth{}
		c.HTTPClient = &http.Client{Transport: &oauth2.Transport{Source: oauth2.ReuseTokenSource(nil, source)}}
	})
	_, refusal := verdict.Of(t, newAuth(t, op, introspecting(client)), op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access)
	require.Empty(t, refusal)
}

func TestRefusedClients(t *testing.T) {
	op := issuer(t, "ES256")
	token := op.ClientCredentials(t, glewlwyd.Resource, "api:read")
	for name, c := range map[string]struct {
		id, hint string
		auth     provider.Auth
	}{
		"wrong secret": {glewlwyd.Shop, "client_refused", provider.Auth{Secret: "wrong"}},
		"none":         {glewlwyd.Shop, "client_refused", provider.Auth{}},
		"form-encoded": {glewlwyd.Odd, "client_refused", provider.Auth{Secret: glewlwyd.OddSecret}},
		"assertion for the issuer": {glewlwyd.SecretJWT, "assertion_audience", provider.Auth{
			Method: provider.ClientSecretJWT, Secret: glewlwyd.Secret,
		}},
		"other method": {glewlwyd.Shop, "assertion_audience", provider.Auth{
			Method: provider.ClientSecretJWT, Secret: glewlwyd.Secret, EndpointAudience: true,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, op, func(config *provider.Config) { config.ClientID, config.Auth = c.id, c.auth })
			verdict.Refused(t, newAuth(t, op, introspecting(client)), token, reason.IntrospectionUnavailable, c.hint)
		})
	}
}

// Introspection says of which kind a token is. A refresh token asked about as an access token is not active.
func TestOnlyAccessTokensAreIntrospectedAsSuch(t *testing.T) {
	op := issuer(t, "ES256")
	client := newClient(t, op)
	login := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read")
	// Of these two aud is the client.
	lax := func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{glewlwyd.Resource, glewlwyd.Shop} }
	auth := newAuth(t, op, introspecting(client), lax)
	_, refusal := verdict.Of(t, auth, login.Access)
	require.Empty(t, refusal)
	verdict.Refused(t, auth, login.ID, reason.IDTokenAsAccessToken)
	verdict.Refused(t, auth, login.Refresh, reason.TokenInactive)
	verdict.Refused(t, auth, "garbage", reason.TokenInactive)
}

// The signed answer is addressed to the aud of the token, not to the client that asks (RFC 9701 section 5).
func TestSignedIntrospection(t *testing.T) {
	signed := func(c *provider.Config) { c.RequireSignedIntrospection = true }
	forAPI := func(c *provider.Config) { c.SignedFor = []string{glewlwyd.Resource} }
	for _, algorithm := range []string{"RS256", "PS384", "ES512", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			op := issuer(t, algorithm)
			client := newClient(t, op, signed, forAPI)
			auth := newAuth(t, op, introspecting(client))
			login := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read")
			id, refusal := verdict.Of(t, auth, login.Access)
			require.Empty(t, refusal)
			require.True(t, id.HasScopes("api:read"))

			verdict.Refused(t, newAuth(t, op, introspecting(newClient(t, op, signed))), login.Access, reason.IntrospectionUnavailable)
			// Glewlwyd signs answers on active access tokens only. It answers 400 without a body for all the others.
			verdict.Refused(t, auth, "garbage", reason.TokenInactive)
			verdict.Refused(t, auth, login.Refresh, reason.TokenInactive)
			require.NoError(t, client.Revoke(t.Context(), login.Access, provider.AccessToken))
			verdict.Refused(t, newAuth(t, op, introspecting(client)), login.Access, reason.TokenInactive)
		})
	}
}
