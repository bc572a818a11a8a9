package oidcprovider_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func newClient(t *testing.T, op *oidcprovider.Provider, id string, auth provider.Auth, change ...func(*provider.Config)) *provider.Client {
	t.Helper()
	c := provider.Config{Issuer: op.Issuer, ClientID: id, Auth: auth}
	for _, f := range change {
		f(&c)
	}
	client, err := provider.New(c)
	require.NoError(t, err)
	return client
}

func text(t *testing.T, set claims.Set, name string) string {
	t.Helper()
	s, err := claims.Decode[string](set, claims.Name(name))
	require.NoError(t, err)
	return s
}

// Each way to authenticate serves at the token endpoint, at introspection and at revocation.
func TestClientsAuthenticateInEveryWay(t *testing.T) {
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	es, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	op := oidcprovider.Start(t, oidcprovider.Options{
		ClientKeys: map[string]crypto.PublicKey{"rs": rs.Public(), "es": es.Public(), "ed": ed.Public()},
	})
	secret := oidcprovider.ClientSecret
	for name, c := range map[string]struct {
		id   string
		auth provider.Auth
	}{
		"client_secret_basic":       {oidcprovider.ResourceServer, provider.Auth{Secret: secret}},
		"client_secret_basic, odd":  {oidcprovider.Odd, provider.Auth{Secret: oidcprovider.OddSecret}},
		"client_secret_post":        {oidcprovider.Post, provider.Auth{Method: provider.ClientSecretPost, Secret: secret}},
		"client_secret_jwt":         {oidcprovider.SecretJWT, provider.Auth{Method: provider.ClientSecretJWT, Secret: secret}},
		"private_key_jwt RS256":     {oidcprovider.KeyJWT, provider.Auth{Key: rs, KeyID: "rs"}},
		"private_key_jwt PS256":     {oidcprovider.KeyJWT, provider.Auth{Key: rs, KeyID: "rs", Algorithm: "PS256"}},
		"private_key_jwt ES256":     {oidcprovider.KeyJWT, provider.Auth{Key: es, KeyID: "es"}},
		"private_key_jwt EdDSA":     {oidcprovider.KeyJWT, provider.Auth{Key: ed, KeyID: "ed"}},
		"private_key_jwt, endpoint": {oidcprovider.KeyJWT, provider.Auth{Key: es, KeyID: "es", EndpointAudience: true}},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, op, c.id, c.auth)
			token, err := client.ClientCredentials(t.Context(), provider.TokenRequest{
				Scopes: []string{"api:read"}, Resources: []string{oidcprovider.Opaque},
			}).Token()
			require.NoError(t, err)
			set, err := client.Introspect(t.Context(), token.AccessToken)
			require.NoError(t, err)
			require.Equal(t, c.id, text(t, set, "client_id"))
			require.Equal(t, oidcprovider.Opaque, text(t, set, "aud"))
			require.Equal(t, op.Issuer, text(t, set, "iss"))

			require.NoError(t, client.Revoke(t.Context(), token.AccessToken, provider.AccessToken))
			_, err = client.Introspect(t.Context(), token.AccessToken)
			require.ErrorIs(t, err, claims.ErrInactive)
			require.NoError(t, client.Revoke(t.Context(), token.AccessToken, ""))
		})
	}
}

func TestUnknownClientsAreToldSo(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	token := op.ClientCredentials(t, oidcprovider.Opaque, "api:read")
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, client := range map[string]*provider.Client{
		"wrong secret": newClient(t, op, oidcprovider.ResourceServer, provider.Auth{Secret: "wrong"}),
		"unknown":      newClient(t, op, "nobody", provider.Auth{Secret: oidcprovider.ClientSecret}),
		"other method": newClient(t, op, oidcprovider.KeyJWT, provider.Auth{Secret: oidcprovider.OddSecret}),
		"no key of it": newClient(t, op, oidcprovider.ResourceServer, provider.Auth{Key: stranger}),
	} {
		t.Run(name, func(t *testing.T) {
			_, introspected := client.Introspect(t.Context(), token)
			for _, err := range []error{introspected, client.Revoke(t.Context(), token, "")} {
				var refused *provider.ClientRefusedError
				require.ErrorAs(t, err, &refused)
				require.Equal(t, "invalid_client", refused.Code)
				require.Equal(t, http.StatusUnauthorized, refused.Status)
			}
		})
	}
}

func TestIntrospectionOfUsersTokens(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	client := newClient(t, op, oidcprovider.ResourceServer, provider.Auth{Secret: oidcprovider.ClientSecret})
	owner := newClient(t, op, oidcprovider.Confidential, provider.Auth{Secret: oidcprovider.ClientSecret})
	tokens := op.Login(t, "alice", oidcprovider.Opaque, "openid", "offline_access", "api:read")
	set, err := client.Introspect(t.Context(), tokens.Access)
	require.NoError(t, err)
	require.Equal(t, "alice", text(t, set, "sub"))
	require.Equal(t, "tenant-a", text(t, set, "tid"))

	_, err = client.Introspect(t.Context(), op.ClientCredentials(t, oidcprovider.RS256, "api:read"))
	var unread *provider.TokenRefusedError
	require.ErrorAs(t, err, &unread, "a JWT is not introspected here")
	require.Equal(t, provider.TokenRefusedError{Status: http.StatusBadRequest, Code: "unsupported_token_type"}, *unread)
	require.ErrorIs(t, owner.Revoke(t.Context(), op.ClientCredentials(t, oidcprovider.RS256, "api:read"), ""), provider.ErrTokenType)
	require.Error(t, client.Revoke(t.Context(), tokens.Access, ""), "it is another client's")

	require.NoError(t, owner.Revoke(t.Context(), tokens.Refresh, provider.RefreshToken))
	_, err = client.Introspect(t.Context(), tokens.Access)
	require.ErrorIs(t, err, claims.ErrInactive, "the whole grant is revoked")

	op.Kill(t)
	_, err = client.Introspect(t.Context(), tokens.Access)
	require.Error(t, err)
	require.NotErrorIs(t, err, claims.ErrInactive)
}

