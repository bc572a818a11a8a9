package provider_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const exchanged = `{"access_token":"for-stock","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`

// request has every parameter of RFC 8693 section 2.1.
var request = provider.ExchangeRequest{
	TokenRequest: provider.TokenRequest{
		Scopes: []string{"read", "write"}, Resources: []string{"https://a.example", "https://b.example"}, Audience: "stock",
	},
	SubjectTokenType: provider.JWTType, ActorToken: "actor", RequestedTokenType: provider.AccessTokenType,
}

func TestExchangeSendsTheParametersOfRFC8693(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	client := e.client(t, func(c *provider.Config) { c.Auth.Secret = "secret" })
	token, err := client.Exchange(t.Context(), "subject", request)
	require.NoError(t, err)
	assert.Equal(t, "for-stock", token.AccessToken)
	assert.Equal(t, provider.AccessTokenType, token.Extra("issued_token_type"))
	assert.True(t, token.Valid())
	assert.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte("api:secret")), e.last(t).header.Get("Authorization"))
	assert.Equal(t, url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {"subject"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		"actor_token": {"actor"}, "actor_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		"scope":                {"read write"}, "audience": {"stock"}, "resource": {"https://a.example", "https://b.example"},
	}, e.last(t).form)

	_, err = client.Exchange(t.Context(), "subject", provider.ExchangeRequest{})
	require.NoError(t, err)
	assert.Equal(t, url.Values{
		"grant_type":    {"urn:ietf:params:oauth:grant-type:token-exchange"},
		"subject_token": {"subject"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
	}, e.last(t).form)
}

