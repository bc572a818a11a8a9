package provider_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// The certificate of the connection authenticates the client (RFC 8705 section 2), and the provider is pinned.
func TestMutualTLS(t *testing.T) {
	cert := certificate(t, ecKey)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("client_id") != "api" || !r.TLS.PeerCertificates[0].Equal(cert) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"active":false,"access_token":"a","token_type":"Bearer"}`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	sum := sha256.Sum256(s.Certificate().Raw)
	pin := hex.EncodeToString(sum[:])

	client := func(t *testing.T, pin string, certs ...tls.Certificate) *provider.Client {
		t.Helper()
		trusting, err := provider.HTTPClient(provider.Trust{Thumbprint: pin})
		require.NoError(t, err)
		trusting.Transport.(*http.Transport).TLSClientConfig.Certificates = certs
		p, err := provider.New(provider.Config{
			IntrospectionURL: s.URL, TokenURL: s.URL, ClientID: "api", HTTPClient: trusting,
		})
		require.NoError(t, err)
		return p
	}
	own := tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: ecKey}
	t.Run("own certificate", func(t *testing.T) {
		p := client(t, pin, own)
		_, err := p.Introspect(context.Background(), "t")
		require.ErrorIs(t, err, claims.ErrInactive)
		_, err = p.ClientCredentials(context.Background(), provider.TokenRequest{}).Token()
		require.NoError(t, err)
	})
	for name, p := range map[string]*provider.Client{
		"none":         client(t, pin),
		"another's":    client(t, pin, tls.Certificate{Certificate: [][]byte{certificate(t, rsaKey).Raw}, PrivateKey: rsaKey}),
		"not our peer": client(t, "00"+pin[2:], own),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Introspect(context.Background(), "t")
			require.Error(t, err)
			require.NotErrorIs(t, err, claims.ErrInactive)
			_, err = p.ClientCredentials(context.Background(), provider.TokenRequest{}).Token()
			require.Error(t, err)
		})
	}
}
