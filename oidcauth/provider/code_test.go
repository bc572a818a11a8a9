package provider_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	code         = "c-1/+&= ~"
	codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	signedIn     = `{"access_token":"a1","token_type":"Bearer","expires_in":300,"refresh_token":"r1","id_token":"e30.e30.e30","scope":"openid"}`
)

var codeRequest = provider.CodeRequest{CodeVerifier: codeVerifier, RedirectURI: "https://app.example/callback?p=1"}

func TestAuthorizationCodeSendsTheParametersOfRFC7636(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", signedIn)
	want := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {codeVerifier},
		"redirect_uri": {codeRequest.RedirectURI}, "client_id": {"api"},
	}
	token, err := e.client(t, nil).AuthorizationCode(t.Context(), code, codeRequest)
	require.NoError(t, err)
	assert.Equal(t, want, e.last(t).form)
	assert.Equal(t, []any{"a1", "r1", "e30.e30.e30", "openid"}, []any{token.AccessToken, token.RefreshToken, token.Extra("id_token"), token.Extra("scope")})
	assert.True(t, token.Valid())

	r := codeRequest
	r.TokenRequest = provider.TokenRequest{Resources: []string{"https://a.example", "https://b.example"}}
	_, err = e.client(t, nil).AuthorizationCode(t.Context(), code, r)
	require.NoError(t, err)
	assert.Equal(t, r.Resources, e.last(t).form["resource"])
}

func TestAuthorizationCodeWithEachAuthentication(t *testing.T) {
	file := filepath.Join(t.TempDir(), "assertion")
	require.NoError(t, os.WriteFile(file, []byte(projected(time.Now().Add(time.Hour), "app")), 0o600))
	for name, auth := range map[string]provider.Auth{
		"Authorization":    {Secret: longSecret},
		"client_secret":    {Secret: longSecret, Method: provider.ClientSecretPost},
		"client_assertion": {Secret: longSecret, Method: provider.ClientSecretJWT},
		"private key":      {Key: ecKey},
		"file":             {AssertionFile: file},
		"client_id":        {},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, http.StatusOK, "application/json", signedIn)
			client := pushing(t, e, func(c *provider.Config) { c.Auth = auth })
			_, err := client.AuthorizationCode(t.Context(), code, codeRequest)
			require.NoError(t, err)
			_, err = client.AuthorizationURL(t.Context(), url.Values{"state": {"s"}})
			require.Error(t, err, "the answer has no request_uri")
			for _, r := range e.all() {
				switch name {
				case "Authorization":
					assert.Equal(t, "api:"+longSecret, decodeBasic(t, r.header.Get("Authorization")))
				case "client_id", "client_secret":
					assert.True(t, r.form.Has(name))
				default:
					assert.NotEmpty(t, r.form.Get("client_assertion"))
				}
			}
			require.Len(t, e.all(), 2)
		})
	}
}

// A session ends only if the provider refuses its refresh token, so the three kinds of errors must be told apart.
func TestErrorsOfCodesAndRefreshTokens(t *testing.T) {
	const grant, client, request, other = "grant", "client", "request", "no usable answer"
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"used code":                  {400, `{"error":"invalid_grant","error_description":"c-1 ` + codeVerifier + `"}`, grant},
		"user is needed":             {400, `{"error":"interaction_required","error_codes":[50076]}`, grant},
		"with the status of clients": {403, `{"error":"invalid_grant"}`, grant},
		"wrong secret":               {401, `{"error":"invalid_client"}`, client},
		"wrong secret, other status": {400, `{"error":"invalid_client"}`, client},
		"grant not allowed":          {400, `{"error":"unauthorized_client"}`, client},
		"gateway":                    {403, `<html>`, client},
		"wrong scope":                {400, `{"error":"invalid_scope"}`, request},
		"no JSON":                    {400, `code c-1`, request},
		"outage":                     {503, `{"error":"invalid_grant"}`, other},
		"too many":                   {429, `{"error":"invalid_grant"}`, other},
		"redirect":                   {302, ``, other},
		"no token":                   {200, `{}`, other},
		"two tokens":                 {200, `{"access_token":"a","access_token":"b","token_type":"Bearer"}`, other},
		"no JSON with 200":           {200, `access_token=a&token_type=Bearer`, other},
		"no end":                     {200, `{"access_token":"a","token_type":"Bearer","expires_in":-1}`, other},
		"too long":                   {200, `{"access_token":"a","token_type":"Bearer","pad":"` + strings.Repeat("x", 1<<20) + `"}`, other},
	} {
		t.Run(name, func(t *testing.T) {
			e := answering(t, c.status, "application/json", c.body)
			p := e.client(t, func(c *provider.Config) { c.Auth.Secret = longSecret })
			for grant, ask := range map[string]func() (*oauth2.Token, error){
				"code": func() (*oauth2.Token, error) { return p.AuthorizationCode(t.Context(), code, codeRequest) },
				"refresh token": func() (*oauth2.Token, error) {
					return p.Refresh(t.Context(), &oauth2.Token{RefreshToken: "refresh-1"}, provider.TokenRequest{}).Token()
				},
			} {
				token, err := ask()
				require.Error(t, err, grant)
				require.Nil(t, token, grant)
				assert.Equal(t, c.want, kindOf(err), grant)
				for _, secret := range []string{code, "c-1", codeVerifier, "refresh-1", longSecret} {
					assert.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret, grant)
				}
			}
		})
	}
}

