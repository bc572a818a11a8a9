package oidcauth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestBearerExtraction(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	cases := []struct {
		name    string
		headers []string
		want    reason.Reason
	}{
		{"canonical", []string{"Bearer " + token}, ""},
		{"lower-case scheme", []string{"bearer " + token}, ""},
		{"none", nil, reason.NoCredentials},
		{"another scheme", []string{"Basic YTpi"}, reason.NoCredentials},
		{"scheme missing", []string{token}, reason.NoCredentials},
		{"empty", []string{""}, reason.MalformedRequest},
		{"scheme alone", []string{"Bearer"}, reason.MalformedRequest},
		{"twice the scheme", []string{"Bearer Bearer " + token}, reason.MalformedRequest},
		{"quotes", []string{`Bearer "` + token + `"`}, reason.MalformedRequest},
		{"something after", []string{"Bearer " + token + " x"}, reason.MalformedRequest},
		{"two headers", []string{"Bearer " + token, "Bearer " + token}, reason.MalformedRequest},
		{"a list", []string{"Bearer " + token + ",Bearer " + token}, reason.MalformedRequest},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, reasonOf(t, s.auth, withHeaders(c.headers...))) })
	}
}

func TestStatusAndChallenge(t *testing.T) {
	s := newService(t, nil)
	cases := []struct {
		name      string
		header    string
		status    int
		challenge string
	}{
		{"no credentials", "", 401, `Bearer realm="api"`},
		{"malformed", "Bearer a b", 400, `Bearer realm="api", error="invalid_request", error_description="The request does not contain exactly one well-formed access token"`},
		{"bad token", "Bearer x", 401, `Bearer realm="api", error="invalid_token", error_description="The access token is not valid for this resource"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := withHeaders()
			if c.header != "" {
				r.Header.Set("Authorization", c.header)
			}
			res, ran := s.answer(r)
			require.False(t, ran)
			require.Equal(t, c.status, res.StatusCode)
			require.Equal(t, c.challenge, res.Header.Get("WWW-Authenticate"))
			require.NotEmpty(t, res.Header.Get("Decision-Id"))
		})
	}
}

// The response is the same for a missing, an ambiguous and a disabled user.
func TestClientSeesOneAnswerForEveryUserFault(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Users = usermap.NewTable(
			usermap.Entry{Value: "two", User: person("1", true)}, usermap.Entry{Value: "two", User: person("2", true)},
			usermap.Entry{Value: "off", User: person("3", false)},
		)
	})
	var answers []string
	for _, sub := range []string{"nobody", "two", "off"} {
		res, ran := s.answer(withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": sub})))
		require.False(t, ran)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		id := res.Header.Get("Decision-Id")
		require.Contains(t, string(body), id)
		require.Equal(t, http.StatusForbidden, res.StatusCode)
		answers = append(answers, res.Header.Get("WWW-Authenticate")+strings.ReplaceAll(string(body), id, "ID"))
	}
	require.Equal(t, answers[0], answers[1])
	require.Equal(t, answers[0], answers[2])
}

func TestDependencyFaultIs503(t *testing.T) {
	s := newService(t, nil)
	s.Fail(oidctest.Discovery, oidctest.Fault{Status: 502})
	res, ran := s.answer(withHeaders("Bearer " + s.Token(audience, alice)))
	require.False(t, ran)
	require.Equal(t, http.StatusServiceUnavailable, res.StatusCode)
	require.NotEmpty(t, res.Header.Get("Retry-After"))
	require.Empty(t, res.Header.Get("WWW-Authenticate"))
}

func TestRotationIsDetectedAndCachedKeysOutliveAnOutage(t *testing.T) {
	s := newService(t, nil)
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.NoError(t, s.Rotate("ES256"))
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token), "the request that sees the new kid is itself served")
	s.Close()
	require.Empty(t, s.reason(t, token))
}

func TestOptionalIsAnonymousOnlyWithoutHeader(t *testing.T) {
	s := newService(t, nil)
	status := func(r *http.Request) int {
		w := httptest.NewRecorder()
		s.auth.Optional(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, known := oidcauth.FromContext(r.Context()); !known {
				w.WriteHeader(http.StatusNoContent)
			}
		})).ServeHTTP(w, r)
		return w.Code
	}
	require.Equal(t, http.StatusNoContent, status(withHeaders()))
	require.Equal(t, http.StatusOK, status(withHeaders("Bearer "+s.Token(audience, alice))))
	require.Equal(t, http.StatusUnauthorized, status(withHeaders("Bearer x")))
	require.Equal(t, http.StatusUnauthorized, status(withHeaders("Basic YTpi")))
}

func TestRequiredScopes(t *testing.T) {
	s := newService(t, nil)
	status := func(scopes oidctest.Claims) *httptest.ResponseRecorder {
		all := oidctest.Claims{"sub": "alice"}
		for k, v := range scopes {
			all[k] = v
		}
		w := httptest.NewRecorder()
		ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		s.auth.Handler(s.auth.RequireScopes("read", "write")(ok)).ServeHTTP(w, withHeaders("Bearer "+s.Token(audience, all)))
		return w
	}
	require.Equal(t, 200, status(oidctest.Claims{"scope": "write read"}).Code)
	require.Equal(t, 200, status(oidctest.Claims{"scp": []string{"write", "read"}}).Code)
	refused := status(oidctest.Claims{"scope": "read writer"})
	require.Equal(t, 403, refused.Code)
	require.Contains(t, refused.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`)
	require.Contains(t, refused.Header().Get("WWW-Authenticate"), `scope="read write"`)

	outside := httptest.NewRecorder()
	s.auth.RequireScopes("read")(http.NotFoundHandler()).ServeHTTP(outside, withHeaders())
	require.Equal(t, 401, outside.Code)
}

func TestConfigurationThatCouldAdmitIsRefused(t *testing.T) {
	good := oidcauth.Issuer{URL: "https://a.example", Audience: []string{"x"}}
	with := func(change func(*oidcauth.Issuer)) oidcauth.Config {
		iss := good
		change(&iss)
		return oidcauth.Config{Issuers: []oidcauth.Issuer{iss}}
	}
	cases := []struct {
		name, field string
		config      oidcauth.Config
	}{
		{"no issuer", "Issuers", oidcauth.Config{}},
		{"twice the same", "Issuers[1].Audience", oidcauth.Config{Issuers: []oidcauth.Issuer{good, good}}},
		{"empty issuer", "Issuers[0].URL", with(func(i *oidcauth.Issuer) { i.URL = "" })},
		{"no audience", "Issuers[0].Audience", with(func(i *oidcauth.Issuer) { i.Audience = nil })},
		{"empty audience", "Issuers[0].Audience", with(func(i *oidcauth.Issuer) { i.Audience = []string{""} })},
		{"none algorithm", "Issuers[0].Algorithms", with(func(i *oidcauth.Issuer) { i.Algorithms = []string{"none"} })},
		{"http discovery", "Issuers[0].DiscoveryURL", with(func(i *oidcauth.Issuer) { i.DiscoveryURL = "http://a.example/x" })},
		{"client rule without clients", "Issuers[0].ClientIDs", with(func(i *oidcauth.Issuer) { i.ClientIDInsteadOfAudience = true })},
		{
			"UserInfo's subject without UserInfo", "Issuers[0].Claims.UserInfoSubject",
			with(func(i *oidcauth.Issuer) { i.Claims.UserInfoSubject = claims.Name("uid") }),
		},
		{"UserInfo's subject nowhere", "Issuers[0].Claims", with(func(i *oidcauth.Issuer) {
			i.Claims.UserInfo, i.Claims.UserInfoSubject = infoIsDown(), claims.Pointer("uid")
		})},
		{"leeway", "Issuers[0].Leeway", with(func(i *oidcauth.Issuer) { i.Leeway = oidcauth.Exactly(3600e9) })},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			auth, err := oidcauth.New(c.config)
			require.Nil(t, auth)
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.field, fault.Field)
		})
	}
}

func TestBearerTokenReadsAsHandlerDoes(t *testing.T) {
	s := newService(t, nil)
	for _, h := range []string{"Bearer abc", "bearer abc", "BEARER   abc"} {
		token, err := s.auth.BearerToken(withHeaders(h))
		require.NoError(t, err)
		require.Equal(t, "abc", token)
	}
	for _, h := range [][]string{nil, {"Basic abc"}, {"Bearer a b"}, {"Bearer a", "Bearer a"}} {
		_, err := s.auth.BearerToken(withHeaders(h...))
		var refused *oidcauth.Error
		require.ErrorAs(t, err, &refused)
	}
}
