package oidcauth_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The times are relative to the clock of the world, whose leeway is 60 s.
func TestVerdictAuthentication(t *testing.T) {
	const fiveMinutes = 5 * time.Minute
	exact := func(c *oidcauth.Config) { c.Issuers[0].Leeway = oidcauth.Exactly(0) }
	entra := func(c *oidcauth.Config) { c.Issuers[0].Claims.ACR = claims.Name("acrs") }
	named := func(c *oidcauth.Config) { c.Issuers[0].Claims.AuthTime = claims.Pointer("/login/at") }
	clerk := func(factor string) func(*oidcauth.Config) {
		return func(c *oidcauth.Config) { c.Issuers[0].Claims.AuthAge = claims.Pointer("/fva/" + factor) }
	}
	for name, c := range map[string]struct {
		claims obj
		config func(*oidcauth.Config)
		maxAge time.Duration
		acr    []string
		good   bool
	}{
		"the acr":                             {obj{"acr": "mfa"}, nil, 0, []string{"mfa"}, true},
		"the second acr":                      {obj{"acr": "mfa"}, nil, 0, []string{"phr", "mfa"}, true},
		"two acr in one string":               {obj{"acr": "mfa"}, nil, 0, []string{"phr mfa"}, true},
		"one of a list":                       {obj{"acr": []string{"pwd", "mfa"}}, nil, 0, []string{"mfa"}, true},
		"another acr":                         {obj{"acr": "pwd"}, nil, 0, []string{"mfa"}, false},
		"another case":                        {obj{"acr": "MFA"}, nil, 0, []string{"mfa"}, false},
		"a prefix":                            {obj{"acr": "mfa2"}, nil, 0, []string{"mfa"}, false},
		"a blank after it":                    {obj{"acr": "mfa "}, nil, 0, []string{"mfa"}, false},
		"several in a string of the token":    {obj{"acr": "pwd mfa"}, nil, 0, []string{"mfa"}, false},
		"no acr":                              {nil, nil, 0, []string{"mfa"}, false},
		"an empty acr":                        {obj{"acr": ""}, nil, 0, []string{"mfa"}, false},
		"a number":                            {obj{"acr": 1}, nil, 0, []string{"1"}, false},
		"a list with a number":                {obj{"acr": []any{"mfa", 1}}, nil, 0, []string{"mfa"}, false},
		"an object":                           {obj{"acr": obj{"mfa": true}}, nil, 0, []string{"mfa"}, false},
		"amr is no acr":                       {obj{"amr": []string{"mfa"}}, nil, 0, []string{"mfa"}, false},
		"an empty requirement of acr":         {obj{"acr": ""}, nil, 0, []string{""}, false},
		"acrs of Entra ID":                    {obj{"acrs": []string{"p1", "c1"}}, entra, 0, []string{"c1"}, true},
		"acr, if acrs is configured":          {obj{"acr": "c1"}, entra, 0, []string{"c1"}, false},
		"now":                                 {obj{"auth_time": inSeconds(0)}, nil, fiveMinutes, nil, true},
		"as old as allowed":                   {obj{"auth_time": inSeconds(-300)}, exact, fiveMinutes, nil, true},
		"a second older":                      {obj{"auth_time": inSeconds(-301)}, exact, fiveMinutes, nil, false},
		"a fraction older":                    {obj{"auth_time": json.RawMessage(fmt.Sprintf("%d.5", inSeconds(-301)))}, exact, fiveMinutes, nil, false},
		"within the leeway":                   {obj{"auth_time": inSeconds(-360)}, nil, fiveMinutes, nil, true},
		"beyond the leeway":                   {obj{"auth_time": inSeconds(-361)}, nil, fiveMinutes, nil, false},
		"in the future, within the leeway":    {obj{"auth_time": inSeconds(60)}, nil, fiveMinutes, nil, true},
		"in the future":                       {obj{"auth_time": inSeconds(61)}, nil, fiveMinutes, nil, false},
		"in the far future":                   {obj{"auth_time": inSeconds(1e9)}, nil, fiveMinutes, nil, false},
		"the longest age":                     {obj{"auth_time": inSeconds(-10)}, nil, math.MaxInt64, nil, true},
		"no auth_time":                        {nil, nil, fiveMinutes, nil, false},
		"null":                                {obj{"auth_time": json.RawMessage("null")}, nil, fiveMinutes, nil, false},
		"a string":                            {obj{"auth_time": fmt.Sprint(inSeconds(0))}, nil, fiveMinutes, nil, false},
		"true instead of a time":              {obj{"auth_time": true}, nil, fiveMinutes, nil, false},
		"negative":                            {obj{"auth_time": -1}, nil, fiveMinutes, nil, false},
		"1970":                                {obj{"auth_time": 0}, nil, fiveMinutes, nil, false},
		"beyond every date":                   {obj{"auth_time": json.RawMessage("1e400")}, nil, fiveMinutes, nil, false},
		"iat is no auth_time":                 {obj{"iat": inSeconds(0)}, nil, fiveMinutes, nil, false},
		"a claim of another name":             {obj{"login": obj{"at": inSeconds(-10)}}, named, fiveMinutes, nil, true},
		"auth_time, if another is named":      {obj{"auth_time": inSeconds(-10)}, named, fiveMinutes, nil, false},
		"both":                                {obj{"acr": "mfa", "auth_time": inSeconds(-10)}, nil, fiveMinutes, []string{"mfa"}, true},
		"both, and the acr is another":        {obj{"acr": "pwd", "auth_time": inSeconds(-10)}, nil, fiveMinutes, []string{"mfa"}, false},
		"both, and too old":                   {obj{"acr": "mfa", "auth_time": inSeconds(-1000)}, nil, fiveMinutes, []string{"mfa"}, false},
		"an empty requirement":                {obj{"acr": "mfa", "auth_time": inSeconds(0)}, nil, 0, nil, false},
		"a negative age":                      {obj{"acr": "mfa", "auth_time": inSeconds(0)}, nil, -time.Second, []string{"mfa"}, false},
		"Clerk, first factor":                 {obj{"fva": []int{4, -1}, "iat": inSeconds(-60)}, clerk("0"), fiveMinutes, nil, true},
		"Clerk, with the age of the token":    {obj{"fva": []int{4, -1}, "iat": inSeconds(-121)}, clerk("0"), fiveMinutes, nil, false},
		"Clerk, without a second factor":      {obj{"fva": []int{4, -1}}, clerk("1"), fiveMinutes, nil, false},
		"Clerk, and no fva":                   {nil, clerk("0"), fiveMinutes, nil, false},
		"Clerk, without iat":                  {obj{"fva": []int{0, 0}, "iat": nil}, clerk("0"), fiveMinutes, nil, false},
		"Clerk, text":                         {obj{"fva": []string{"0"}}, clerk("0"), fiveMinutes, nil, false},
		"Clerk, more minutes than fit":        {obj{"fva": []any{json.RawMessage("9223372036854775807")}}, clerk("0"), fiveMinutes, nil, false},
		"auth_time, if the age is configured": {obj{"auth_time": inSeconds(0)}, clerk("0"), fiveMinutes, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start(t, c.config)
			ran := false
			behind := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
			handler := w.auth.Handler(w.auth.RequireAuthentication(c.maxAge, c.acr...)(behind))
			token := verdict{claims: c.claims}.token()
			for range 2 { // the second time from the cache
				ran = false
				w.refused = nil
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, withHeaders("Bearer "+token))
				require.Equal(t, c.good, ran)
				w.requireNoLeak(t, rec, token)
				if !c.good {
					require.Equal(t, reason.InsufficientUserAuthentication, w.refused.Reason)
					require.Equal(t, http.StatusUnauthorized, rec.Code)
					require.Contains(t, rec.Header().Get("WWW-Authenticate"), `error="insufficient_user_authentication"`)
				}
			}
		})
	}
}

