package oidcauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// The rows of the other tables compare status, headers and body too; this test covers the differences between reasons.
func TestVerdictChallenge(t *testing.T) {
	const (
		bad     = `, error="invalid_token", error_description="The access token is not valid for this resource"`
		request = `, error="invalid_request", error_description="The request does not contain exactly one well-formed access token"`
	)
	for _, c := range []struct {
		name, realm string
		v           verdict
		want        string
	}{
		{"none", "", verdict{send: header()}, `Bearer realm="api"`},
		{"another scheme", "", verdict{send: header("Basic Og==")}, `Bearer realm="api"`},
		{"malformed", "", verdict{send: header("Bearer")}, `Bearer realm="api"` + request},
		{"opaque", "", verdict{send: header("Bearer x")}, `Bearer realm="api"` + bad},
		{"encrypted", "", verdict{send: header("Bearer a.b.c.d.e")}, `Bearer realm="api"` + bad},
		{"expired", "", verdict{claims: obj{"exp": 1}}, `Bearer realm="api"` + bad},
		{"hostile issuer", "", verdict{claims: obj{"iss": "x\", error=\"\r\nSet-Cookie: a=b"}}, `Bearer realm="api"` + bad},
		{"hostile kid", "", verdict{header: obj{"kid": "\r\n\r\n<script>"}}, `Bearer realm="api"` + bad},
		{"realm with quotes", `a "b" \c`, verdict{send: header()}, `Bearer realm="a \"b\" \\c"`},
		{"missing claim", "", verdict{claims: obj{"sub": nil}}, `Bearer realm="api"`},
		{"unknown user", "", verdict{config: users()}, `Bearer realm="api"`},
		{"user store down", "", verdict{config: finding(errors.New("down"))}, ""},
		{"provider down", "", verdict{world: func(w *world) { w.set(idpDiscovery, answer{status: 500}) }}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.v.world != nil {
				c.v.world(w)
			}
			w.start(t, func(config *oidcauth.Config) {
				if config.Response.Realm = c.realm; c.v.config != nil {
					c.v.config(config)
				}
			})
			r := withHeaders()
			c.v.request()(r, c.v.token())
			rec := httptest.NewRecorder()
			w.auth.Handler(http.NotFoundHandler()).ServeHTTP(rec, r)
			require.Equal(t, c.want, rec.Header().Get("WWW-Authenticate"))
			require.Empty(t, rec.Header().Get("Set-Cookie"))
			require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
		})
	}
}

func TestVerdictChallengeOfScopes(t *testing.T) {
	for name, c := range map[string]struct {
		claims obj
		need   []string
		want   int
	}{
		"none needed":          {nil, nil, 200},
		"granted":              {obj{"scope": "read write"}, []string{"write", "read"}, 200},
		"granted by two names": {obj{"scope": "read", "scp": "write"}, []string{"write", "read"}, 200},
		"blanks":               {obj{"scope": "  read   write "}, []string{"write"}, 200},
		"list":                 {obj{"scp": []string{"read", "write"}}, []string{"write"}, 200},
		"absent":               {nil, []string{"read"}, 403},
		"one of two":           {obj{"scope": "read"}, []string{"read", "write"}, 403},
		"another case":         {obj{"scope": "Read"}, []string{"read"}, 403},
		"prefix":               {obj{"scope": "read:all"}, []string{"read"}, 403},
		"longer":               {obj{"scope": "read"}, []string{"read:all"}, 403},
		"commas":               {obj{"scope": "read,write"}, []string{"write"}, 403},
		"no-break space":       {obj{"scope": "read\u00a0write"}, []string{"write"}, 403},
		"tab":                  {obj{"scope": "read\twrite"}, []string{"write"}, 403},
		"line separator":       {obj{"scp": []string{"read\u2028write"}}, []string{"write"}, 403},
		"next line":            {obj{"scope": "read\u0085write"}, []string{"write"}, 403},
		"a list with a number": {obj{"scp": []any{"read", 1}}, []string{"read"}, 403},
		"an object":            {obj{"scope": obj{"read": true}}, []string{"read"}, 403},
		"true":                 {obj{"scope": true}, []string{"true"}, 403},
		"nothing needed is ''": {obj{"scope": ""}, []string{""}, 403},
		"in UserInfo's shape":  {obj{"scopes": []string{"read"}}, []string{"read"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start(t, nil)
			rec := httptest.NewRecorder()
			ran := false
			behind := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
			w.auth.Handler(w.auth.RequireScopes(c.need...)(behind)).ServeHTTP(rec, withHeaders("Bearer "+verdict{claims: c.claims}.token()))
			require.Equal(t, c.want, rec.Code)
			require.Equal(t, c.want == 200, ran)
			if c.want == 403 {
				require.Contains(t, rec.Header().Get("WWW-Authenticate"), `error="insufficient_scope"`)
				require.Contains(t, rec.Header().Get("WWW-Authenticate"), `scope="`+strings.Join(c.need, " ")+`"`)
			}
		})
	}
}
