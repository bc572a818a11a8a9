package oidcauth_test

import (
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
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// overTLS returns a server with this certificate, or with the certificate of package httptest if it is nil.
func overTLS(t *testing.T, certificate *tls.Certificate, h http.Handler) (s *httptest.Server, ca string) {
	t.Helper()
	s = httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // the test makes handshakes fail
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

// selfSigned returns a certificate for loopback that expires at end.
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
		code   string // if empty, the certificate is trusted
	}{
		"unknown authority":        {untrusted.URL, nil, "certificate_unknown"},
		"known authority":          {untrusted.URL, trusting(t, provider.Trust{CAs: ca}), ""},
		"another host":             {byName, trusting(t, provider.Trust{CAs: ca}), "certificate_host"},
		"another host, both wrong": {byName, nil, "certificate_host"},
		"expired":                  {expiredURL, trusting(t, provider.Trust{CAs: expiredCA}), "certificate_expired"},
		"another than the pinned":  {untrusted.URL, trusting(t, provider.Trust{Thumbprint: strings.Repeat("ab", 32)}), "certificate_pin"},
		"no listener":              {"https://127.0.0.1:1", nil, "-"},
	} {
		asking := func(config provider.Config) *provider.Client {
			config.HTTPClient, config.ClientID = c.client, "api"
			client, err := provider.New(config)
			require.NoError(t, err)
			return client
		}
		discovered := asking(provider.Config{Issuer: c.url})
		for at, s := range map[string]scene{
			"keys":      {issuer: oidcauth.Issuer{Keys: certsource.JWKS{URL: c.url + string(oidctest.JWKS)}, HTTPClient: c.client}},
			"discovery": {issuer: oidcauth.Issuer{Keys: certsource.Discovered{}, DiscoveryURL: c.url + string(oidctest.Discovery), HTTPClient: c.client}},
			"UserInfo": {
				issuer: oidcauth.Issuer{
					Claims: oidcauth.ClaimRules{UserInfo: asking(provider.Config{UserInfoURL: c.url + string(oidctest.UserInfo)}), User: claims.Name("email")},
				},
				users: usermap.NewTable(),
			},
			"its URL": {issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{UserInfo: discovered, User: claims.Name("email")}}, users: usermap.NewTable()},
			"asked": {
				issuer: oidcauth.Issuer{Introspection: oidcauth.Introspection{Client: asking(provider.Config{IntrospectionURL: c.url + string(oidctest.Introspection)})}},
				sent:   sending("opaque"),
			},
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

// A hint about a certificate names the way to trust it, for every client that connects to the server.
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