func kindOf(err error) string {
	var grant *provider.GrantError
	var client *provider.ClientRefusedError
	var request *oauth2.RetrieveError
	switch {
	case errors.As(err, &grant):
		return "grant"
	case errors.As(err, &client):
		return "client"
	case errors.As(err, &request):
		return "request"
	}
	return "no usable answer"
}

func TestNumbersOfEntraInAGrantError(t *testing.T) {
	e := answering(t, http.StatusBadRequest, "application/json", `{"error":"invalid_grant","error_codes":[54005,-1,"7"]}`)
	_, err := e.client(t, nil).AuthorizationCode(t.Context(), code, codeRequest)
	var refused *provider.GrantError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, provider.GrantError{Status: 400, Code: "invalid_grant", ErrorCodes: []int{54005}}, *refused)
	var request *oauth2.RetrieveError
	require.ErrorAs(t, err, &request)
	assert.Equal(t, "invalid_grant", request.ErrorCode)
	assert.Empty(t, request.Body)
}

// A code that no provider issues is the fault of its sender, and is not sent.
func TestCodesThatAreNotSent(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", signedIn)
	p := e.client(t, nil)
	for _, bad := range []string{"", "a\nb", "ä", strings.Repeat("x", 16<<10+1)} {
		_, err := p.AuthorizationCode(t.Context(), bad, codeRequest)
		var refused *provider.GrantError
		require.ErrorAs(t, err, &refused)
		assert.Zero(t, refused.Status)
	}
	for name, r := range map[string]provider.CodeRequest{
		"no verifier":         {RedirectURI: "https://a.example"},
		"short verifier":      {RedirectURI: "https://a.example", CodeVerifier: codeVerifier[1:]},
		"verifier of no text": {RedirectURI: "https://a.example", CodeVerifier: codeVerifier + "="},
		"no redirect URI":     {CodeVerifier: codeVerifier},
	} {
		_, err := p.AuthorizationCode(t.Context(), code, r)
		require.Error(t, err, name)
		assert.Equal(t, "no usable answer", kindOf(err), name)
	}
	_, err := e.client(t, func(c *provider.Config) { c.ClientID = "" }).AuthorizationCode(t.Context(), code, codeRequest)
	require.ErrorIs(t, err, provider.ErrNoClient)
	assert.Empty(t, e.all())
}

func TestLoginsAcceptBearerTokensOnly(t *testing.T) {
	e := answering(t, http.StatusOK, "application/json", `{"access_token":"a1","token_type":"DPoP"}`)
	_, err := e.client(t, nil).AuthorizationCode(t.Context(), code, codeRequest)
	require.Error(t, err)
	token, err := e.client(t, func(c *provider.Config) { c.DPoP = newProver(t) }).AuthorizationCode(t.Context(), code, codeRequest)
	require.NoError(t, err)
	assert.Equal(t, "DPoP", token.TokenType)
	assert.NotEmpty(t, e.last(t).header.Get("DPoP"))
}

// A provider answers bad codes in any way. The next good code must still be exchanged at once.
func TestBadCodesDoNotStopTheLoginsOfOthers(t *testing.T) {
	for _, status := range []int{400, 429, 500, 502, 503, 504} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.FormValue("code") != "good" {
					w.Header().Set("Retry-After", "60")
					w.WriteHeader(status)
				}
				_, _ = w.Write([]byte(signedIn))
			}))
			defer s.Close()
			p, err := provider.New(provider.Config{TokenURL: s.URL, HTTPClient: s.Client(), ClientID: "api"})
			require.NoError(t, err)
			for i := range 30 {
				_, err := p.AuthorizationCode(t.Context(), fmt.Sprint("bad-", i%10), codeRequest)
				require.Error(t, err)
				require.NotErrorIs(t, err, provider.ErrPaused)
			}
			_, err = p.AuthorizationCode(t.Context(), "good", codeRequest)
			require.NoError(t, err)
		})
	}
}

func TestCodesThatHangDoNotHoldBackRefreshTokens(t *testing.T) {
	hang := make(chan struct{})
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("code") != "" {
			<-hang
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(signedIn))
	}))
	defer s.Close()
	p, err := provider.New(provider.Config{TokenURL: s.URL, HTTPClient: s.Client(), ClientID: "api", Concurrency: 2})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls sync.WaitGroup
	busy := make(chan struct{}, 20)
	for range 20 {
		calls.Go(func() {
			if _, err := p.AuthorizationCode(ctx, "slow", codeRequest); errors.Is(err, provider.ErrBusy) {
				busy <- struct{}{}
			}
		})
	}
	for range 16 { // 2 run and 2 wait.
		<-busy
	}
	_, err = p.Refresh(t.Context(), &oauth2.Token{RefreshToken: "r"}, provider.TokenRequest{}).Token()
	assert.NoError(t, err)
	close(hang)
	calls.Wait()
}
