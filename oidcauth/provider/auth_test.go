package provider_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const longSecret = "a-secret-of-more-than-thirty-two-bytes"

var (
	rsaKey = must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey  = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
)

func edKey() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func certificate(t *testing.T, key crypto.Signer) *x509.Certificate {
	t.Helper()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	return must(x509.ParseCertificate(der))
}

// authenticated returns what an endpoint sees of a client.
func authenticated(t *testing.T, change func(*provider.Config)) asked {
	t.Helper()
	e := answering(t, http.StatusOK, "application/json", `{"active":true}`)
	_, err := e.client(t, change).Introspect(context.Background(), "t")
	require.NoError(t, err)
	return e.last(t)
}

func TestSecretsInHeaderOrBody(t *testing.T) {
	const id, secret = "id:1 %", "s+/&=: ä"
	for name, c := range map[string]struct {
		auth          provider.Auth
		authorization string // decoded
		form          url.Values
	}{
		"default": {provider.Auth{Secret: secret}, "id%3A1+%25:s%2B%2F%26%3D%3A+%C3%A4", url.Values{}},
		"basic":   {provider.Auth{Secret: secret, Method: provider.ClientSecretBasic}, "id%3A1+%25:s%2B%2F%26%3D%3A+%C3%A4", url.Values{}},
		"post": {
			provider.Auth{Secret: secret, Method: provider.ClientSecretPost},
			"",
			url.Values{"client_id": {id}, "client_secret": {secret}},
		},
		"none": {provider.Auth{}, "", url.Values{"client_id": {id}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := authenticated(t, func(config *provider.Config) { config.ClientID, config.Auth = id, c.auth })
			c.form.Set("token", "t")
			c.form.Set("token_type_hint", "access_token")
			assert.Equal(t, c.form, r.form)
			assert.Equal(t, c.authorization, decodeBasic(t, r.header.Get("Authorization")))
		})
	}
	r := authenticated(t, func(c *provider.Config) { c.ClientID, c.Auth = "id 1", provider.Auth{Secret: secret, RawBasic: true} })
	assert.Equal(t, "id 1:"+secret, decodeBasic(t, r.header.Get("Authorization")))
}

func decodeBasic(t *testing.T, header string) string {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(header, "Basic "))
	require.NoError(t, err)
	return string(raw)
}

func TestAssertionsAreSigned(t *testing.T) {
	p384, p521 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	for name, c := range map[string]struct {
		auth provider.Auth
		alg  string
	}{
		"RSA":          {provider.Auth{Key: rsaKey}, "RS256"},
		"PS256":        {provider.Auth{Key: rsaKey, Algorithm: "PS256"}, "PS256"},
		"P-256":        {provider.Auth{Key: ecKey}, "ES256"},
		"P-384":        {provider.Auth{Key: p384}, "ES384"},
		"P-521":        {provider.Auth{Key: p521}, "ES512"},
		"Ed25519":      {provider.Auth{Key: edKey()}, "EdDSA"},
		"RFC 9864":     {provider.Auth{Key: edKey(), Algorithm: "Ed25519"}, "Ed25519"},
		"opaque":       {provider.Auth{Key: hardware{rsaKey}, Algorithm: "PS384"}, "PS384"},
		"opaque P-256": {provider.Auth{Key: hardware{ecKey}}, "ES256"},
	} {
		t.Run(name, func(t *testing.T) {
			token, err := jose.Parse(assertion(t, c.auth), 0)
			require.NoError(t, err)
			assert.Equal(t, c.alg, token.Header.Algorithm)
			assert.NoError(t, token.Verify(c.auth.Key.Public()))
		})
	}
}

// hardware is a key that only signs.
type hardware struct{ crypto.Signer }

func assertion(t *testing.T, a provider.Auth) string {
	t.Helper()
	r := authenticated(t, func(c *provider.Config) { c.Auth = a })
	assert.Empty(t, r.header.Get("Authorization"))
	assert.Equal(t, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", r.form.Get("client_assertion_type"))
	assert.Equal(t, "api", r.form.Get("client_id"))
	return r.form.Get("client_assertion")
}

func TestSecretSignsAnAssertion(t *testing.T) {
	input, signature, _ := cutLast(assertion(t, provider.Auth{Method: provider.ClientSecretJWT, Secret: longSecret}))
	mac := hmac.New(sha256.New, []byte(longSecret))
	mac.Write([]byte(input))
	assert.Equal(t, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), signature)
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	return s[:max(i, 0)], s[i+1:], i >= 0
}

