package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestSourcesOfKeys(t *testing.T) {
	p := oidctest.New(t)
	own, foreign := newSigner(t), newSigner(t)
	certificates := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(foreign.certificate + own.certificate))
	}))
	t.Cleanup(certificates.Close)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "own.pem"), []byte(own.certificate), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "foreign.pem"), []byte(foreign.certificate), 0o600))
	public, certificate, wrong := writeFile(t, "key.pem", own.publicPEM), writeFile(t, "certificate.pem", own.certificate), writeFile(t, "wrong.pem", foreign.publicPEM)
	token, published := own.token(p), p.Token(audience, nil)
	for name, c := range map[string]struct {
		token string
		args  []string
		want  reason.Reason
	}{
		"discovery alone":           {token, nil, reason.KeyNotFound},
		"key":                       {token, []string{"-key", public}, ""},
		"certificate":               {token, []string{"-key", certificate}, ""},
		"one of two keys":           {token, []string{"-key", wrong, "-key", public}, ""},
		"key, then discovery":       {published, []string{"-key", public}, ""},
		"key without discovery":     {token, []string{"-key", public, "-no-discovery"}, ""},
		"no discovery":              {published, []string{"-key", public, "-no-discovery"}, reason.KeyNotFound},
		"folder by thumbprint":      {token, []string{"-key-dir", dir, "-key-thumbprint", own.thumbprint, "-no-discovery"}, ""},
		"folder, other certificate": {token, []string{"-key-dir", dir, "-key-thumbprint", foreign.thumbprint, "-no-discovery"}, reason.InvalidSignature},
		"folder by subject":         {token, []string{"-key-dir", dir, "-key-subject", "CN=signing", "-no-discovery"}, ""},
		"endpoint by thumbprint":    {token, []string{"-key-url", certificates.URL, "-key-thumbprint", own.thumbprint}, ""},
		"key set":                   {published, []string{"-jwks", p.Issuer() + string(oidctest.JWKS), "-no-discovery"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, explainJSON(t, c.token, flagsFor(p, c.args...)...).Reason)
		})
	}
}

func TestOfflineSendsNoRequest(t *testing.T) {
	p := oidctest.New(t)
	own := newSigner(t)
	key := writeFile(t, "key.pem", own.publicPEM)
	for token, want := range map[string]reason.Reason{own.token(p): "", p.Token(audience, nil): reason.KeyNotFound, p.Opaque(audience, nil): reason.OpaqueToken} {
		require.Equal(t, want, explainJSON(t, token, flagsFor(p, "-offline", "-key", key)...).Reason)
	}
	require.Zero(t, p.Requests(oidctest.Discovery)+p.Requests(oidctest.JWKS))
	p.Close()
	require.True(t, explainJSON(t, own.token(p), flagsFor(p, "-offline", "-key", key)...).Accepted)
}

func TestFlagsThatContradictEachOther(t *testing.T) {
	p := oidctest.New(t)
	key := writeFile(t, "key.pem", newSigner(t).publicPEM)
	for name, args := range map[string][]string{
		"folder without a selection":     {"-key-dir", t.TempDir()},
		"selection without a source":     {"-key-thumbprint", "00"},
		"offline without a key":          {"-offline"},
		"offline with a key set":         {"-offline", "-key", key, "-jwks", "https://login.example.com/keys"},
		"offline with UserInfo":          {"-offline", "-key", key, "-userinfo"},
		"offline with the doctor":        {"-offline", "-key", key, "-doctor"},
		"no source at all":               {"-no-discovery"},
		"JWTs without introspection":     {"-introspect-jwts"},
		"client without introspection":   {"-auth", "none"},
		"unknown method":                 {"-introspect", "-auth", "password"},
		"weaker rule without its reason": {"-insecure-without-audience"},
		"columns without users":          {"-user-column", "value=login"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runWith(t, p.Token(audience, nil), flagsFor(p, args...)...)
			require.Equal(t, usage, got.status)
			require.NotEmpty(t, got.err)
			require.Empty(t, got.out)
		})
	}
}
