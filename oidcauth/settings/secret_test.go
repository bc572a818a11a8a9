package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestFormsOfPrivateKeys(t *testing.T) {
	elliptic256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	sec1, err := x509.MarshalECPrivateKey(elliptic256)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	exchange, err := elliptic256.ECDH()
	require.NoError(t, err)
	agreement, err := x509.MarshalPKCS8PrivateKey(exchange)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"PKCS #1":       {pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), true},
		"SEC 1":         {pemOf("EC PRIVATE KEY", sec1), true},
		"PKCS #8":       {pemOf("PRIVATE KEY", pkcs8), true},
		"key agreement": {pemOf("PRIVATE KEY", agreement), true}, // Go reads every elliptic key as one that signs
		"damaged":       {pemOf("PRIVATE KEY", pkcs8[:50]), false},
		"no PEM":        {"hunter2", false},
		"empty":         {"\n", false},
	} {
		doc := parsed(t, nil, `{"providers": {"a": {"issuer": "https://a", "audience": ["x"],
			"client": {"clientID": "o", "auth": {"method": "private_key_jwt", "key": {"env": "KEY"}}}}}}`)
		_, err := doc.Configuration(settings.Options{LookupEnv: func(string) (string, bool) { return c.text, true }})
		require.Equal(t, c.good, err == nil, "%s: %v", name, err)
		if !c.good {
			require.Equal(t, "providers.a.client.auth.key", all(t, err)[0].Path)
			require.NotContains(t, err.Error(), "hunter2")
		}
	}
}

// Each file that is no certificate, or is not there, is named at its reference.
func TestFilesThatCannotBeUsed(t *testing.T) {
	dir := t.TempDir()
	cert, err := os.ReadFile("testdata/cert.pem")
	require.NoError(t, err)
	key, err := os.ReadFile("testdata/key.pem")
	require.NoError(t, err)
	for name, text := range map[string]string{
		"empty": " \n", "text": "x", "damaged": pemOf("CERTIFICATE", []byte("x")), "cert": string(cert), "key": string(key), "large": strings.Repeat("x", 5<<20),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	document := func(certificate, keys string) string {
		return strings.NewReplacer("CERTIFICATE", certificate, "KEYS", keys).Replace(`{"providers": {"a": {"issuer": "https://a", "audience": ["x"],
			"keys": [{"pem": {"file": "KEYS"}}],
			"client": {"clientID": "o", "auth": {"method": "private_key_jwt", "key": {"file": "key"}, "certificate": {"file": "CERTIFICATE"}}}}}}`)
	}
	const atCertificate, atKeys = "providers.a.client.auth.certificate", "providers.a.keys[0].pem"
	for _, c := range []struct{ certificate, keys, want string }{
		{"cert", "cert", ""},
		{"nowhere", "cert", atCertificate},
		{"empty", "cert", atCertificate},
		{"text", "cert", atCertificate},
		{"damaged", "cert", atCertificate},
		{"large", "cert", atCertificate},
		{"cert", "nowhere", atKeys},
		{"cert", "empty", atKeys},
		{"cert", "text", "providers.a.keys"},
	} {
		file := filepath.Join(dir, "settings.json")
		require.NoError(t, os.WriteFile(file, []byte(document(c.certificate, c.keys)), 0o600))
		doc, err := settings.Load(file)
		require.NoError(t, err)
		_, err = doc.Configuration(settings.Options{})
		if c.want == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, c.want, all(t, err)[0].Path, "%+v: %v", c, err)
	}
}

// A fault of the tables is reported at the name of the column.
func TestTablesThatCannotBeUsed(t *testing.T) {
	doc := parsed(t, nil, `{"providers": {"a": {"issuer": "https://a", "audience": ["x"]}}, "users": {"sql": {"driver": "d", "dsn": {"env": "USERS_DSN"},
		"dialect": "sqlite", "table": "t;", "valueColumn": "v", "idColumn": "i", "enabling": [{"column": "a b"}]}}}`)
	o := options
	o.OpenDB = noDatabase
	_, err := doc.Configuration(o)
	var paths []string
	for _, e := range all(t, err) {
		paths = append(paths, e.Path)
	}
	require.Equal(t, []string{"users.sql.table", "users.sql.enabling[0].column"}, paths, "%v", err)
}

// Two providers with the same driver and data source share a database.
func TestDatabaseIsOpenedOnce(t *testing.T) {
	const sql = `"users": {"sql": {"driver": "d", "dsn": {"env": "USERS_DSN"}, "dialect": "sqlite", "table": "t", "valueColumn": "v", "idColumn": "i"}}`
	doc := parsed(t, nil, `{"providers": {"a": {"issuer": "https://a", "audience": ["x"], `+sql+`}, "b": {"issuer": "https://b", "audience": ["x"]}}, `+sql+`}`)
	o, opened := options, 0
	o.OpenDB = counting(&opened)
	c, err := doc.Configuration(o)
	require.NoError(t, err)
	require.Equal(t, 1, opened)
	require.NoError(t, c.Close())
}

// A text of any kind is a document that reads back the same, or an error with a position.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add(origins)
	f.Add(`{"providers": {"a": {"issuer": "https://a", "leeway": null, "//": "x"}}, "applications": {"b": {"provider": "a", "claims": {"roles": {"map": {"x": ["y"]}}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := settings.Parse([]byte(text))
		if err != nil {
			for _, e := range all(t, err) {
				require.Positive(t, e.Line, "%v", e)
				require.Positive(t, e.Column, "%v", e)
			}
			return
		}
		first := doc.Effective()
		again, err := settings.Parse(first)
		require.NoError(t, err, "%s", first)
		require.Equal(t, uncommented(t, first), uncommented(t, again.Effective()))
	})
}
