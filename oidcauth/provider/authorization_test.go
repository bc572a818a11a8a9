package provider_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// announcing serves a metadata document with these members, which may name SITE.
func announcing(t *testing.T, path, members string) *site {
	t.Helper()
	return serving(t, func(url string) map[string]string {
		return map[string]string{path: `{"issuer":"` + url + `"` + strings.ReplaceAll(members, "SITE", url) + `}`}
	})
}

const announced = `,"authorization_endpoint":"SITE/authorize?tenant=1","require_pushed_authorization_requests":true,
	"authorization_response_iss_parameter_supported":true,"frontchannel_logout_supported":true,"frontchannel_logout_session_supported":true,
	"backchannel_logout_supported":true,"backchannel_logout_session_supported":true,"response_modes_supported":["query","form_post"],
	"code_challenge_methods_supported":["S256"],"prompt_values_supported":["none","login"],"acr_values_supported":["1","2"]`

func TestMetadataOfEitherDocument(t *testing.T) {
	for _, path := range []string{openidPath, oauthPath} {
		s := announcing(t, path, announced+`,"pushed_authorization_request_endpoint":"SITE/par"`)
		p := s.client(t, provider.Config{Issuer: s.URL})
		for range 2 {
			m, err := p.Metadata(t.Context())
			require.NoError(t, err, path)
			assert.Equal(t, provider.Metadata{
				AuthorizationEndpoint: s.URL + "/authorize?tenant=1", PushedAuthorizationRequestEndpoint: s.URL + "/par",
				RequirePushedAuthorizationRequests: true, AuthorizationResponseIssParameterSupported: true,
				FrontChannelLogoutSupported: true, FrontChannelLogoutSessionSupported: true,
				BackChannelLogoutSupported: true, BackChannelLogoutSessionSupported: true,
				ResponseModesSupported: []string{"query", "form_post"}, CodeChallengeMethodsSupported: []string{"S256"},
				PromptValuesSupported: []string{"none", "login"}, ACRValuesSupported: []string{"1", "2"},
			}, m)
		}
		assert.Equal(t, 1, s.requests(path))
		assert.Equal(t, []string{s.URL, "api"}, []string{p.Issuer(), p.ClientID()})
	}
}

// A login needs to know what the document demands, so an outage is no empty document.
func TestMetadataOfConfiguredEndpoints(t *testing.T) {
	const at, par = "https://login.example/authorize", "https://login.example/par"
	s := serving(t, func(string) map[string]string { return nil })
	config := provider.Config{Issuer: s.URL, AuthorizationURL: at, PushedAuthorizationRequestURL: par}
	m, err := s.client(t, config).Metadata(t.Context())
	require.NoError(t, err)
	assert.Equal(t, provider.Metadata{AuthorizationEndpoint: at, PushedAuthorizationRequestEndpoint: par}, m)

	m, err = s.client(t, provider.Config{AuthorizationURL: at}).Metadata(t.Context())
	require.NoError(t, err)
	assert.Equal(t, provider.Metadata{AuthorizationEndpoint: at}, m)

	named := announcing(t, openidPath, `,"authorization_response_iss_parameter_supported":true`)
	config.Issuer = named.URL
	m, err = named.client(t, config).Metadata(t.Context())
	require.NoError(t, err)
	assert.True(t, m.AuthorizationResponseIssParameterSupported)
	assert.Equal(t, at, m.AuthorizationEndpoint)

	down := answering(t, http.StatusServiceUnavailable, "application/json", "{}")
	_, err = down.client(t, func(c *provider.Config) { c.Issuer, c.AuthorizationURL = down.URL, at }).Metadata(t.Context())
	require.Error(t, err)
}

func TestMetadataWithoutUsableAuthorizationEndpoint(t *testing.T) {
	for members, want := range map[string]bool{
		``: true, `,"authorization_endpoint":"http://127.0.0.1/a"`: false, `,"authorization_endpoint":"javascript:alert(1)"`: false,
		`,"authorization_endpoint":1`: false,
	} {
		s := announcing(t, openidPath, members)
		p := s.client(t, provider.Config{Issuer: s.URL})
		_, err := p.Metadata(t.Context())
		require.Error(t, err, members)
		assert.Equal(t, want, errors.Is(err, provider.ErrNoEndpoint), members)
		_, err = p.AuthorizationURL(t.Context(), nil)
		assert.Error(t, err, members)
	}
}

