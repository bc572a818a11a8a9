package oidcprovider_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The parameters are pushed, the code is used once, and the second use ends the refresh token too.
func TestCodeOfAPushedRequest(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for name, client := range map[string]*provider.Client{
		"confidential": newClient(t, op, oidcprovider.Confidential, provider.Auth{Secret: oidcprovider.ClientSecret}),
		"public":       newClient(t, op, oidcprovider.Public, provider.Auth{}),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := client.Metadata(t.Context())
			require.NoError(t, err)
			require.True(t, m.AuthorizationResponseIssParameterSupported)
			require.Contains(t, m.CodeChallengeMethodsSupported, "S256")
			require.NotEmpty(t, m.PushedAuthorizationRequestEndpoint)

			verifier := oauth2.GenerateVerifier()
			parameters := url.Values{
				"response_type": {"code"}, "redirect_uri": {oidcprovider.RedirectURI}, "scope": {"openid offline_access"},
				"prompt": {"consent"}, "state": {"s-1"}, "nonce": {"n-1"},
				"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
			}
			at, err := client.AuthorizationURL(t.Context(), parameters)
			require.NoError(t, err)
			require.NotContains(t, at, "n-1")
			back := op.Browse(t, "alice", at).Query()
			require.Equal(t, []string{"s-1", op.Issuer}, []string{back.Get("state"), back.Get("iss")})
			redeem := func() (*oauth2.Token, error) {
				return client.AuthorizationCode(t.Context(), back.Get("code"), provider.CodeRequest{CodeVerifier: verifier, RedirectURI: oidcprovider.RedirectURI})
			}
			token, err := redeem()
			require.NoError(t, err)
			idToken, _ := token.Extra("id_token").(string)
			_, claims := decode(t, idToken)
			require.Equal(t, []any{"alice", "n-1"}, []any{claims["sub"], claims["nonce"]})
			var refused *provider.GrantError
			_, err = redeem()
			require.ErrorAs(t, err, &refused)
			_, err = client.Refresh(t.Context(), expired(token.RefreshToken), provider.TokenRequest{}).Token()
			require.ErrorAs(t, err, &refused)

			parameters.Set("redirect_uri", "https://evil.example")
			_, err = client.AuthorizationURL(t.Context(), parameters)
			require.NotEmpty(t, retrieveError(t, err).ErrorCode)
		})
	}
}