// The challenge of RFC 9470 section 3 names the whole requirement, even if only a part of it is not met.
func TestVerdictAuthenticationChallenge(t *testing.T) {
	const head = `Bearer realm="api", error="insufficient_user_authentication", error_description="A different or a more recent authentication of the user is required"`
	for name, c := range map[string]struct {
		claims obj
		maxAge time.Duration
		acr    []string
		want   string
	}{
		"acr":                {nil, 0, []string{"myACR"}, `, acr_values="myACR"`},
		"acr in their order": {nil, 0, []string{"urn:b", "urn:a"}, `, acr_values="urn:b urn:a"`},
		"age":                {nil, 5 * time.Second, nil, `, max_age="5"`},
		"age of fractions":   {nil, 1500 * time.Millisecond, nil, `, max_age="1"`},
		"both, no acr":       {obj{"auth_time": inSeconds(0)}, time.Hour, []string{"mfa"}, `, acr_values="mfa", max_age="3600"`},
		"both, too old":      {obj{"acr": "mfa"}, time.Hour, []string{"mfa"}, `, acr_values="mfa", max_age="3600"`},
		"quotes":             {nil, 0, []string{`a"b\c`}, `, acr_values="a\"b\\c"`},
		"hostile acr":        {obj{"acr": "\"\r\nSet-Cookie: a=b"}, 0, []string{"mfa"}, `, acr_values="mfa"`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.start(t, nil)
			rec := httptest.NewRecorder()
			handler := w.auth.Handler(w.auth.RequireAuthentication(c.maxAge, c.acr...)(http.NotFoundHandler()))
			handler.ServeHTTP(rec, withHeaders("Bearer "+verdict{claims: c.claims}.token()))
			require.Equal(t, head+c.want, rec.Header().Get("WWW-Authenticate"))
			var body map[string]any
			require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &body))
			require.Equal(t, "insufficient_user_authentication", body["error"])
			require.NotContains(t, rec.Body.String(), "Set-Cookie")
		})
	}
}