func TestAuthorizationURLHoldsTheParameters(t *testing.T) {
	s := announcing(t, openidPath, `,"authorization_endpoint":"SITE/authorize?tenant=1&state=old"`)
	parameters := url.Values{"response_type": {"code"}, "state": {"s&t"}, "resource": {"https://a.example", "https://b.example"}}
	at, err := s.client(t, provider.Config{Issuer: s.URL}).AuthorizationURL(t.Context(), parameters)
	require.NoError(t, err)
	u := must(url.Parse(at))
	assert.Equal(t, s.URL+"/authorize", u.Scheme+"://"+u.Host+u.Path)
	assert.Equal(t, url.Values{
		"tenant": {"1"}, "response_type": {"code"}, "state": {"s&t"}, "client_id": {"api"},
		"resource": {"https://a.example", "https://b.example"},
	}, u.Query())
	assert.NotContains(t, parameters, "client_id", "the caller's parameters do not change")

	prover := newProver(t)
	at, err = s.client(t, provider.Config{Issuer: s.URL, DPoP: prover}).AuthorizationURL(t.Context(), parameters)
	require.NoError(t, err)
	assert.Equal(t, prover.Thumbprint(), must(url.Parse(at)).Query().Get("dpop_jkt"))
	for _, name := range []string{"client_id", "request_uri", "request", "client_secret", "client_assertion"} {
		_, err := s.client(t, provider.Config{Issuer: s.URL}).AuthorizationURL(t.Context(), url.Values{name: {"x"}})
		assert.Error(t, err, name)
	}
	_, err = must(provider.New(provider.Config{AuthorizationURL: s.URL})).AuthorizationURL(t.Context(), parameters)
	require.ErrorIs(t, err, provider.ErrNoClient)
}

// pushing returns a client of an endpoint for pushed authorization requests.
func pushing(t *testing.T, e *endpoint, change func(*provider.Config)) *provider.Client {
	t.Helper()
	return e.client(t, func(c *provider.Config) {
		c.AuthorizationURL, c.PushedAuthorizationRequestURL = e.URL+"/authorize?tenant=1", e.URL+"/par"
		if change != nil {
			change(c)
		}
	})
}

func TestParametersArePushed(t *testing.T) {
	for _, status := range []int{http.StatusCreated, http.StatusOK} {
		e := answering(t, status, "application/json", `{"request_uri":"urn:ietf:params:oauth:request_uri:6&e","expires_in":60}`)
		p := pushing(t, e, func(c *provider.Config) { c.Auth.Secret = longSecret })
		at, err := p.AuthorizationURL(t.Context(), url.Values{"state": {"s"}, "login_hint": {"alice"}})
		require.NoError(t, err)
		assert.Equal(t, url.Values{"tenant": {"1"}, "client_id": {"api"}, "request_uri": {"urn:ietf:params:oauth:request_uri:6&e"}}, must(url.Parse(at)).Query())
		assert.Equal(t, "/par", e.last(t).path)
		assert.Empty(t, e.last(t).query)
		assert.Equal(t, url.Values{"state": {"s"}, "login_hint": {"alice"}, "client_id": {"api"}}, e.last(t).form, "client_id is a parameter of the request too")
		assert.Equal(t, "api:"+longSecret, decodeBasic(t, e.last(t).header.Get("Authorization")))
	}
}

func TestErrorsOfPushedRequests(t *testing.T) {
	const client, request, other = "client", "request", "no usable answer"
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"wrong secret":  {401, `{"error":"invalid_client"}`, client},
		"not allowed":   {400, `{"error":"unauthorized_client"}`, client},
		"redirect URI":  {400, `{"error":"invalid_request","error_description":"hint-1"}`, request},
		"too large":     {413, ``, other},
		"outage":        {503, ``, other},
		"no member":     {201, `{}`, other},
		"empty":         {201, `{"request_uri":""}`, other},
		"no text":       {201, `{"request_uri":1}`, other},
		"two":           {201, `{"request_uri":"a","request_uri":"b"}`, other},
		"with a space":  {201, `{"request_uri":"a b"}`, other},
		"long":          {201, `{"request_uri":"` + strings.Repeat("x", 3<<10) + `"}`, other},
		"page":          {200, `<html>`, other},
		"another's URL": {302, ``, other},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, c.status, "application/json", c.body)
			at, err := pushing(t, e, nil).AuthorizationURL(t.Context(), url.Values{"login_hint": {"hint-1"}})
			require.Error(t, err)
			assert.Empty(t, at, "a request that was not pushed is never sent by the browser")
			assert.Equal(t, c.want, kindOf(err))
			assert.NotContains(t, fmt.Sprintf("%v %+v", err, err), "hint-1")
			var refused *oauth2.RetrieveError
			if c.want == request {
				require.ErrorAs(t, err, &refused)
				assert.Equal(t, "invalid_request", refused.ErrorCode)
			}
		})
	}
}

func TestPushedRequestsGoToTheAliasForMutualTLS(t *testing.T) {
	s := announcing(t, openidPath, `,"authorization_endpoint":"SITE/authorize","pushed_authorization_request_endpoint":"SITE/par",
		"mtls_endpoint_aliases":{"pushed_authorization_request_endpoint":"SITE/mtls","authorization_endpoint":"SITE/no"}`)
	s.documents["/mtls"] = `{"request_uri":"urn:x"}`
	at, err := s.client(t, provider.Config{Issuer: s.URL, MTLSEndpointAliases: true}).AuthorizationURL(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, s.URL+"/authorize?client_id=api&request_uri=urn%3Ax", at)
	assert.Zero(t, s.requests("/par"))
}
