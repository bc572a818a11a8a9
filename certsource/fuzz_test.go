package certsource_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
)

// FuzzPEM checks that an accepted text yields one key for each block, and that each key fits an algorithm.
func FuzzPEM(f *testing.F) {
	cert := newCert(f, "a", year)

	spki, err := x509.MarshalPKIXPublicKey(cert.PublicKey)
	require.NoError(f, err)
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
	public := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki}))
	for _, text := range []string{
		block, public, block + public, "subject=x\n" + block, block + "x", strings.Replace(block, "\n", "\r\n", -1), block[:100] + "!" + block[101:],
		strings.Replace(block, "-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1), base64.StdEncoding.EncodeToString(cert.Raw),
		base64.StdEncoding.EncodeToString(spki),
		strings.Replace(block, "CERTIFICATE", "PRIVATE KEY", 2), "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", "-----BEGIN ", "",
		"AAAA", string(cert.Raw),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := keybind.Bind(certsource.PEM(text), keybind.Binding{Issuer: "iss"})
		if err == nil {
			requireFit(t, s, max(1, strings.Count(text, "-----BEGIN ")))
		}
		// A folder also accepts a raw DER, and skips a file that it cannot parse.
		files := fstest.MapFS{"a.pem": {Data: []byte(text)}}
		s, err = keybind.Bind(certsource.Dir{FS: files, Subject: "CN=a"}, keybind.Binding{Issuer: "iss"})
		require.NoError(t, err)
		require.LessOrEqual(t, len(held(t, s).Notes), 21)
	})
}

func requireFit(t *testing.T, s certsource.Source, blocks int) {
	t.Helper()
	report := s.(certsource.Reporter).Report()[0]
	require.Len(t, report.Held, blocks)
	certs := bytes.Count([]byte(strings.Join(report.Notes, "\n")), []byte("certificate"))
	require.LessOrEqual(t, certs, blocks)
	for _, alg := range jose.Algorithms() {
		keys, _ := s.Keys(certsource.Query{Issuer: "iss", Algorithm: alg})
		require.LessOrEqual(t, len(keys), 4)
		for _, k := range keys {
			require.True(t, jose.Fits(alg, k.Public))
			require.Equal(t, "iss", k.Issuer)
		}
	}
}