// A requirement on a nil Identity is refused as a request without credentials: the request is anonymous, or Handler does not
// wrap the handler.
func TestVerdictAuthenticationWithoutIdentity(t *testing.T) {
	var nobody *oidcauth.Identity
	require.ErrorIs(t, nobody.RequireAuthentication(time.Minute), reason.NoCredentials)
	require.ErrorIs(t, new(oidcauth.Identity).RequireAuthentication(time.Minute), reason.InsufficientUserAuthentication)
}

// Introspection states the authentication of an opaque token (RFC 9470 section 6.2). UserInfo never states it.
func TestVerdictAuthenticationIsStatedByTheTokenAlone(t *testing.T) {
	stated := obj{"acr": "mfa", "auth_time": inSeconds(-10)}
	profile := answer{body: overlaid(obj{"sub": holder, "oid": "o"}, stated, "")}
	for name, c := range map[string]struct {
		v    verdict
		good bool
	}{
		"introspection":                        {introspected("", "", active(stated)), true},
		"introspection, and not stated":        {introspected("", "", active(nil)), false},
		"a JWT states it, introspection not":   {asJWT(introspected("", "", active(nil)), func(v *verdict) { v.claims = stated }), false},
		"introspection states it, the JWT not": {asJWT(introspected("", "", active(stated)), func(*verdict) {}), true},
		"UserInfo states it":                   {userInfo("", "", profile), false},
		"an opaque token by UserInfo":          {byUserInfoAlone(profile), false},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.v.begin(t, nil)
			ran := false
			behind := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true })
			w.auth.Handler(w.auth.RequireAuthentication(time.Minute, "mfa")(behind)).ServeHTTP(httptest.NewRecorder(), withHeaders("Bearer "+c.v.token()))
			require.Equal(t, c.good, ran)
			if !c.good {
				require.Equal(t, reason.InsufficientUserAuthentication, w.refused.Reason)
			}
		})
	}
}

// byUserInfoAlone returns a row in which UserInfo replaces introspection.
func byUserInfoAlone(profile answer) verdict {
	v := userInfo("", "", profile)
	v.edit = func(string) string { return "opaque-token-of-the-good-user" }
	config := v.config
	v.config = func(c *oidcauth.Config) {
		config(c)
		c.Issuers[0].Introspection.InsecureByUserInfo = true
	}
	return v
}

func TestAuthenticationOfConfig(t *testing.T) {
	for field, change := range map[string]func(*oidcauth.ClaimRules){
		"Issuers[0].Claims":         func(c *oidcauth.ClaimRules) { c.ACR = claims.Pointer("acr") },
		"Issuers[0].Claims.AuthAge": func(c *oidcauth.ClaimRules) { c.AuthTime, c.AuthAge = claims.Name("a"), claims.Name("b") },
	} {
		iss := oidcauth.Issuer{URL: idp, Audience: []string{audience}}
		change(&iss.Claims)
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, field, fault.Field)
	}
}
