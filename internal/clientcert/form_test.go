package clientcert_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/clientcert"
)

func newCertificate(t testing.TB) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

func TestForms(t *testing.T) {
	cert, other := newCertificate(t), newCertificate(t)
	b64 := base64.StdEncoding.EncodeToString(cert.Raw)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	chain := text + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Raw}))
	escaped := url.QueryEscape(text) // nginx escapes more than it must, and spaces as %20
	escaped = strings.ReplaceAll(escaped, "+", "%20")
	alb := strings.NewReplacer("\n", "%0A", " ", "%20").Replace(chain)
	of := clientcert.Of(cert)
	hash := hex.EncodeToString(of[:])
	for name, c := range map[string]struct {
		form  clientcert.Form
		value string
		good  bool
	}{
		"RFC 9440":                  {clientcert.RFC9440, ":" + b64 + ":", true},
		"RFC 9440 without colons":   {clientcert.RFC9440, b64, false},
		"RFC 9440 with a parameter": {clientcert.RFC9440, ":" + b64 + ":;x=1", false},
		"RFC 9440 empty":            {clientcert.RFC9440, "::", false},
		"nginx":                     {clientcert.EscapedPEM, escaped, true},
		"ALB with a chain":          {clientcert.EscapedPEM, alb, true},
		"broken escape":             {clientcert.EscapedPEM, "%zz", false},
		"PEM of a key":              {clientcert.EscapedPEM, url.PathEscape("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), false},
		"Azure":                     {clientcert.Base64DER, b64, true},
		"Traefik with a chain":      {clientcert.Base64DER, b64 + "," + base64.StdEncoding.EncodeToString(other.Raw), true},
		"older Traefik":             {clientcert.Base64DER, url.QueryEscape(b64), true},
		"not a certificate":         {clientcert.Base64DER, "AAAA", false},
		"empty":                     {clientcert.Base64DER, "", false},
		"Envoy with a hash":         {clientcert.XFCC, "By=spiffe://a;Hash=" + hash + `;Subject="CN=a,O=\"b;c\"";URI=x`, true},
		"Envoy with a certificate":  {clientcert.XFCC, `Cert="` + escaped + `"`, true},
		"Envoy with both":           {clientcert.XFCC, `Hash=` + hash + `;Cert="` + escaped + `"`, true},
		"Envoy with both of two":    {clientcert.XFCC, `Hash=` + strings.Repeat("0", 64) + `;Cert="` + escaped + `"`, false},
		"Envoy with two elements":   {clientcert.XFCC, "Hash=" + hash + ",Hash=" + hash, false},
		"Envoy with two hashes":     {clientcert.XFCC, "Hash=" + hash + ";hash=" + hash, false},
		"Envoy with a short hash":   {clientcert.XFCC, "Hash=" + hash[:62], false},
		"Envoy with a long hash":    {clientcert.XFCC, "Hash=" + hash + "00", false},
		"Envoy without either":      {clientcert.XFCC, "URI=spiffe://a", false},
		"Envoy with an open quote":  {clientcert.XFCC, `Subject="a;Hash=` + hash, false},
		"longer than the limit":     {clientcert.Base64DER, strings.Repeat("A", 65<<10), false},
		"no form":                   {0, b64, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.form.Read(c.value)
			if !c.good {
				require.Error(t, err)
				require.Zero(t, got)
				return
			}
			require.NoError(t, err)
			require.Equal(t, of, got)
		})
	}
}

func FuzzRead(f *testing.F) {
	cert := newCertificate(f)
	f.Add(uint8(clientcert.RFC9440), ":"+base64.StdEncoding.EncodeToString(cert.Raw)+":")
	f.Add(uint8(clientcert.XFCC), `Hash=00;Subject="a\"b"`)
	f.Add(uint8(clientcert.EscapedPEM), url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))))
	f.Fuzz(func(t *testing.T, form uint8, value string) {
		got, err := clientcert.Form(form).Read(value)
		require.Equal(t, err != nil, got == clientcert.Thumbprint{})
	})
}
