package oidcauth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestExplainRequestJudgesTheRequestAsCheckDoes(t *testing.T) {
	s := newService(t)
	proxied := newService(t, withConfig(func(c *oidcauth.Config) { c.Credentials.Header = "X-Goog-Iap-Jwt-Assertion" }))
	good, wrong := s.Token(audience, alice), s.Token("api://invoices", alice)
	for name, c := range map[string]struct {
		auth   *oidcauth.Authenticator
		header http.Header
		want   reason.Reason
		hint   string
	}{
		"accepted":              {s.auth, http.Header{"Authorization": {"Bearer " + good}}, "", ""},
		"wrong audience":        {s.auth, http.Header{"Authorization": {"Bearer " + wrong}}, reason.WrongAudience, "wrong_audience"},
		"no header":             {s.auth, http.Header{}, reason.NoCredentials, "header_missing"},
		"two headers":           {s.auth, http.Header{"Authorization": {"Bearer " + good, "Bearer " + good}}, reason.MalformedRequest, "header_several"},
		"another scheme":        {s.auth, http.Header{"Authorization": {"DPoP " + good}}, reason.NoCredentials, "header_other_scheme"},
		"a cookie":              {s.auth, http.Header{"Cookie": {"token=" + good}}, reason.NoCredentials, "token_in_cookie"},
		"quotes":                {s.auth, http.Header{"Authorization": {`Bearer "` + good + `"`}}, reason.MalformedRequest, "header_quoted"},
		"cookie":                {s.auth, http.Header{"Cookie": {"session=" + good}}, reason.NoCredentials, "token_in_cookie"},
		"header that is unread": {proxied.auth, http.Header{"Authorization": {"Bearer " + good}}, reason.NoCredentials, "credentials_header_missing"},
		"header of the proxy":   {proxied.auth, http.Header{"X-Goog-Iap-Jwt-Assertion": {proxied.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience, "sub": "alice"}})}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/orders", nil)
			r.Header = c.header
			d := c.auth.ExplainRequest(r)
			require.Equal(t, c.want, d.Reason)
			require.Equal(t, c.want, reasonOf(t, c.auth, r))
			require.Equal(t, c.want == "", d.Accepted)
			require.Equal(t, http.MethodPut, d.Method)
			require.NotEmpty(t, d.Steps)
			if c.hint != "" {
				require.Equal(t, c.hint, d.HintCodes()[0])
			}
		})
	}
}