func TestSignedIntrospectionIsVerified(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	signed := func(c *provider.Config) { c.RequireSignedIntrospection = true }
	secret := provider.Auth{Secret: oidcprovider.ClientSecret}
	client := newClient(t, op, oidcprovider.SignedAPI, secret, signed)
	token := op.ClientCredentials(t, oidcprovider.Opaque, "api:read")
	for range 2 {
		set, err := client.Introspect(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, oidcprovider.Opaque, text(t, set, "aud"))
		_, err = client.Introspect(t.Context(), "unknown")
		require.ErrorIs(t, err, claims.ErrInactive)
		op.Rotate(t)
	}
	_, err := newClient(t, op, oidcprovider.SignedAPI, secret).Introspect(t.Context(), token)
	require.NoError(t, err, "unsigned, unless it is asked for")
	_, err = newClient(t, op, oidcprovider.ResourceServer, secret, signed).Introspect(t.Context(), token)
	require.NoError(t, err, "signed with RS256, the default")
	es256 := func(c *provider.Config) { c.Algorithms = []string{"ES256"} }
	_, err = newClient(t, op, oidcprovider.SignedAPI, secret, signed, es256).Introspect(t.Context(), token)
	require.ErrorIs(t, err, provider.ErrUnverified)
}

func TestSignedUserInfoIsVerified(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	signed := func(c *provider.Config) { c.RequireSignedUserInfo = true }
	forLogin := func(c *provider.Config) { c.SignedFor = []string{oidcprovider.Signed} }
	client := newClient(t, op, "", provider.Auth{}, signed, forLogin)
	tokens := op.LoginAt(t, oidcprovider.Signed, "alice", oidcprovider.None, "openid", "email")
	for range 2 {
		set, err := client.UserInfo(t.Context(), tokens.Access)
		require.NoError(t, err)
		require.Equal(t, "alice", text(t, set, "sub"))
		require.Equal(t, "alice@example.test", text(t, set, "email"))
		op.Rotate(t)
	}
	_, err := newClient(t, op, oidcprovider.ResourceServer, provider.Auth{}, signed).UserInfo(t.Context(), tokens.Access)
	require.ErrorIs(t, err, provider.ErrUnverified, "it is addressed to the client that logged in")

	unsigned := op.Login(t, "alice", oidcprovider.None, "openid", "email")
	_, err = client.UserInfo(t.Context(), unsigned.Access)
	require.ErrorIs(t, err, provider.ErrNotSigned)
	var refused *claims.RefusedError
	require.False(t, errors.As(err, &refused))
	_, err = client.UserInfo(t.Context(), "unknown")
	require.ErrorAs(t, err, &refused)
}

func TestRefreshTokensRotate(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	client := newClient(t, op, oidcprovider.Public, provider.Auth{})
	tokens := op.LoginAt(t, oidcprovider.Public, "alice", oidcprovider.Opaque, "openid", "offline_access", "api:read")
	again, err := client.Refresh(t.Context(), expired(tokens.Refresh), provider.TokenRequest{Resources: []string{oidcprovider.Opaque}}).Token()
	require.NoError(t, err)
	require.NotEqual(t, tokens.Access, again.AccessToken)
	require.NotEqual(t, tokens.Refresh, again.RefreshToken, "a public client's is good for one use")
	require.NoError(t, client.Revoke(t.Context(), again.RefreshToken, provider.RefreshToken))
	_, err = client.Refresh(t.Context(), expired(again.RefreshToken), provider.TokenRequest{}).Token()
	require.Equal(t, "invalid_grant", retrieveError(t, err).ErrorCode)
}

func TestEndSessionURLIsUnderstood(t *testing.T) {
	op, another := oidcprovider.Start(t, oidcprovider.Options{}), oidcprovider.Start(t, oidcprovider.Options{})
	client := newClient(t, op, oidcprovider.Confidential, provider.Auth{Secret: oidcprovider.ClientSecret}, func(c *provider.Config) {
		c.PostLogoutRedirectURI = oidcprovider.AfterLogout
	})
	id := op.Login(t, "alice", oidcprovider.None, "openid").ID
	for name, c := range map[string]struct {
		logout provider.Logout
		status int
	}{
		"configured":   {provider.Logout{IDTokenHint: id, State: "s"}, http.StatusOK},
		"nowhere":      {provider.Logout{IDTokenHint: id, NoRedirect: true}, http.StatusOK},
		"without hint": {provider.Logout{}, http.StatusOK},
		"unregistered": {provider.Logout{IDTokenHint: id, RedirectURI: "http://127.0.0.1:9/other"}, http.StatusBadRequest},
		"another's":    {provider.Logout{IDTokenHint: another.Login(t, "alice", oidcprovider.None, "openid").ID}, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			address, err := client.EndSessionURL(t.Context(), c.logout)
			require.NoError(t, err)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, c.status, resp.StatusCode)
		})
	}
}
