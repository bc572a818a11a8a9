package oidctest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const longSecret = "a secret of at least 32 bytes, as HS256 needs"

// asserted returns the form of a request with a client assertion that differs from a good one by these claims.
func asserted(t *testing.T, p *oidctest.Provider, id, alg string, key any, changes oidctest.Claims) url.Values {
	t.Helper()
	all := oidctest.Claims{"iss": id, "sub": id, "aud": p.Issuer(), "jti": rand.Text(), "exp": p.Now().Add(time.Minute).Unix()}
	for name, v := range changes {
		all[name] = v
	}
	payload, err := json.Marshal(all)
	require.NoError(t, err)
	token, err := jose.Sign(alg, map[string]any{"alg": alg}, payload, key)
	require.NoError(t, err)
	return url.Values{
		"token": {"x"}, "client_assertion": {token}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
}

// introspect returns the status of a request to the introspection endpoint.
func introspect(p *oidctest.Provider, form url.Values, header http.Header) int {
	r := httptest.NewRequest(http.MethodPost, string(oidctest.Introspection), strings.NewReader(form.Encode()))
	r.Header = header
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code
}

func TestClientAssertion(t *testing.T) {
	p := openProvider(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p.Register(oidctest.Client{ID: "signs", PublicKey: key.Public(), Secret: longSecret})
	p.Register(oidctest.Client{ID: "shares", Secret: longSecret})
	p.Register(oidctest.Client{ID: "public"})
	for name, c := range map[string]struct {
		id, alg string
		key     any
		claims  oidctest.Claims
		form    url.Values
		header  http.Header
		want    int
	}{
		"key":                         {id: "signs", want: 200},
		"secret":                      {id: "shares", alg: "HS256", key: []byte(longSecret), want: 200},
		"aud the endpoint":            {id: "signs", claims: oidctest.Claims{"aud": p.Issuer() + string(oidctest.Introspection)}, want: 200},
		"aud a list":                  {id: "signs", claims: oidctest.Claims{"aud": []string{"other", p.Issuer()}}, want: 200},
		"with client_id":              {id: "signs", form: url.Values{"client_id": {"signs"}}, want: 200},
		"another key":                 {id: "signs", key: other, want: 401},
		"secret of a client with key": {id: "signs", alg: "HS256", key: []byte(longSecret), want: 401},
		"another secret":              {id: "shares", alg: "HS256", key: []byte(longSecret + "!"), want: 401},
		"key of a client without":     {id: "shares", want: 401},
		"public client":               {id: "public", alg: "HS256", key: []byte(longSecret), want: 401},
		"unknown client":              {id: "unknown", want: 401},
		"aud another":                 {id: "signs", claims: oidctest.Claims{"aud": "https://other.example"}, want: 401},
		"aud another endpoint":        {id: "signs", claims: oidctest.Claims{"aud": p.Issuer() + string(oidctest.TokenEndpoint)}, want: 401},
		"iss another":                 {id: "signs", claims: oidctest.Claims{"iss": "shares"}, want: 401},
		"sub another":                 {id: "signs", claims: oidctest.Claims{"sub": "shares"}, want: 401},
		"expired":                     {id: "signs", claims: oidctest.Claims{"exp": p.Now().Add(-time.Second).Unix()}, want: 401},
		"exp in a year":               {id: "signs", claims: oidctest.Claims{"exp": p.Now().AddDate(1, 0, 0).Unix()}, want: 401},
		"no exp":                      {id: "signs", claims: oidctest.Claims{"exp": nil}, want: 401},
		"no jti":                      {id: "signs", claims: oidctest.Claims{"jti": ""}, want: 401},
		"another client_id":           {id: "signs", form: url.Values{"client_id": {"shares"}}, want: 401},
		"another type":                {id: "signs", form: url.Values{"client_assertion_type": {"urn:x"}}, want: 401},
		"no assertion":                {id: "signs", form: url.Values{"client_assertion": {"x"}, "client_id": {"signs"}}, want: 401},
		"with a secret":               {id: "signs", form: url.Values{"client_secret": {longSecret}}, want: 401},
		"with Basic":                  {id: "signs", header: http.Header{"Authorization": {"Basic c2lnbnM6eA=="}}, want: 401},
	} {
		t.Run(name, func(t *testing.T) {
			if c.alg == "" {
				c.alg = "ES256"
			}
			if c.key == nil {
				c.key = key
			}
			form := asserted(t, p, c.id, c.alg, c.key, c.claims)
			for name, values := range c.form {
				form[name] = values
			}
			if c.header == nil {
				c.header = http.Header{}
			}
			require.Equal(t, c.want, introspect(p, form, c.header))
			require.Equal(t, 401, introspect(p, form, c.header), "an assertion is used once")
		})
	}
	secret := url.Values{"token": {"x"}, "client_id": {"signs"}, "client_secret": {longSecret}}
	require.Equal(t, 401, introspect(p, secret, http.Header{}), "a client with a key does not authenticate itself by its secret")
	secret.Set("client_id", "shares")
	require.Equal(t, 200, introspect(p, secret, http.Header{}))
}
