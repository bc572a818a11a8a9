package provider_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const exchanged = `{"access_token":"for-stock","issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":3600}`

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Unix(1_800_000_000, 0)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) set(config *provider.Config) { config.Now = c.now }

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

func TestExchangedTokensAreKeptForEachSubjectAndTarget(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	at := newClock()
	client := e.client(t, at.set)
	exchange := func(subject string, r provider.ExchangeRequest) {
		t.Helper()
		r.Expires = at.now().Add(time.Hour)
		_, err := client.Exchange(t.Context(), subject, r)
		require.NoError(t, err)
	}
	different := []provider.ExchangeRequest{
		{},
		{TokenRequest: provider.TokenRequest{Audience: "stock"}},
		{TokenRequest: provider.TokenRequest{Scopes: []string{"stock"}}},
		{TokenRequest: provider.TokenRequest{Resources: []string{"https://stock.example"}}},
		{SubjectTokenType: provider.JWTType},
		{ActorToken: "actor"},
		{RequestedTokenType: provider.JWTType},
	}
	for range 2 {
		for i, r := range different {
			exchange("alice", r)
			exchange("bob", r)
			require.LessOrEqual(t, len(e.all()), 2*len(different), i)
		}
		require.Len(t, e.all(), 2*len(different))
	}
	_, err := client.OnBehalfOf(t.Context(), "alice", at.now().Add(time.Hour), "stock")
	require.NoError(t, err)
	require.Len(t, e.all(), 2*len(different)+1, "the dialects are apart")
	assert.Equal(t, uint64(2*len(different)+1), client.Stats().Exchange.Calls)
}

// A kept token ends with the subject, and before it expires itself.
func TestEndOfKeptTokens(t *testing.T) {
	for name, c := range map[string]struct {
		expiresIn    string
		expires      time.Duration // Of the subject. 0 means that it is not said.
		kept, gone   time.Duration
		neverOrNever bool
	}{
		"subject ends first":     {expiresIn: "3600", expires: time.Minute, kept: time.Minute - 1, gone: time.Minute},
		"answer ends first":      {expiresIn: "3600", expires: 2 * time.Hour, kept: time.Hour - 11*time.Second, gone: time.Hour - 10*time.Second},
		"answer says no end":     {expiresIn: "null", expires: time.Hour, kept: time.Minute - 1, gone: time.Minute},
		"answer is about to end": {expiresIn: "10", expires: time.Hour, neverOrNever: true},
		"subject says no end":    {expiresIn: "3600", neverOrNever: true},
		"subject has ended":      {expiresIn: "3600", expires: -time.Second, neverOrNever: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, http.StatusOK, "application/json", strings.Replace(exchanged, "3600", c.expiresIn, 1))
			at := newClock()
			client := e.client(t, at.set)
			var r provider.ExchangeRequest
			if c.expires != 0 {
				r.Expires = at.now().Add(c.expires)
			}
			calls := func() int {
				_, err := client.Exchange(t.Context(), "subject", r)
				require.NoError(t, err)
				return len(e.all())
			}
			require.Equal(t, 1, calls())
			if c.neverOrNever {
				require.Equal(t, 2, calls())
				return
			}
			at.advance(c.kept)
			require.Equal(t, 1, calls())
			at.advance(c.gone - c.kept)
			require.Equal(t, 2, calls())
		})
	}
}

func TestConcurrentCallersShareOneExchange(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", exchanged)
	client := e.client(t, nil)
	r := provider.ExchangeRequest{Expires: time.Now().Add(time.Hour)}
	e.mu.Lock() // The answer waits.
	left, leave := context.WithCancel(t.Context())
	leave()
	_, err := client.Exchange(left, "subject", r)
	require.ErrorIs(t, err, context.Canceled)
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			token, err := client.Exchange(t.Context(), "subject", r)
			if assert.NoError(t, err) {
				token.AccessToken = "changed by its owner"
			}
		})
	}
	e.mu.Unlock()
	callers.Wait()
	token, err := client.Exchange(t.Context(), "subject", r)
	require.NoError(t, err)
	require.Equal(t, "for-stock", token.AccessToken)
	require.Len(t, e.all(), 1)
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

// A refusal is kept shortly, so that a client that repeats its request does not repeat that to the provider. Other
// errors are not kept, but the breaker pauses the subject that failed.
func TestErrorsOfExchangesAreNotKeptForLong(t *testing.T) {
	e := answering(t, http.StatusBadRequest, "application/json", `{"error":"interaction_required"}`)
	at := newClock()
	client := e.client(t, at.set)
	expires := at.now().Add(time.Hour)
	exchange := func() error {
		_, err := client.Exchange(t.Context(), "subject", provider.ExchangeRequest{Expires: expires})
		return err
	}
	var refused *provider.ExchangeError
	require.ErrorAs(t, exchange(), &refused)
	e.answer(http.StatusOK, "application/json", exchanged)
	at.advance(10*time.Second - 1)
	require.ErrorAs(t, exchange(), &refused)
	require.Len(t, e.all(), 1)
	at.advance(1)
	require.NoError(t, exchange())

	e.answer(http.StatusServiceUnavailable, "text/plain", "the-token")
	for i := range 5 {
		_, err := client.Exchange(t.Context(), fmt.Sprint("another", i), provider.ExchangeRequest{Expires: at.now().Add(time.Hour)})
		require.Error(t, err)
		require.NotErrorAs(t, err, &refused)
		_, err = client.Exchange(t.Context(), fmt.Sprint("another", i), provider.ExchangeRequest{Expires: at.now().Add(time.Hour)})
		require.ErrorIs(t, err, provider.ErrPaused)
	}
	require.NoError(t, exchange(), "a kept token is of use while the endpoint fails")
	e.answer(http.StatusTooManyRequests, "text/plain", "")
	for i := range 5 {
		_, err := client.Exchange(t.Context(), fmt.Sprint("third", i), provider.ExchangeRequest{})
		require.NotErrorIs(t, err, provider.ErrPaused)
	}
	_, err := client.Exchange(t.Context(), "fourth", provider.ExchangeRequest{})
	require.ErrorIs(t, err, provider.ErrPaused)
	require.True(t, client.Stats().Exchange.Open)
	require.False(t, client.Stats().Introspection.Open)
}

// Large tokens of many subjects push each other out.
func TestExchangedTokensAreBounded(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", strings.Replace(exchanged, "for-stock", strings.Repeat("x", 60<<10), 1))
	client := e.client(t, nil)
	r := provider.ExchangeRequest{Expires: time.Now().Add(time.Hour)}
	const subjects = 200 // 180 KiB each, of 32 MiB.
	for range 2 {
		for i := range subjects {
			_, err := client.Exchange(t.Context(), fmt.Sprint("subject", i), r)
			require.NoError(t, err)
		}
	}
	require.Greater(t, len(e.all()), subjects)
	asked := len(e.all())
	for range 2 {
		_, err := client.Exchange(t.Context(), "last", r)
		require.NoError(t, err)
	}
	require.Len(t, e.all(), asked+1, "a new one is kept")
}
