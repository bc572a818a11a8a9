package zitadel_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const stock = "https://api.example.test/stock"

// forStock requests a token for another API, with this service as the actor: the example lets only administrators do without.
func forStock(op *zitadel.Provider, t *testing.T) provider.ExchangeRequest {
	t.Helper()
	return provider.ExchangeRequest{
		TokenRequest:       provider.TokenRequest{Audience: stock, Scopes: []string{"openid"}},
		ActorToken:         op.ClientCredentials(t, zitadel.JWT, "api:read"),
		RequestedTokenType: provider.AccessTokenType, Expires: time.Now().Add(time.Minute),
	}
}

// The token that this service received is refused by the other API, and the exchanged one names the same user there.
func TestExchangeForAnotherAPI(t *testing.T) {
	op := zitadel.Start(t)
	client := newClient(t, op, zitadel.JWT, provider.Auth{Secret: zitadel.ClientSecret})
	other := newService(t, op, func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{stock} })
	request := forStock(op, t)
	subject := op.Login(t, zitadel.JWT, "alice", "openid").Access // The example panics at an opaque one.
	token, err := client.Exchange(t.Context(), subject, request)
	require.NoError(t, err)
	require.Equal(t, "Bearer", token.Type())
	require.Equal(t, served("row-1"), other.ask(t, token.AccessToken))
	require.Equal(t, http.StatusUnauthorized, other.ask(t, subject).status)
	again, err := client.Exchange(t.Context(), subject, request)
	require.NoError(t, err)
	require.Equal(t, token.AccessToken, again.AccessToken)

	request.Audience = "https://api.example.test/prices"
	third, err := client.Exchange(t.Context(), subject, request)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, other.ask(t, third.AccessToken).status)
}

// Without requested_token_type the example issues a refresh token beside, and calls the answer one.
func TestExchangeForAnotherTypeIsNoAccessToken(t *testing.T) {
	op := zitadel.Start(t)
	client := newClient(t, op, zitadel.JWT, provider.Auth{Secret: zitadel.ClientSecret})
	request := forStock(op, t)
	request.RequestedTokenType = ""
	subject := op.Login(t, zitadel.JWT, "alice", "openid").Access
	_, err := client.Exchange(t.Context(), subject, request)
	require.Error(t, err)
	var refused *provider.ExchangeError
	require.NotErrorAs(t, err, &refused)

	request.RequestedTokenType = provider.IDTokenType
	token, err := client.Exchange(t.Context(), subject, request)
	require.NoError(t, err)
	require.Equal(t, "N_A", token.TokenType)
	_, claims := decode(t, token.AccessToken)
	require.Equal(t, zitadel.Alice, claims["sub"])
}

func TestExchangeOfBadTokens(t *testing.T) {
	op := zitadel.Start(t)
	request := forStock(op, t)
	good := op.Login(t, zitadel.JWT, "alice", "openid").Access
	client := newClient(t, op, zitadel.JWT, provider.Auth{Secret: zitadel.ClientSecret})
	for name, subject := range map[string]string{
		"garbage": "garbage", "changed": good[:len(good)-8] + "AAAAAAAA",
		"of another provider": zitadel.Start(t).Login(t, zitadel.JWT, "alice", "openid").Access,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Exchange(t.Context(), subject, request)
			var refused *provider.ExchangeError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "invalid_request", refused.Code)
			require.NotContains(t, err.Error(), subject)
			var retrieve *oauth2.RetrieveError
			require.ErrorAs(t, err, &retrieve)
		})
	}
	var refused *provider.ClientRefusedError
	_, err := newClient(t, op, zitadel.JWT, provider.Auth{Secret: "wrong"}).Exchange(t.Context(), good, request)
	require.ErrorAs(t, err, &refused)
	op.Stop()
	_, err = client.Exchange(t.Context(), good, request)
	require.Error(t, err)
	require.NotErrorAs(t, err, &refused)
}
