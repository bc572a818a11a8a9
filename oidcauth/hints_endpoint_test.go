package oidcauth_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// overTLS is a server of this certificate, or of the one of package httptest.
func overTLS(t *testing.T, certificate *tls.Certificate, h http.Handler) (s *httptest.Server, ca string) {
	t.Helper()
	s = httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail on purpose
	if certificate != nil {
		s.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	leaf := s.Certificate().Raw
	if certificate != nil {
		leaf = certificate.Certificate[0]
	}
	return s, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}))
}

// selfSigned is a certificate for loopback that ends at a time.
func selfSigned(t *testing.T, end time.Time) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "provider"}, NotBefore: end.Add(-48 * time.Hour), NotAfter: end,
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func trusting(t *testing.T, trust provider.Trust) *http.Client {
	t.Helper()
	c, err := provider.HTTPClient(trust)
	require.NoError(t, err)
	return c
}

func TestHintsNameTheCertificateThatIsNotTrusted(t *testing.T) {
	p := oidctest.New(t)
	untrusted, ca := overTLS(t, nil, p)
	byName := strings.Replace(untrusted.URL, "127.0.0.1", "localhost", 1)
	expired, expiredCA := overTLS(t, selfSigned(t, time.Now().Add(-time.Hour)), p)
	expiredURL := strings.Replace(expired.URL, "127.0.0.1", "localhost", 1)
	for name, c := range map[string]struct {
		url    string
		client *http.Client
		code   string // empty: it is trusted
	}{
		"unknown authority":        {untrusted.URL, nil, "certificate_unknown"},
		"known authority":          {untrusted.URL, trusting(t, provider.Trust{CAs: ca}), ""},
		"another host":             {byName, trusting(t, provider.Trust{CAs: ca}), "certificate_host"},
		"another host, both wrong": {byName, nil, "certificate_host"},
		"expired":                  {expiredURL, trusting(t, provider.Trust{CAs: expiredCA}), "certificate_expired"},
		"another than the pinned":  {untrusted.URL, trusting(t, provider.Trust{Thumbprint: strings.Repeat("ab", 32)}), "certificate_pin"},
		"nobody there":             {"https://127.0.0.1:1", nil, "-"},
	} {
		asking := func(config provider.Config) *provider.Client {
			config.HTTPClient, config.ClientID = c.client, "api"
			client, err := provider.New(config)
			require.NoError(t, err)
			return client
		}
		discovered := asking(provider.Config{Issuer: c.url})
		for at, s := range map[string]scene{
			"keys":       {issuer: oidcauth.Issuer{Keys: certsource.JWKS{URL: c.url + string(oidctest.JWKS)}, HTTPClient: c.client}},
			"discovery":  {issuer: oidcauth.Issuer{Keys: certsource.Discovered{}, DiscoveryURL: c.url + string(oidctest.Discovery), HTTPClient: c.client}},
			"UserInfo":   {issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: asking(provider.Config{UserInfoURL: c.url + string(oidctest.UserInfo)}), User: claims.Name("email")}}, users: usermap.NewTable()},
			"its URL":    {issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: discovered, User: claims.Name("email")}}, users: usermap.NewTable()},
			"asked":      {issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: asking(provider.Config{IntrospectionURL: c.url + string(oidctest.Introspection)})}}, sent: sending("opaque")},
			"who to ask": {issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: discovered}}, sent: sending("opaque")},
		} {
			t.Run(name+", "+at, func(t *testing.T) {
				for _, d := range s.decideTwice(t, p) {
					require.False(t, d.Accepted && c.code != "")
					codes := strings.Join(d.HintCodes(), " ")
					if c.code == "" || c.code == "-" {
						require.NotContains(t, codes, "certificate_")
					} else {
						require.True(t, strings.HasPrefix(codes, c.code), "%s: %s", codes, d)
					}
				}
			})
		}
	}
}

// decideTwice tells what Check decides, and then Explain, when the endpoint is known to fail.
func (s scene) decideTwice(t *testing.T, p *oidctest.Provider) []*decision.Decision {
	t.Helper()
	var told *decision.Decision
	config := s.config(p)
	config.OnDecision = func(_ context.Context, d *decision.Decision) { told = d }
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	token := s.token(p)
	if s.sent != nil {
		token = strings.TrimPrefix(s.sent(token)[0], "Bearer ")
	}
	_, _ = auth.Check(withHeaders("Bearer " + token))
	return []*decision.Decision{told, auth.Explain(context.Background(), token)}
}

func sending(token string) func(string) []string {
	return func(string) []string { return []string{"Bearer " + token} }
}

