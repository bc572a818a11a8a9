package main

import (
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// setClient sets the credentials of the environment.
func setClient(t *testing.T, id, secret string) {
	t.Helper()
	t.Setenv("CLIENT_ID", id)
	t.Setenv("CLIENT_SECRET", secret)
}

func TestOpaqueTokens(t *testing.T) {
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	setClient(t, oidctest.ClientID, oidctest.ClientSecret)
	alice := oidctest.Claims{"sub": "alice"}
	opaque, signed, unknown := p.Opaque(audience, alice), p.Token(audience, alice), "an-opaque-token-that-was-never-issued"
	for name, c := range map[string]struct {
		token string
		args  []string
		want  reason.Reason
	}{
		"not configured":      {opaque, nil, reason.OpaqueToken},
		"introspection":       {opaque, []string{"-introspect"}, ""},
		"inactive":            {unknown, []string{"-introspect"}, reason.TokenInactive},
		"JWT is verified":     {signed, []string{"-introspect"}, ""},
		"JWT is introspected": {signed, []string{"-introspect", "-introspect-jwts"}, reason.TokenInactive}, // oidctest calls only opaque tokens active
		"other audience":      {p.Opaque("api://invoices", alice), []string{"-introspect"}, reason.WrongAudience},
		"without an audience": {p.Opaque("", oidctest.Claims{"aud": nil}), []string{"-introspect"}, reason.WrongAudience},
		"audience not needed": {p.Opaque("", oidctest.Claims{"aud": nil, "token_use": "access"}), []string{"-introspect", "-insecure-without-audience"}, ""},
		"by URL":              {opaque, []string{"-introspect", "-introspection-url", p.Issuer() + string(oidctest.Introspection)}, ""},
		"in the body":         {opaque, []string{"-introspect", "-auth", "client_secret_post"}, ""},
		"UserInfo":            {opaque, []string{"-insecure-by-userinfo", "-search-claim", "email"}, ""},
		"refused by UserInfo": {unknown, []string{"-insecure-by-userinfo"}, reason.UserInfoRefused},
		"claims by UserInfo":  {opaque, []string{"-introspect", "-userinfo", "-search-claim", "email"}, ""},
		"only by UserInfo":    {signed, []string{"-userinfo-only", "-require", "email"}, ""},
		"claim is elsewhere":  {signed, []string{"-require", "email"}, reason.ClaimMissing},
		"another endpoint":    {signed, []string{"-userinfo", "-userinfo-url", p.Issuer() + "/other", "-require", "email"}, reason.UserInfoUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, explainJSON(t, c.token, flagsFor(p, c.args...)...).Reason)
		})
	}
}

func TestClientOfAFile(t *testing.T) {
	p := oidctest.New(t)
	setClient(t, "other", "of the environment")
	opaque := p.Opaque(audience, nil)
	file := writeFile(t, "client", "# the API\nexport CLIENT_ID=\""+oidctest.ClientID+"\"\n\nCLIENT_SECRET="+oidctest.ClientSecret+"\n")
	require.Equal(t, reason.IntrospectionUnavailable, explainJSON(t, opaque, flagsFor(p, "-introspect")...).Reason)
	require.True(t, explainJSON(t, opaque, flagsFor(p, "-introspect", "-client", file)...).Accepted)
	for _, text := range []string{"PASSWORD=hunter2", "hunter2"} {
		got := runWith(t, opaque, flagsFor(p, "-introspect", "-client", writeFile(t, "client", text))...)
		require.Equal(t, usage, got.status)
		require.NotContains(t, got.err, "hunter2")
	}
	setClient(t, "", "")
	require.Equal(t, usage, runWith(t, opaque, flagsFor(p, "-introspect")...).status)
}

// asked is what the introspection endpoint of a test was asked.
type asked struct {
	id, secret, authorization string
	form                      url.Values
	certificates              int
}

// introspection is an endpoint that calls every token active, and keeps the last request.
func introspection(t *testing.T, p *oidctest.Provider) (s *httptest.Server, last *asked) {
	t.Helper()
	last = &asked{}
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		*last = asked{authorization: r.Header.Get("Authorization"), form: r.PostForm, certificates: len(r.TLS.PeerCertificates)}
		last.id, last.secret, _ = r.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"active": true, "iss": p.Issuer(), "aud": audience, "exp": time.Now().Add(time.Minute).Unix(), "token_type": "Bearer"})
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, last
}

