package settings_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestSevenPlacesOfCertificates(t *testing.T) {
	p := newPage(t)
	_, auth := p.configure(t)
	for name := range p.places {
		source, level, _ := strings.Cut(name, "-")
		wantAPI := reason.Reason("")
		if source == "application" {
			wantAPI = reason.KeyNotFound // the application api has no keys of its own
		}
		_, why := check(t, auth, p.token(name, "api://portal"))
		require.Empty(t, why, "%s %s", name, level)
		_, why = check(t, auth, p.token(name, "api://api"))
		require.Equal(t, wantAPI, why, name)
	}
	_, why := check(t, auth, p.Token("api://portal", claims("api://portal", nil)))
	require.Empty(t, why, "the seventh is the key set")
	require.Positive(t, p.Requests(oidctest.JWKS))
}

// A token that names no key is of the first level that holds one of its type.
func TestKeysOfTheApplicationComeFirst(t *testing.T) {
	p := newPage(t)
	_, auth := p.configure(t)
	signed := func(name, audience string) string {
		return p.Forge(oidctest.Forgery{Key: p.places[name].key, Algorithm: "ES256", Claims: claims(audience, nil), Header: map[string]any{"kid": nil}})
	}
	for _, c := range []struct {
		place, audience string
		want            reason.Reason
	}{
		{"application-text", "api://portal", ""},
		{"provider-text", "api://portal", reason.InvalidSignature},
		{"provider-text", "api://api", ""},
		{"application-text", "api://api", reason.InvalidSignature},
	} {
		_, why := check(t, auth, signed(c.place, c.audience))
		require.Equal(t, c.want, why, "%s %s", c.place, c.audience)
	}
}

// Each setting that selects a certificate, or recognises the server, is used: with another value the token has no key.
func TestSelectionOfCertificates(t *testing.T) {
	p := newPage(t)
	for place, change := range map[string][]string{
		"application-store":    {`"thumbprint": "` + thumbprint(p.places["application-store"].certificate), `"thumbprint": "` + strings.Repeat("00", 32)},
		"application-endpoint": {"CN=application-endpoint", "CN=other"},
		"provider-store":       {"CN=provider-store", "CN=other"},
		"provider-endpoint":    {`"thumbprint": "` + thumbprint(p.places["provider-endpoint"].certificate), `"thumbprint": "` + strings.Repeat("00", 32)},
	} {
		_, auth := p.configure(t, change...)
		_, why := check(t, auth, p.token(place, "api://portal"))
		require.Equal(t, reason.KeyNotFound, why, place)
	}
	_, auth := p.configure(t, `"trust": {"thumbprint": "`+p.server, `"trust": {"thumbprint": "`+strings.Repeat("00", 32))
	_, why := check(t, auth, p.token("application-endpoint", "api://portal"))
	require.Equal(t, reason.KeysUnavailable, why, "the server is not recognised")
}

func TestSearchNameAndCheckValues(t *testing.T) {
	p := newPage(t)
	p.SetUserInfo("s1", oidctest.Claims{"display_name": "alice from UserInfo"})
	_, auth := p.configure(t)
	for name, c := range map[string]struct {
		audience string
		claims   oidctest.Claims
		want     reason.Reason
		user     string
	}{
		"found":                      {"api://portal", nil, "", "1 alice@corp Alice A. p1"},
		"name from UserInfo":         {"api://portal", oidctest.Claims{"display_name": nil}, "", "1 alice from UserInfo Alice A. p1"},
		"another value":              {"api://portal", oidctest.Claims{"company": "branch"}, "", "1 alice@corp Alice A. p1"},
		"the application's value":    {"api://api", oidctest.Claims{"company": "branch"}, reason.CheckFailed, ""},
		"wrong value":                {"api://portal", oidctest.Claims{"company": "Corp"}, reason.CheckFailed, ""},
		"value of another type":      {"api://portal", oidctest.Claims{"company": true}, reason.CheckFailed, ""},
		"no value":                   {"api://portal", oidctest.Claims{"company": nil}, reason.CheckClaimMissing, ""},
		"no search claim":            {"api://portal", oidctest.Claims{upn: nil, "upn": "alice"}, reason.ClaimMissing, ""},
		"unknown":                    {"api://portal", oidctest.Claims{upn: "Alice"}, reason.UserNotFound, ""},
		"enabling column not set":    {"api://portal", oidctest.Claims{upn: "passive"}, reason.UserDisabled, ""},
		"disabling bits set":         {"api://portal", oidctest.Claims{upn: "marked"}, reason.UserDisabled, ""},
		"disabling column set":       {"api://portal", oidctest.Claims{upn: "locked"}, reason.UserDisabled, ""},
		"person's enabling column":   {"api://portal", oidctest.Claims{upn: "left"}, reason.UserDisabled, ""},
		"person's disabling column":  {"api://portal", oidctest.Claims{upn: "inactive"}, reason.UserDisabled, ""},
		"two accounts of one name":   {"api://portal", oidctest.Claims{upn: "twice"}, reason.UserAmbiguous, ""},
		"audience of no application": {"api://other", nil, reason.WrongAudience, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, why := check(t, auth, p.Token(c.audience, claims(c.audience, c.claims)))
			require.Equal(t, c.want, why)
			if c.want == "" {
				u := id.User()
				require.Equal(t, c.user, strings.Join([]string{u.ID, id.Name(), u.Name, u.PersonID}, " "))
			}
		})
	}
}

