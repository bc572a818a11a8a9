package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestRevocationSaysWhichTokenItIs(t *testing.T) {
	e := answering(t, http.StatusOK, "", "")
	client := e.client(t, nil)
	for hint, want := range map[string]url.Values{
		"":                    {"token": {"t"}, "client_id": {"api"}},
		provider.AccessToken:  {"token": {"t"}, "client_id": {"api"}, "token_type_hint": {"access_token"}},
		provider.RefreshToken: {"token": {"t"}, "client_id": {"api"}, "token_type_hint": {"refresh_token"}},
	} {
		require.NoError(t, client.Revoke(context.Background(), "t", hint))
		assert.Equal(t, want, e.last(t).form)
	}
	e.answer(http.StatusBadRequest, "application/json", `{"error":"unsupported_token_type"}`)
	require.ErrorIs(t, client.Revoke(context.Background(), "t", ""), provider.ErrTokenType)
	e.answer(http.StatusServiceUnavailable, "application/json", `{"error":"unsupported_token_type"}`)
	err := client.Revoke(context.Background(), "t", "")
	require.Error(t, err)
	require.NotErrorIs(t, err, provider.ErrTokenType)
}

func TestTheProviderKnowsItsClients(t *testing.T) {
	p := oidctest.New(t)
	ctx := context.Background()
	token := p.Opaque("api", nil)
	good := p.ClientConfig()
	raw, wrong, post := good, good, good
	raw.ClientID, raw.Auth.RawBasic = "api-orders", true
	wrong.Auth.Secret += "x"
	post.Auth.Method = provider.ClientSecretPost
	for name, c := range map[string]struct {
		config provider.Config
		known  bool
	}{"basic": {good, true}, "post": {post, true}, "not encoded": {raw, false}, "wrong secret": {wrong, false}} {
		t.Run(name, func(t *testing.T) {
			if name == "not encoded" {
				p.SetClient(raw.ClientID, raw.Auth.Secret)
				defer p.SetClient(good.ClientID, good.Auth.Secret)
			}
			client, err := provider.New(c.config)
			require.NoError(t, err)
			_, introspected := client.Introspect(ctx, token)
			for _, err := range []error{introspected, client.Revoke(ctx, "x", "")} {
				var refused *provider.ClientRefusedError
				require.Equal(t, c.known, !asError(err, &refused))
				if !c.known {
					assert.Equal(t, "invalid_client", refused.Code)
				}
			}
		})
	}
}
