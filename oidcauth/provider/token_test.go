package provider_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func TestClientCredentials(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a1","token_type":"bearer","expires_in":3600,"scope":"read"}`)
	source := e.client(t, nil).ClientCredentials(context.Background(), provider.TokenRequest{
		Scopes: []string{"read", "write"}, Resources: []string{"https://a.example", "https://b.example"}, Audience: "x",
	})
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			token, err := source.Token()
			if assert.NoError(t, err) {
				assert.Equal(t, "a1", token.AccessToken)
				assert.Equal(t, "Bearer", token.Type())
				assert.Equal(t, "read", token.Extra("scope"))
				assert.True(t, token.Valid())
			}
		})
	}
	callers.Wait()
	require.Len(t, e.all(), 1, "a token is held")
	assert.Equal(t, url.Values{
		"grant_type": {"client_credentials"}, "scope": {"read write"}, "resource": {"https://a.example", "https://b.example"},
		"audience": {"x"}, "client_id": {"api"},
	}, e.last(t).form)
}

// A token that is about to expire is fetched again, each time with a new assertion.
func TestAssertionsAreNotRepeated(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a1","token_type":"Bearer","expires_in":"1"}`)
	source := e.client(t, func(c *provider.Config) { c.Auth.Key = ecKey }).ClientCredentials(context.Background(), provider.TokenRequest{})
	for range 2 {
		_, err := source.Token()
		require.NoError(t, err)
	}
	all := e.all()
	require.Len(t, all, 2)
	assert.NotEqual(t, all[0].form["client_assertion"], all[1].form["client_assertion"])
	assert.Len(t, all[1].form["client_assertion"], 1)
}

func TestRefreshUsesTheLastRefreshToken(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a1","token_type":"Bearer","expires_in":1,"refresh_token":"r2"}`)
	source := e.client(t, nil).Refresh(context.Background(), &oauth2.Token{RefreshToken: "r1"}, provider.TokenRequest{Scopes: []string{"s"}})
	next := func(body string) *oauth2.Token {
		t.Helper()
		e.answer(http.StatusOK, "application/json", body)
		token, err := source.Token()
		require.NoError(t, err)
		return token
	}
	next(`{"access_token":"a1","token_type":"Bearer","expires_in":1,"refresh_token":"r2"}`)
	assert.Equal(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r1"}, "scope": {"s"}, "client_id": {"api"}}, e.last(t).form)
	token := next(`{"access_token":"a2","token_type":"Bearer","expires_in":1}`)
	assert.Equal(t, "r2", e.last(t).form.Get("refresh_token"))
	assert.Equal(t, "r2", token.RefreshToken)
	next(`{"access_token":"a3","token_type":"Bearer"}`)
	assert.Equal(t, "r2", e.last(t).form.Get("refresh_token"))
	next(`{}`) // which is not asked for: a3 does not expire
	assert.Len(t, e.all(), 3)

	for _, none := range []*oauth2.Token{nil, {}} {
		_, err := e.client(t, nil).Refresh(context.Background(), none, provider.TokenRequest{}).Token()
		assert.ErrorIs(t, err, provider.ErrNoToken)
	}
	held := &oauth2.Token{AccessToken: "good", RefreshToken: "r"}
	token, err := e.client(t, nil).Refresh(context.Background(), held, provider.TokenRequest{}).Token()
	require.NoError(t, err)
	assert.Same(t, held, token)
}

func TestRefusedGrantsAreRetrieveErrors(t *testing.T) {
	e := answering(t, http.StatusBadRequest, "application/json", `{"error":"invalid_grant","error_description":"the-token"}`)
	_, err := e.client(t, nil).Refresh(context.Background(), &oauth2.Token{RefreshToken: "the-token"}, provider.TokenRequest{}).Token()
	var refused *oauth2.RetrieveError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, "invalid_grant", refused.ErrorCode)
	assert.Equal(t, http.StatusBadRequest, refused.Response.StatusCode)
	assert.NotContains(t, err.Error(), "the-token")
}

func TestUnusableTokenAnswers(t *testing.T) {
	for _, body := range []string{
		``, `[]`, `{}`, `{"access_token":"a"}`, `{"access_token":"","token_type":"Bearer"}`, `{"access_token":1,"token_type":"Bearer"}`,
		`{"access_token":"a","access_token":"b","token_type":"Bearer"}`, `{"access_token":"a\nb","token_type":"Bearer"}`,
		`{"access_token":"a","token_type":"Bearer","expires_in":-1}`, `{"access_token":"a","token_type":"Bearer","expires_in":1e999}`,
		`{"access_token":"a","token_type":"Bearer","expires_in":"soon"}`, `{"access_token":"a","token_type":"Bearer","expires_in":true}`,
		`{"access_token":"a","token_type":"Bearer","refresh_token":{}}`,
	} {
		e := answering(t, http.StatusOK, "application/json", body)
		_, err := e.client(t, nil).ClientCredentials(context.Background(), provider.TokenRequest{}).Token()
		assert.Error(t, err, body)
	}
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a","token_type":"Bearer","expires_in":9e18}`)
	token, err := e.client(t, nil).ClientCredentials(context.Background(), provider.TokenRequest{}).Token()
	require.NoError(t, err)
	assert.True(t, token.Valid())
}

func TestATokenSourceServesOAuth2Clients(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a1","token_type":"Bearer","expires_in":3600}`)
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, e.Client())
	client := oauth2.NewClient(ctx, e.client(t, nil).ClientCredentials(ctx, provider.TokenRequest{}))
	resp, err := client.Get(e.URL + "/api")
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, "Bearer a1", e.last(t).header.Get("Authorization"))
}