func TestAssertionSaysWhoAndForWhom(t *testing.T) {
	now := time.Unix(1e9, 5)
	cert := certificate(t, ecKey)
	sum := sha256.Sum256(cert.Raw)
	e := answering(t, http.StatusOK, "application/json", `{"active":true}`)
	seen := map[string]bool{}
	for name, c := range map[string]struct {
		issuer, aud string
		auth        provider.Auth
	}{
		"issuer":              {"https://i.example", "https://i.example", provider.Auth{}},
		"no issuer":           {"", e.URL + "/introspect", provider.Auth{}},
		"endpoint":            {"https://i.example", e.URL + "/introspect", provider.Auth{EndpointAudience: true}},
		"something different": {"https://i.example", "urn:x", provider.Auth{Audience: "urn:x"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.auth.Key, c.auth.KeyID, c.auth.Certificate = ecKey, "k1", cert
			client := e.client(t, func(config *provider.Config) {
				config.Issuer, config.Auth, config.Now = c.issuer, c.auth, func() time.Time { return now }
			})
			for range 2 {
				_, err := client.Introspect(context.Background(), "t")
				require.NoError(t, err)
				token, err := jose.Parse(e.last(t).form.Get("client_assertion"), 0)
				require.NoError(t, err)
				var got map[string]any
				require.NoError(t, json.Unmarshal([]byte(token.Claims.Raw()), &got))
				jti, _ := got["jti"].(string)
				assert.NotEmpty(t, jti)
				assert.False(t, seen[jti])
				seen[jti] = true
				delete(got, "jti")
				assert.Equal(t, map[string]any{"iss": "api", "sub": "api", "aud": c.aud, "iat": 1e9, "exp": 1e9 + 60}, got)
				assert.Equal(t, "k1", token.Header.KeyID)
				assert.Equal(t, base64.RawURLEncoding.EncodeToString(sum[:]), token.Header.X5TS256)
			}
		})
	}
}

func TestUnusableAuthIsRefused(t *testing.T) {
	short := must(rsa.GenerateKey(rand.Reader, 1024)) //nolint:gosec // weak on purpose
	for name, a := range map[string]provider.Auth{
		"unknown method":        {Method: "digest"},
		"basic without secret":  {Method: provider.ClientSecretBasic},
		"none with secret":      {Method: provider.NoAuth, Secret: "x"},
		"key with secret":       {Key: ecKey, Secret: "x"},
		"secret with key":       {Method: provider.ClientSecretPost, Key: ecKey, Secret: "x"},
		"private without key":   {Method: provider.PrivateKeyJWT},
		"short secret":          {Method: provider.ClientSecretJWT, Secret: longSecret[:31]},
		"algorithm misfit":      {Key: ecKey, Algorithm: "RS256"},
		"HMAC with private key": {Key: ecKey, Algorithm: "HS256"},
		"weak key":              {Key: short},
		"other certificate":     {Key: ecKey, Certificate: certificate(t, rsaKey)},
		"certificate alone":     {Certificate: certificate(t, rsaKey)},
		"two audiences":         {Key: ecKey, Audience: "x", EndpointAudience: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := provider.New(provider.Config{Issuer: "https://i.example", ClientID: "api", Auth: a})
			require.Error(t, err)
		})
	}
	_, err := provider.New(provider.Config{Issuer: "https://i.example", Auth: provider.Auth{Secret: "x"}})
	require.ErrorIs(t, err, provider.ErrNoClient)
	_, err = provider.New(provider.Config{Issuer: "https://i.example", ClientID: "a:b", Auth: provider.Auth{Secret: "x", RawBasic: true}})
	require.Error(t, err)
}

func TestSecretsAreNotPrinted(t *testing.T) {
	secretKey := ecKey.D.String() //nolint:staticcheck // what a print of the key would show
	for _, a := range []provider.Auth{{Secret: longSecret}, {Key: ecKey}} {
		config := provider.Config{Issuer: "https://i.example", ClientID: "api", Auth: a}
		client, err := provider.New(config)
		require.NoError(t, err)
		var out bytes.Buffer
		for _, v := range []any{a, &a, config, &config, client, *client, []provider.Auth{a}, struct{ A provider.Auth }{a}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		}
		text, err := json.Marshal(a)
		require.NoError(t, err)
		out.Write(text)
		for _, secret := range []string{longSecret, fmt.Sprintf("%x", longSecret), fmt.Sprintf("%d", []byte(longSecret)), secretKey} {
			assert.NotContains(t, out.String(), secret)
		}
	}
}

// Some providers accept a secret in the query of an endpoint.
func TestQueriesOfEndpointsAreNotPrinted(t *testing.T) {
	const query = "api_key=of-the-gateway"
	for name, config := range map[string]provider.Config{
		"endpoint": {IntrospectionURL: "https://i.example/introspect?" + query, ClientID: "api"},
		"issuer":   {Issuer: "https://i.example/?" + query, UserInfoURL: "https://i.example/userinfo?" + query},
		"document": {Issuer: "https://i.example", DiscoveryURL: "https://i.example/d?" + query},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := provider.New(config)
			require.NoError(t, err)
			var out bytes.Buffer
			for _, v := range []any{client, *client, []*provider.Client{client}, struct{ C *provider.Client }{client}} {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
					fmt.Fprintf(&out, verb+"\n", v)
				}
				slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
				slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
			}
			for _, secret := range []string{query, fmt.Sprintf("%x", query), fmt.Sprintf("%d", []byte(query))} {
				assert.NotContains(t, out.String(), secret)
			}
			if config.Issuer != "" {
				assert.Contains(t, fmt.Sprint(client), "i.example", "the operator sees which provider it is")
			}
		})
	}
}
