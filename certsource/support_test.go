package certsource_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

var now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return key
}

// newCert makes a certificate whose validity period has this length and contains the present.
func newCert(t testing.TB, name string, valid time.Duration) *x509.Certificate {
	t.Helper()
	return makeCert(t, pkix.Name{CommonName: name, Organization: []string{"Example"}}, valid)
}

func makeCert(t testing.TB, subject pkix.Name, valid time.Duration) *x509.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: subject,
		NotBefore: now.Add(-48 * time.Hour), NotAfter: now.Add(valid),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	c, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return c
}

func pemOf(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func x5tS256(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func thumb(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

func bind(t *testing.T, s certsource.Source) certsource.Source {
	t.Helper()
	bound, err := keybind.Bind(s, keybind.Binding{Issuer: "iss", Now: func() time.Time { return now }})
	require.NoError(t, err)
	return bound
}

func rs256(kid string) certsource.Query {
	return certsource.Query{Issuer: "iss", KeyID: kid, Algorithm: "RS256"}
}

// endpoint is a key set or certificate endpoint whose answer can be changed.
type endpoint struct {
	*httptest.Server
	body   atomic.Value
	status atomic.Int64
	asked  atomic.Int64
}

func newEndpoint(t *testing.T, body string) *endpoint {
	e := &endpoint{}
	e.body.Store(body)
	e.status.Store(200)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		w.WriteHeader(int(e.status.Load()))
		_, _ = fmt.Fprint(w, strings.ReplaceAll(e.body.Load().(string), "ISSUER", "http://"+r.Host))
	}))
	t.Cleanup(e.Close)
	return e
}

func keySet(t *testing.T, keys map[string]crypto.PublicKey) string {
	t.Helper()
	var list []string
	for kid, pub := range keys {
		jwk, err := jose.MarshalJWK(kid, "", pub)
		require.NoError(t, err)
		list = append(list, string(jwk))
	}
	return `{"keys":[` + strings.Join(list, ",") + `]}`
}

func mustJWK(t *testing.T) []byte {
	t.Helper()
	jwk, err := jose.MarshalJWK("one", "", newKey(t).Public())
	require.NoError(t, err)
	return jwk
}