func TestOnBehalfOfSendsTheParametersOfEntra(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"for-graph","token_type":"Bearer","expires_in":3600}`)
	client := e.client(t, func(c *provider.Config) {
		c.Auth = provider.Auth{Method: provider.ClientSecretPost, Secret: "secret"}
	})
	token, err := client.OnBehalfOf(t.Context(), "subject", time.Now().Add(time.Hour), "https://graph.microsoft.com/User.Read", "openid")
	require.NoError(t, err)
	assert.Equal(t, "for-graph", token.AccessToken)
	assert.Equal(t, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "requested_token_use": {"on_behalf_of"},
		"assertion": {"subject"}, "scope": {"https://graph.microsoft.com/User.Read openid"},
		"client_id": {"api"}, "client_secret": {"secret"},
	}, e.last(t).form)
}

func TestExchangesThatCannotBeRight(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	client := e.client(t, nil)
	for name, call := range map[string]func() (*oauth2.Token, error){
		"no subject":       func() (*oauth2.Token, error) { return client.Exchange(t.Context(), "", provider.ExchangeRequest{}) },
		"no text":          func() (*oauth2.Token, error) { return client.Exchange(t.Context(), "a b", provider.ExchangeRequest{}) },
		"no text to Entra": func() (*oauth2.Token, error) { return client.OnBehalfOf(t.Context(), "a\nb", time.Now(), "s") },
		"no scope":         func() (*oauth2.Token, error) { return client.OnBehalfOf(t.Context(), "a", time.Now()) },
		"refresh token": func() (*oauth2.Token, error) {
			return client.Exchange(t.Context(), "a", provider.ExchangeRequest{SubjectTokenType: "urn:ietf:params:oauth:token-type:refresh_token"})
		},
		"actor that is no text": func() (*oauth2.Token, error) {
			return client.Exchange(t.Context(), "a", provider.ExchangeRequest{ActorToken: "a b"})
		},
		"type of no actor": func() (*oauth2.Token, error) {
			return client.Exchange(t.Context(), "a", provider.ExchangeRequest{ActorTokenType: provider.JWTType})
		},
	} {
		_, err := call()
		assert.Error(t, err, name)
	}
	assert.Empty(t, e.all())
	_, err := e.client(t, func(c *provider.Config) { c.ClientID = "" }).Exchange(t.Context(), "a", provider.ExchangeRequest{})
	assert.ErrorIs(t, err, provider.ErrNoClient)
}

// A provider may call an access token that is a JWT either. An answer of another type could be used for what it is not.
func TestTypesOfTheAnswer(t *testing.T) {
	const access, jwt, id = provider.AccessTokenType, provider.JWTType, provider.IDTokenType
	for _, c := range []struct {
		requested, issued, kind string
		good                    bool
	}{
		{"", access, "bearer", true},
		{"", jwt, "Bearer", true},
		{access, jwt, "Bearer", true},
		{jwt, access, "Bearer", true},
		{jwt, jwt, "N_A", true},
		{id, id, "N_A", true},
		{"", "", "Bearer", false},
		{"", id, "Bearer", false},
		{id, access, "Bearer", false},
		{access, access, "N_A", false},
		{access, access, "DPoP", false},
		{"", jwt, "N_A", false},
	} {
		e := answering(t, http.StatusOK, "application/json",
			fmt.Sprintf(`{"access_token":"issued","issued_token_type":%q,"token_type":%q}`, c.issued, c.kind))
		token, err := e.client(t, nil).Exchange(t.Context(), "subject", provider.ExchangeRequest{RequestedTokenType: c.requested})
		assert.Equal(t, c.good, err == nil, c)
		assert.Equal(t, c.good, token != nil, c)
	}
	for _, body := range []string{exchanged, `{"access_token":"a","token_type":"DPoP"}`, `{"access_token":"a"}`, `{}`, `no JSON`} {
		e := answering(t, http.StatusOK, "application/json", body)
		_, err := e.client(t, nil).OnBehalfOf(t.Context(), "subject", time.Time{}, "scope")
		assert.Equal(t, body == exchanged, err == nil, body)
	}
}

// The members of Entra ID's answer are those of its documentation.
func TestRefusedExchanges(t *testing.T) {
	const claims = `{"access_token":{"polids":{"essential":true,"values":["9ab03e19-ed42-4168-b6b7-7001fb3e933a"]}}}`
	quoted := strings.ReplaceAll(claims, `"`, `\"`)
	for name, c := range map[string]struct {
		status int
		body   string
		want   *provider.ExchangeError // nil if this client is refused
	}{
		"bad subject": {400, `{"error":"invalid_grant"}`, &provider.ExchangeError{Status: 400, Code: "invalid_grant"}},
		"bad target":  {400, `{"error":"invalid_target"}`, &provider.ExchangeError{Status: 400, Code: "invalid_target"}},
		"no words":    {400, ``, &provider.ExchangeError{Status: 400}},
		"other audience": {
			400, `{"error":"invalid_grant","error_description":"AADSTS50013: the-token","error_codes":[50013],"timestamp":"x"}`,
			&provider.ExchangeError{Status: 400, Code: "invalid_grant", ErrorCodes: []int{50013}},
		},
		"no consent": {
			400, `{"error":"invalid_grant","error_codes":[65001],"suberror":"consent_required"}`,
			&provider.ExchangeError{Status: 400, Code: "invalid_grant", ErrorCodes: []int{65001}, Suberror: "consent_required"},
		},
		"second factor": {
			400, `{"error":"interaction_required","error_codes":[50076],"suberror":"basic_action","claims":"` + quoted + `"}`,
			&provider.ExchangeError{Status: 400, Code: "interaction_required", ErrorCodes: []int{50076}, Suberror: "basic_action", Claims: claims},
		},
		"second factor with 401": {
			401, `{"error":"interaction_required","claims":"` + quoted + `"}`,
			&provider.ExchangeError{Status: 401, Code: "interaction_required", Claims: claims},
		},
		"members of another form": {
			400, `{"error":"invalid_grant","error_codes":["x",-1,1e99,7],"suberror":"the token","claims":"the-token"}`,
			&provider.ExchangeError{Status: 400, Code: "invalid_grant", ErrorCodes: []int{7}},
		},
		"unknown client":   {400, `{"error":"invalid_client"}`, nil},
		"client may not":   {400, `{"error":"unauthorized_client"}`, nil},
		"client forbidden": {403, `{"error":"access_denied"}`, nil},
		"wrong secret":     {401, ``, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, c.status, "application/json", c.body)
			_, err := e.client(t, nil).Exchange(t.Context(), "the-token", provider.ExchangeRequest{})
			require.Error(t, err)
			assert.NotContains(t, fmt.Sprintf("%+v", err), "the-token")
			var refused *provider.ExchangeError
			if c.want == nil {
				var client *provider.ClientRefusedError
				require.ErrorAs(t, err, &client)
				require.NotErrorAs(t, err, &refused)
				return
			}
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, c.want, refused)
			var retrieve *oauth2.RetrieveError
			require.ErrorAs(t, err, &retrieve)
			assert.Equal(t, c.want.Code, retrieve.ErrorCode)
			assert.Equal(t, c.want.Claims == "", refused.Challenge() == "")
		})
	}
	refused := &provider.ExchangeError{Claims: claims}
	assert.Equal(t, `Bearer error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(claims))+`"`, refused.Challenge())
}
