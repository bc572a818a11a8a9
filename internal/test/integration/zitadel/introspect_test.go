package zitadel_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func newClient(t *testing.T, op *zitadel.Provider, id string, auth provider.Auth) *provider.Client {
	t.Helper()
	client, err := provider.New(provider.Config{Issuer: op.Issuer(), ClientID: id, Auth: auth})
	require.NoError(t, err)
	return client
}

// This provider introspects JWTs too. Its answer has neither iss nor aud nor exp.
func TestIntrospectionOfEitherKindOfToken(t *testing.T) {
	op := zitadel.Start(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for _, id := range []string{zitadel.JWT, zitadel.Opaque} {
		op.AddClientKey(id, "k1", key.Public())
		for name, auth := range map[string]provider.Auth{
			"client_secret_basic": {Secret: zitadel.ClientSecret},
			"private_key_jwt":     {Key: key, KeyID: "k1"},
		} {
			t.Run(id+" "+name, func(t *testing.T) {
				client := newClient(t, op, id, auth)
				token := op.Login(t, id, "alice", "openid", "email", "api:read").Access
				set, err := client.Introspect(t.Context(), token)
				require.NoError(t, err)
				sub, err := claims.Decode[string](set, claims.Name("sub"))
				require.NoError(t, err)
				require.Equal(t, zitadel.Alice, sub)
				scope, err := claims.Decode[string](set, claims.Name("scope"))
				require.NoError(t, err)
				require.Equal(t, "openid email api:read", scope)

				require.NoError(t, client.Revoke(t.Context(), token, provider.AccessToken))
				_, err = client.Introspect(t.Context(), token)
				require.ErrorIs(t, err, claims.ErrInactive)
				_, err = client.Introspect(t.Context(), "garbage")
				require.ErrorIs(t, err, claims.ErrInactive)
			})
		}
	}
}

// Its words for a refused client are plain text.
func TestRefusedClient(t *testing.T) {
	op := zitadel.Start(t)
	token := op.Login(t, zitadel.Opaque, "alice", "openid").Access
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, auth := range map[string]provider.Auth{
		"wrong secret": {Secret: "wrong"},
		"not by body":  {Method: provider.ClientSecretPost, Secret: zitadel.ClientSecret},
		"unknown key":  {Key: key, KeyID: "k2"},
		"none":         {},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newClient(t, op, zitadel.Opaque, auth).Introspect(t.Context(), token)
			var refused *provider.ClientRefusedError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusUnauthorized, refused.Status)
		})
	}
}

// A client outside the audience learns nothing. Without the provider no client learns anything, which is another fault.
func TestIntrospectionByOthersAndOfUnknownTokens(t *testing.T) {
	op := zitadel.Start(t)
	token := op.Login(t, zitadel.Opaque, "alice", "openid").Access
	_, err := newClient(t, op, zitadel.JWT, provider.Auth{Secret: zitadel.ClientSecret}).Introspect(t.Context(), token)
	require.ErrorIs(t, err, claims.ErrInactive)
	client := newClient(t, op, zitadel.Opaque, provider.Auth{Secret: zitadel.ClientSecret})
	_, err = client.Introspect(t.Context(), token)
	require.NoError(t, err)
	op.Stop()
	_, err = client.Introspect(t.Context(), token)
	require.Error(t, err)
	require.NotErrorIs(t, err, claims.ErrInactive)
}

func TestServiceGetsTokensOfItsOwn(t *testing.T) {
	op := zitadel.Start(t)
	client := newClient(t, op, zitadel.JWT, provider.Auth{Secret: zitadel.ClientSecret})
	token, err := client.ClientCredentials(t.Context(), provider.TokenRequest{Scopes: []string{"api:read"}}).Token()
	require.NoError(t, err)
	_, payload := decode(t, token.AccessToken)
	require.Equal(t, zitadel.JWT, payload["sub"])
	require.True(t, token.Valid())
}
