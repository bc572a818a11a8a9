package interop

import (
	"crypto/rand"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A client of another author signs a user in at the provider of oidctest, verifies the ID token with nonce and at_hash, asks UserInfo
// and refreshes the tokens.
func TestAnotherClientSignsInAtTheProviderOfTheTests(t *testing.T) {
	const callback = "https://app.example/callback"
	p := oidctest.New(t)
	p.Register(oidctest.Client{RedirectURIs: []string{callback}})
	p.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"email": "alice@corp.example"}})
	p.AutoLogin("alice")
	found, err := oidc.NewProvider(t.Context(), p.Issuer())
	require.NoError(t, err)
	config := oauth2.Config{
		ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: callback,
		Scopes: []string{oidc.ScopeOpenID},
	}
	nonce, verifier := rand.Text(), oauth2.GenerateVerifier()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(config.AuthCodeURL("state", oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	at, err := url.Parse(res.Header.Get("Location"))
	require.NoError(t, err)
	assert.Equal(t, "state", at.Query().Get("state"))

	token, err := config.Exchange(t.Context(), at.Query().Get("code"), oauth2.VerifierOption(verifier))
	require.NoError(t, err)
	text, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: oidctest.ClientID}).Verify(t.Context(), text)
	require.NoError(t, err)
	assert.Equal(t, []string{nonce, "alice"}, []string{id.Nonce, id.Subject})
	require.NoError(t, id.VerifyAccessToken(token.AccessToken))
	info, err := found.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
	require.NoError(t, err)
	assert.Equal(t, []string{"alice", "alice@corp.example"}, []string{info.Subject, info.Email})

	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	next, err := config.TokenSource(t.Context(), token).Token()
	require.NoError(t, err)
	assert.NotEqual(t, token.RefreshToken, next.RefreshToken)
	text, _ = next.Extra("id_token").(string)
	id, err = found.Verifier(&oidc.Config{ClientID: oidctest.ClientID}).Verify(t.Context(), text)
	require.NoError(t, err)
	assert.Equal(t, []string{"", "alice"}, []string{id.Nonce, id.Subject})
}
