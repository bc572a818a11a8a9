package provider_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// behindTLS serves the provider over TLS with a certificate that no system trusts.
func behindTLS(t *testing.T, p *oidctest.Provider) (url string, cert *x509.Certificate) {
	t.Helper()
	s := httptest.NewUnstartedServer(p)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL, s.Certificate()
}

func otherCA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestPrivateCAOrPinnedCertificate(t *testing.T) {
	p := oidctest.New(t)
	url, cert := behindTLS(t, p)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	sum := sha256.Sum256(cert.Raw)
	pin := hex.EncodeToString(sum[:])
	wrong := "00" + pin[2:]
	for name, c := range map[string]struct {
		trust provider.Trust
		want  reason.Reason
	}{
		"no trust":               {provider.Trust{}, reason.KeysUnavailable},
		"private CA":             {provider.Trust{CAs: text}, ""},
		"pinned":                 {provider.Trust{Thumbprint: pin}, ""},
		"both":                   {provider.Trust{CAs: text, Thumbprint: pin}, ""},
		"another pin":            {provider.Trust{Thumbprint: wrong}, reason.KeysUnavailable},
		"private CA, wrong pin":  {provider.Trust{CAs: text, Thumbprint: wrong}, reason.KeysUnavailable},
		"pinned, of no known CA": {provider.Trust{CAs: otherCA(t), Thumbprint: pin}, reason.KeysUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := provider.HTTPClient(c.trust)
			require.NoError(t, err)
			config := p.Config("api")
			config.Logger = slog.New(slog.DiscardHandler)
			config.Issuers[0].HTTPClient = client
			config.Issuers[0].Keys = certsource.JWKS{URL: url + string(oidctest.JWKS)}
			auth, err := oidcauth.New(config)
			require.NoError(t, err)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Authorization", "Bearer "+p.Token("api", oidctest.Claims{"sub": "alice"}))
			_, err = auth.Check(r)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			var refused *oidcauth.Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, c.want, refused.Reason)
		})
	}
}

// A pin replaces the check of the chain, but not that of the validity period.
func TestPinnedCertificateOutsideItsValidityIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		from, until time.Duration
		good        bool
	}{
		"valid":   {-time.Hour, time.Hour, true},
		"ended":   {-2 * time.Hour, -time.Hour, false},
		"not yet": {time.Hour, 2 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			require.NoError(t, err)
			template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(c.from), NotAfter: time.Now().Add(c.until)}
			der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			require.NoError(t, err)
			s := httptest.NewUnstartedServer(http.NotFoundHandler())
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
			s.StartTLS()
			t.Cleanup(s.Close)
			sum := sha256.Sum256(der)
			client, err := provider.HTTPClient(provider.Trust{Thumbprint: hex.EncodeToString(sum[:])})
			require.NoError(t, err)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
			require.NoError(t, err)
			resp, err := client.Do(request)
			require.Equal(t, c.good, err == nil)
			if err == nil {
				require.NoError(t, resp.Body.Close())
			}
		})
	}
}

func TestUnusableTrustIsRefused(t *testing.T) {
	for _, bad := range []provider.Trust{{CAs: "garbage"}, {Thumbprint: "12"}} {
		_, err := provider.HTTPClient(bad)
		require.Error(t, err)
	}
}
