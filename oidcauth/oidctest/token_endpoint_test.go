package oidctest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// accepted returns the identity that an API with this audience finds in the token.
func accepted(t *testing.T, p *oidctest.Provider, audience, token string) *oidcauth.Identity {
	t.Helper()
	auth, err := oidcauth.New(p.Config(audience))
	require.NoError(t, err)
	id, err := auth.CheckToken(t.Context(), oidcauth.Presented{Token: token})
	require.NoError(t, err)
	return id
}

func TestTokensForAnotherAPI(t *testing.T) {
	p := oidctest.New(t)
	client := clientOf(t, p)
	stock := provider.ExchangeRequest{TokenRequest: provider.TokenRequest{Audience: "api://stock", Scopes: []string{"read"}}}
	for name, subject := range map[string]string{
		"JWT":    p.Token("api://orders", oidctest.Claims{"sub": "alice"}),
		"opaque": p.Opaque("api://orders", oidctest.Claims{"sub": "alice"}),
	} {
		t.Run(name, func(t *testing.T) {
			token, err := client.Exchange(t.Context(), subject, stock)
			require.NoError(t, err)
			id := accepted(t, p, "api://stock", token.AccessToken)
			require.Equal(t, "alice", id.Subject())
			actor, err := claims.Decode[string](id.Claims(), claims.Pointer("/act/sub"))
			require.NoError(t, err)
			require.Equal(t, oidctest.ClientID, actor)
			require.True(t, id.HasScopes("read"))

			token, err = client.OnBehalfOf(t.Context(), subject, time.Time{}, "api://stock/Stock.Read")
			require.NoError(t, err)
			require.Equal(t, "alice", accepted(t, p, "api://stock", token.AccessToken).Subject())
		})
	}
	token, err := client.ClientCredentials(t.Context(), provider.TokenRequest{Resources: []string{"api://stock"}}).Token()
	require.NoError(t, err)
	require.Equal(t, oidctest.ClientID, accepted(t, p, "api://stock", token.AccessToken).Subject())
}

func TestExchangesThatAreRefused(t *testing.T) {
	p := oidctest.New(t)
	client := clientOf(t, p)
	alice := oidctest.Claims{"sub": "alice"}
	good := p.Token("api", alice)
	expired := p.Token("api", oidctest.Claims{"sub": "alice", "exp": p.Now().Add(-time.Minute).Unix()})
	revoked := p.Opaque("api", alice)
	require.NoError(t, client.Revoke(t.Context(), revoked, ""))
	stock := provider.TokenRequest{Audience: "stock"}
	for name, c := range map[string]struct {
		subject string
		request provider.ExchangeRequest
		code    string
	}{
		"unknown":         {"garbage", provider.ExchangeRequest{TokenRequest: stock}, "invalid_grant"},
		"forged":          {p.Forge(oidctest.Forgery{Claims: alice, Algorithm: "HS256", Key: []byte("0123456789abcdef0123456789abcdef")}), provider.ExchangeRequest{TokenRequest: stock}, "invalid_grant"},
		"expired":         {expired, provider.ExchangeRequest{TokenRequest: stock}, "invalid_grant"},
		"revoked":         {revoked, provider.ExchangeRequest{TokenRequest: stock}, "invalid_grant"},
		"of no user":      {p.Token("api", nil), provider.ExchangeRequest{TokenRequest: stock}, "invalid_grant"},
		"for nothing":     {good, provider.ExchangeRequest{}, "invalid_target"},
		"of another type": {good, provider.ExchangeRequest{TokenRequest: stock, RequestedTokenType: provider.IDTokenType}, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Exchange(t.Context(), c.subject, c.request)
			var refused *provider.ExchangeError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.code, refused.Code)
		})
	}
	p.Fail(oidctest.TokenEndpoint, oidctest.Fault{Status: http.StatusBadRequest, Body: `{"error":"interaction_required","claims":"{}"}`})
	_, err := client.OnBehalfOf(t.Context(), good, time.Time{}, "api://stock/.default")
	var refused *provider.ExchangeError
	require.ErrorAs(t, err, &refused)
	require.NotEmpty(t, refused.Challenge())
	p.SetClient("another", "secret")
	_, err = client.Exchange(t.Context(), good, provider.ExchangeRequest{TokenRequest: stock})
	var other *provider.ClientRefusedError
	require.Error(t, err)
	require.NotErrorAs(t, err, &other, "the endpoint still fails as it was told to")
	p.Fail(oidctest.TokenEndpoint, oidctest.Fault{})
	_, err = client.OnBehalfOf(t.Context(), good, time.Time{}, "api://prices/.default")
	require.ErrorAs(t, err, &other)
}