// A certificate is advised on wherever it is found.
func TestEveryHintOnACertificateNamesTheWayToTrustOne(t *testing.T) {
	found := 0
	for _, r := range hints.Rules() {
		if strings.HasPrefix(r.Code, "certificate_") {
			found++
			require.Contains(t, r.Fix, "provider.HTTPClient(provider.Trust{", r.Code)
		}
	}
	require.Equal(t, 4, found)
}

func TestDiagnoseNamesTheWayToTrustACertificate(t *testing.T) {
	p := oidctest.New(t)
	untrusted, ca := overTLS(t, nil, p)
	for name, c := range map[string]struct {
		trust provider.Trust
		told  bool
	}{"trusted": {provider.Trust{CAs: ca}, false}, "untrusted": {provider.Trust{}, true}} {
		t.Run(name, func(t *testing.T) {
			iss := oidcauth.Issuer{
				URL: untrusted.URL, Audience: []string{audience}, HTTPClient: trusting(t, c.trust),
				Keys: certsource.JWKS{URL: untrusted.URL + string(oidctest.JWKS)},
			}
			auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			var texts strings.Builder
			for _, f := range auth.Diagnose(context.Background()) {
				texts.WriteString(f.String() + "\n")
			}
			require.Equal(t, c.told, strings.Contains(texts.String(), "provider.HTTPClient(provider.Trust{"), texts.String())
		})
	}
}

// endpoints is a document that names nothing but these.
func endpoints(t *testing.T, named map[string]string) *provider.Client {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case string(oidctest.Discovery):
			doc := `{"issuer":"` + s.URL + `"`
			for name, path := range named {
				doc += `,"` + name + `":"` + strings.Replace(path, "SELF", s.URL, 1) + `"`
			}
			_, _ = w.Write([]byte(doc + "}"))
		case "/introspect":
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"invalid_client"}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	client, err := provider.New(provider.Config{Issuer: s.URL, ClientID: "api", Auth: provider.Auth{Key: key}})
	require.NoError(t, err)
	return client
}

func TestHintsNameTheEndpointThatIsMissing(t *testing.T) {
	p := oidctest.New(t)
	introspected := func(named map[string]string) scene {
		return scene{issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: endpoints(t, named)}}, sent: sending("opaque")}
	}
	for name, c := range map[string]struct {
		scene    scene
		code     string
		expected string
	}{
		"introspection": {introspected(nil), "endpoint_missing", "IntrospectionURL"},
		"introspection, of a kind that may not be called": {introspected(map[string]string{"introspection_endpoint": "ftp://elsewhere"}), "endpoint_missing", "IntrospectionURL"},
		"UserInfo": {
			scene{issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: endpoints(t, nil), User: claims.Name("email")}}, users: usermap.NewTable()},
			"endpoint_missing", "UserInfoURL",
		},
		"an assertion is refused": {introspected(map[string]string{"introspection_endpoint": "SELF/introspect"}), "assertion_audience", "EndpointAudience"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range c.scene.decideTwice(t, p) {
				require.NotEmpty(t, d.Hints)
				require.Equal(t, c.code, d.Hints[0].Code, d)
				require.Contains(t, d.Hints[0].Expected+d.Hints[0].Fix, c.expected)
			}
		})
	}
	t.Run("a secret is refused", func(t *testing.T) {
		client, err := provider.New(provider.Config{Issuer: p.Issuer(), ClientID: "api", Auth: provider.Auth{Secret: "wrong"}})
		require.NoError(t, err)
		s := scene{issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: client}}, sent: sending("opaque")}
		require.Equal(t, []string{"client_refused"}, s.decide(t, p).HintCodes())
	})
}

// Where several sources fail, their faults stand in one line, and no character in it is one that is not shown.
func TestFaultsOfSeveralSourcesAreToldInOneLine(t *testing.T) {
	p := oidctest.New(t)
	token := p.Token(audience, alice)
	p.Close()
	iss := oidcauth.Issuer{URL: p.Issuer(), Audience: []string{audience}, Keys: certsource.Chain(
		certsource.JWKS{URL: p.Issuer() + "/one"}, certsource.JWKS{URL: p.Issuer() + "/two"},
	)}
	client, err := provider.New(p.ClientConfig())
	require.NoError(t, err)
	iss.Introspection.Client = client
	var logged bytes.Buffer
	auth, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: slog.New(slog.NewJSONHandler(&logged, nil))})
	require.NoError(t, err)
	for _, sent := range []string{token, "opaque"} {
		logged.Reset()
		_, err := auth.Check(withHeaders("Bearer " + sent))
		require.Error(t, err)
		require.NotContains(t, err.Error(), "\n")
		require.NotContains(t, logged.String(), `\n`)
		require.NotContains(t, auth.Explain(context.Background(), sent).String(), "\uFFFD")
	}
	for _, f := range auth.Diagnose(context.Background()) {
		require.NotContains(t, f.String(), "\uFFFD")
		require.NotContains(t, f.Text, "\n")
	}
}
