package oidctest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// bound returns a client with a key of its own.
func bound(t *testing.T, p *oidctest.Provider) *provider.Client {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	config := p.ClientConfig()
	config.DPoP, err = provider.NewProver(key)
	require.NoError(t, err)
	client, err := provider.New(config)
	require.NoError(t, err)
	return client
}

func TestForgedIDTokens(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		check   func(*testing.T, *jose.Token)
	}{
		"alg none": {oidctest.Forgery{Algorithm: "none"}, func(t *testing.T, id *jose.Token) { assert.Zero(t, id.SignatureSize()) }},
		"alg HS256": {
			oidctest.Forgery{Algorithm: "HS256", Key: []byte(oidctest.ClientSecret)},
			func(t *testing.T, id *jose.Token) { assert.Equal(t, "HS256", id.Header.Algorithm) },
		},
		"foreign key": {
			oidctest.Forgery{Algorithm: "ES256", Key: key},
			func(t *testing.T, id *jose.Token) { assert.NoError(t, id.Verify(key.Public())) },
		},
		"other kid": {
			oidctest.Forgery{Header: map[string]any{"kid": "other"}},
			func(t *testing.T, id *jose.Token) { assert.Equal(t, "other", id.Header.KeyID) },
		},
		"other claims": {
			oidctest.Forgery{Claims: oidctest.Claims{"nonce": "other", "iss": nil, "at_hash": nil, "sub": "other"}},
			func(t *testing.T, id *jose.Token) {
				assert.Equal(t, []string{"other", "other"}, []string{id.Claims.Text("nonce"), id.Claims.Text("sub")})
				assert.False(t, id.Claims.Has("iss") || id.Claims.Has("at_hash"))
				assert.Equal(t, oidctest.ClientID, id.Claims.Text("aud"))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := openProvider(t), newBrowser(t)
			client := clientOf(t, p)
			good := b.login(t, client, nil)
			p.FailLogin(oidctest.LoginFault{IDToken: c.forgery})
			c.check(t, idToken(t, b.login(t, client, nil)))
			refreshed, err := refresh(t, client, good.RefreshToken)
			require.NoError(t, err)
			c.check(t, idToken(t, refreshed))
			p.FailLogin(oidctest.LoginFault{})
			verified(t, p, idToken(t, b.login(t, client, nil)))
		})
	}
}

func TestFaultsOfResponses(t *testing.T) {
	p, b := openProvider(t), newBrowser(t)
	client := clientOf(t, p)
	const hostile = `<script>"'&#x0a;` + "\n"
	p.FailLogin(oidctest.LoginFault{Error: "temporarily_unavailable", Description: hostile})
	response := b.ask(t, client, nil).parameters(t)
	assert.Equal(t, []string{"temporarily_unavailable", hostile, "", "s-1"}, []string{
		response.Get("error"), response.Get("error_description"), response.Get("code"), response.Get("state"),
	})
	p.FailLogin(oidctest.LoginFault{Response: map[string]string{"iss": "https://evil.example", "state": ""}})
	response = b.ask(t, client, nil).parameters(t)
	assert.Equal(t, "https://evil.example", response.Get("iss"))
	assert.False(t, response.Has("state"))
	p.FailLogin(oidctest.LoginFault{Token: oidctest.Claims{"id_token": nil, "expires_in": 2, "refresh_token": nil}})
	token := b.login(t, client, nil)
	assert.Nil(t, token.Extra("id_token"))
	assert.Empty(t, token.RefreshToken)
	assert.EqualValues(t, 2, token.ExpiresIn)
	p.FailLogin(oidctest.LoginFault{})
	b.login(t, client, nil)
}

func TestMetadataCanBeChanged(t *testing.T) {
	p := oidctest.New(t)
	p.SetMetadata(oidctest.Claims{"issuer": "https://other.example"})
	_, err := clientOf(t, p).Metadata(t.Context())
	require.Error(t, err)
	p.SetMetadata(nil)
	m, err := clientOf(t, p).Metadata(t.Context())
	require.NoError(t, err)
	assert.True(t, m.AuthorizationResponseIssParameterSupported)
	assert.Equal(t, []string{"S256"}, m.CodeChallengeMethodsSupported)
}