func TestFiveWaysToAuthenticate(t *testing.T) {
	p := newPage(t)
	c, _ := p.configure(t)
	for application, want := range map[string]string{
		"portal": "basic portal", "post": "post post-client", "jwt": "HS256 jwt-client", "key": "ES256 key-client", "public": "none public-client",
	} {
		a := c.Application(application)
		require.Equal(t, application, a.Name)
		_, err := a.Client.Introspect(t.Context(), "opaque")
		require.NoError(t, err)
		require.Equal(t, want, way(p.asked[len(p.asked)-1]), application)
	}
}

// way is how a client authenticated itself.
func way(r *http.Request) string {
	id, password, basic := r.BasicAuth()
	form := r.PostForm
	switch {
	case basic && password == url.QueryEscape(oidctest.ClientSecret):
		return "basic " + id
	case form.Get("client_secret") == oidctest.ClientSecret:
		return "post " + form.Get("client_id")
	case form.Get("client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		first, _, _ := strings.Cut(form.Get("client_assertion"), ".")
		header, _ := base64.RawURLEncoding.DecodeString(first)
		for _, alg := range []string{"HS256", "ES256"} {
			if strings.Contains(string(header), `"`+alg+`"`) {
				return alg + " " + form.Get("client_id")
			}
		}
	case !basic && form.Get("client_secret") == "" && form.Get("client_assertion") == "":
		return "none " + form.Get("client_id")
	}
	return "unknown"
}

func TestScopesResourceAndEndpoints(t *testing.T) {
	p := newPage(t)
	c, auth := p.configure(t)
	p.SetClient("portal", oidctest.ClientSecret)
	a := c.Application("portal")
	issued, err := a.Client.ClientCredentials(t.Context(), a.Request).Token()
	require.NoError(t, err)
	_, why := check(t, auth, issued.AccessToken)
	require.Equal(t, reason.UserInfoRefused, why, "it is for this resource, and of no user")
	require.Equal(t, "openid orders", issued.Extra("scope"))
	token := p.Token("api://portal", claims("api://portal", nil))
	require.NoError(t, auth.Revoke(t.Context(), token, ""))
	require.Equal(t, 1, p.Requests(oidctest.Revocation))
	require.Zero(t, p.Requests(oidctest.Discovery), "every endpoint is configured")
}

func TestAuthenticationContexts(t *testing.T) {
	p := newPage(t)
	c, auth := p.configure(t)
	for application, want := range map[string]string{"portal": "phrh phr", "api": "mfa"} {
		a := c.Application(application)
		require.Equal(t, want, strings.Join(a.ACRValues, " "))
		route := auth.Handler(auth.RequireAuthentication(0, a.ACRValues...)(http.NotFoundHandler()))
		for acr, status := range map[string]int{"pwd": http.StatusUnauthorized, a.ACRValues[0]: http.StatusNotFound} {
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			audience := "api://" + application
			r.Header.Set("Authorization", "Bearer "+p.Token(audience, claims(audience, oidctest.Claims{"acr": acr})))
			w := httptest.NewRecorder()
			route.ServeHTTP(w, r)
			require.Equal(t, status, w.Code)
			require.Equal(t, status == http.StatusUnauthorized, strings.Contains(w.Header().Get("WWW-Authenticate"), `acr_values="`+want+`"`))
		}
	}
}

func TestThreeEndsOfALogout(t *testing.T) {
	p := newPage(t)
	c, _ := p.configure(t)
	for application, want := range map[string]string{"portal": "https://portal.example/signed-out", "api": "", "post": "https://post.example/bye"} {
		a := c.Application(application)
		got, err := a.Client.EndSessionURL(t.Context(), a.Logout)
		require.NoError(t, err)
		u, err := url.Parse(got)
		require.NoError(t, err)
		require.Equal(t, p.Issuer()+string(oidctest.EndSession), u.Scheme+"://"+u.Host+u.Path)
		require.Equal(t, want, u.Query().Get("post_logout_redirect_uri"), application)
	}
}

// One application has its tokens confirmed by UserInfo instead of refusing those that look like ID tokens.
func TestNoIDTokenCheck(t *testing.T) {
	p := newPage(t)
	p.SetUserInfo("s1", oidctest.Claims{})
	_, auth := p.configure(t)
	token := func(audience string) string {
		return p.Forge(oidctest.Forgery{Header: map[string]any{"typ": nil}, Claims: claims(audience, oidctest.Claims{"at_hash": "x", "nonce": "n"})})
	}
	_, why := check(t, auth, token("api://portal"))
	require.Equal(t, reason.IDTokenAsAccessToken, why)
	_, why = check(t, auth, token("api://public"))
	require.Empty(t, why)
	require.Equal(t, 1, p.Requests(oidctest.UserInfo))
}