// assertion returns the header and the claims of the assertion that authenticated the client.
func (a *asked) assertion(t *testing.T) (header, claims map[string]any) {
	t.Helper()
	require.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", a.form.Get("client_assertion_type"))
	parts := strings.Split(a.form.Get("client_assertion"), ".")
	require.Len(t, parts, 3)
	for i, into := range []*map[string]any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, into))
	}
	return header, claims
}

func TestEachMethodOfAuthentication(t *testing.T) {
	p := oidctest.New(t)
	s, last := introspection(t, p)
	ca := writeFile(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	own := newSigner(t)
	key, certificate := writeFile(t, "key.pem", own.privatePEM), writeFile(t, "certificate.pem", own.certificate)
	both := writeFile(t, "both.pem", own.certificate+own.privatePEM)
	workload := p.Forge(oidctest.Forgery{Claims: oidctest.Claims{"sub": "system:serviceaccount:orders"}})
	const id, secret = "api:orders", "a secret of 32 bytes, with % and +"
	setClient(t, id, secret)
	for name, c := range map[string]struct {
		args []string
		want func(*testing.T)
	}{
		"client_secret_basic": {nil, func(t *testing.T) {
			require.Equal(t, []string{url.QueryEscape(id), url.QueryEscape(secret)}, []string{last.id, last.secret})
		}},
		"client_secret_post": {[]string{"-auth", "client_secret_post"}, func(t *testing.T) {
			require.Equal(t, []string{id, secret}, []string{last.form.Get("client_id"), last.form.Get("client_secret")})
		}},
		"client_secret_jwt": {[]string{"-auth", "client_secret_jwt"}, func(t *testing.T) {
			header, claims := last.assertion(t)
			require.Equal(t, []any{"HS256", id}, []any{header["alg"], claims["iss"]})
		}},
		"private_key_jwt": {[]string{"-auth-key", key, "-auth-kid", "k7", "-auth-certificate", certificate, "-auth-audience", "https://login.example.com"}, func(t *testing.T) {
			header, claims := last.assertion(t)
			require.Equal(t, []any{"ES256", "k7", id, "https://login.example.com"}, []any{header["alg"], header["kid"], claims["sub"], claims["aud"]})
			require.NotEmpty(t, header["x5t#S256"])
		}},
		"audience of the endpoint": {[]string{"-auth", "private_key_jwt", "-auth-key", key, "-auth-endpoint-audience"}, func(t *testing.T) {
			_, claims := last.assertion(t)
			require.Equal(t, s.URL+"/", claims["aud"])
		}},
		"client_assertion": {[]string{"-auth-assertion", writeFile(t, "token", workload)}, func(t *testing.T) {
			require.Equal(t, workload, last.form.Get("client_assertion"))
		}},
		"none, with mutual TLS": {[]string{"-auth", "none", "-tls-certificate", both}, func(t *testing.T) {
			require.Equal(t, id, last.form.Get("client_id"))
			require.Empty(t, last.authorization)
			require.Equal(t, 1, last.certificates)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"-introspect", "-introspection-url", s.URL + "/", "-ca", ca}, c.args...)
			require.True(t, explainJSON(t, "an-opaque-token", flagsFor(p, args...)...).Accepted)
			c.want(t)
		})
	}
	t.Run("raw basic", func(t *testing.T) {
		setClient(t, "orders", secret)
		require.True(t, explainJSON(t, "an-opaque-token", flagsFor(p, "-introspect", "-introspection-url", s.URL, "-ca", ca, "-raw-basic")...).Accepted)
		require.Equal(t, secret, last.secret)
	})
	for name, args := range map[string][]string{
		"key that is none": {"-auth-key", ca}, "certificate of another key": {"-auth-key", key, "-auth-certificate", ca}, "no certificate": {"-tls-certificate", key},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, "an-opaque-token", flagsFor(p, append(args, "-introspect", "-introspection-url", s.URL)...)...)
			require.Equal(t, usage, got.status)
			require.NotContains(t, got.err, secret)
		})
	}
}

func TestThumbprintOfTheServer(t *testing.T) {
	p := oidctest.New(t)
	s, _ := introspection(t, p)
	setClient(t, oidctest.ClientID, oidctest.ClientSecret)
	args := flagsFor(p, "-introspect", "-introspection-url", s.URL)
	require.Equal(t, reason.IntrospectionUnavailable, explainJSON(t, "an-opaque-token", args...).Reason)
	require.True(t, explainJSON(t, "an-opaque-token", append(args, "-tls-thumbprint", thumbprintOf(s.Certificate().Raw))...).Accepted)
}
