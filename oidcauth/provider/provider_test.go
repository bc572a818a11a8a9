package provider_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

func start(t *testing.T, status int) (*httptest.Server, *provider.Client) {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/userinfo" {
			assert.Equal(t, "Bearer token", r.Header.Get("Authorization"))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"sub":"s"}`)
			return
		}
		_, _ = io.WriteString(w, `{"issuer":"`+s.URL+`","userinfo_endpoint":"`+s.URL+`/userinfo"}`)
	}))
	t.Cleanup(s.Close)
	p, err := provider.New(provider.Config{Issuer: s.URL, HTTPClient: s.Client()})
	require.NoError(t, err)
	return s, p
}

func TestUserInfoOfADiscoveredEndpoint(t *testing.T) {
	_, p := start(t, http.StatusOK)
	set, err := p.UserInfo(context.Background(), "token")
	require.NoError(t, err)
	assert.Equal(t, []string{"sub"}, set.Names())
}

func TestRefusedAndUnavailable(t *testing.T) {
	for status, refused := range map[int]bool{400: true, 401: true, 403: true, 404: false, 429: false, 500: false} {
		_, p := start(t, status)
		_, err := p.UserInfo(context.Background(), "token")
		require.Error(t, err)
		var e *claims.RefusedError
		if assert.Equal(t, refused, errors.As(err, &e), status) && refused {
			assert.Equal(t, status, e.Status)
		}
	}
}

func TestConfig(t *testing.T) {
	_, err := provider.New(provider.Config{})
	assert.ErrorIs(t, err, provider.ErrNoIssuer)
	_, err = provider.New(provider.Config{UserInfoURL: "http://a.example"})
	assert.Error(t, err)
}

// Each fault of a configuration names its field.
func TestFaultsOfAConfigNameTheirFields(t *testing.T) {
	for field, c := range map[string]provider.Config{
		"Issuer":                {},
		"UserInfoURL":           {UserInfoURL: "http://a.example"},
		"ClientID":              {Issuer: "https://a.example", Auth: provider.Auth{Secret: "x"}},
		"Auth.Method":           {Issuer: "https://a.example", ClientID: "x", Auth: provider.Auth{Method: "x"}},
		"Auth.Secret":           {Issuer: "https://a.example", ClientID: "x", Auth: provider.Auth{Method: provider.ClientSecretJWT}},
		"Auth.Key":              {Issuer: "https://a.example", ClientID: "x", Auth: provider.Auth{Method: provider.PrivateKeyJWT}},
		"Auth.AssertionFile":    {Issuer: "https://a.example", ClientID: "x", Auth: provider.Auth{Method: provider.ClientAssertion}},
		"Auth.Audience":         {Issuer: "https://a.example", ClientID: "x", Auth: provider.Auth{Secret: "x", Audience: "y", EndpointAudience: true}},
		"Algorithms":            {Issuer: "https://a.example", Algorithms: []string{"none"}},
		"UserInfoTypes":         {Issuer: "https://a.example", UserInfoTypes: []string{"at+jwt"}},
		"PostLogoutRedirectURI": {Issuer: "https://a.example", PostLogoutRedirectURI: "/bye"},
		"Keys":                  {Issuer: "https://a.example", ClientID: "x", Keys: certsource.PEM("x")},
	} {
		_, err := provider.New(c)
		var fault *provider.ConfigError
		require.ErrorAs(t, err, &fault, field)
		assert.Equal(t, field, fault.Field)
		assert.NotEmpty(t, fault.Problem)
	}
	_, err := provider.New(provider.Config{Issuer: "urn:example"})
	var fault *provider.ConfigError
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "Issuer", fault.Field)
}

// A gateway in front of an endpoint answers in its own way. An operator must be able to tell the two apart.
func TestRefusalIsToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		status                  int
		challenge, kind, answer string
		want                    claims.RefusedError
	}{
		"challenge": {
			401, `Bearer realm="x", error="invalid_token", error_description="error=evil"`, "", "",
			claims.RefusedError{Status: 401, Code: "invalid_token"},
		},
		"bare value": {403, `Bearer error=insufficient_scope`, "", "", claims.RefusedError{Status: 403, Code: "insufficient_scope"}},
		"body":       {403, "", "application/json", `{"error":"insufficient_rights"}`, claims.RefusedError{Status: 403, Code: "insufficient_rights"}},
		"page":       {403, "", "text/html; charset=utf-8", `<html>`, claims.RefusedError{Status: 403, HTML: true}},
		"scope of the challenge": {
			403, `Bearer error="insufficient_scope", scope="openid profile"`, "application/json", `{"scope":"content.read"}`,
			claims.RefusedError{Status: 403, Code: "insufficient_scope", Scope: "openid profile"},
		},
		"scope of the body": {
			403, "", "application/json", `{"error":"insufficient_scope","scope":"content.read"}`, claims.RefusedError{Status: 403, Code: "insufficient_scope", Scope: "content.read"},
		},
		"no scope": {
			403, `Bearer error="insufficient_scope", xscope="a", scope="a\"b"`, "application/json", `{"scope":"` + strings.Repeat("x", 201) + `"}`,
			claims.RefusedError{Status: 403, Code: "insufficient_scope"},
		},
		"no word": {400, `Bearer error="see \x1b[2J"`, "application/json", `{"error":"The token eyJ is unknown"}`, claims.RefusedError{Status: 400}},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("WWW-Authenticate", c.challenge)
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			}))
			defer s.Close()
			p, err := provider.New(provider.Config{UserInfoURL: s.URL, HTTPClient: s.Client()})
			require.NoError(t, err)
			_, err = p.UserInfo(context.Background(), "token")
			var got *claims.RefusedError
			require.ErrorAs(t, err, &got)
			assert.Equal(t, c.want, *got)
		})
	}
}
