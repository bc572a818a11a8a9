package settings_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// mount replaces the files of a folder as Kubernetes does: each file is a link into ..data, which is a link to the folder of a version.
func (w *watched) mount(t *testing.T, folder, version string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(w.dir, folder)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, version), 0o700))
	for name, text := range files {
		w.write(t, filepath.Join(folder, version, name), text)
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
		}
	}
	former, _ := os.Readlink(filepath.Join(dir, "..data"))
	link := filepath.Join(dir, "..data_tmp")
	require.NoError(t, os.Symlink(version, link))
	require.NoError(t, os.Rename(link, filepath.Join(dir, "..data")))
	if former != "" {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, former)))
	}
}

// certified returns a key, and a certificate of it in PEM.
func certified(t *testing.T) (crypto.Signer, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// A certificate that is taken out of a mounted folder is not trusted any longer, and the one that replaces it is.
func TestReplacedFolderOfCertificatesIsNoticed(t *testing.T) {
	w := &watched{Provider: oidctest.New(t), dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "settings.json")
	first, certificate := certified(t)
	second, renewed := certified(t)
	w.mount(t, "certs", "..2026_01", map[string]string{"idp.pem": certificate})
	w.write(t, "settings.json", `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"], "keys": [{"dir": {"path": "certs", "subject": "CN=idp"}}]}}}`)
	w.start(t)
	signed := func(key crypto.Signer) string {
		return w.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience, "sub": "bob"}, Algorithm: "ES256", Key: key})
	}
	old, current := signed(first), signed(second)
	require.Empty(t, reasonOf(t, w.Authenticator(), old))
	w.mount(t, "certs", "..2026_02", map[string]string{"idp.pem": renewed})
	after := w.settle()
	require.NotEmpty(t, reasonOf(t, after, old))
	require.Empty(t, reasonOf(t, after, current))
	require.Same(t, after, w.settle(), "the folder has not changed again")
}

// A secret of a mounted folder is the new one without a change of the document.
func TestReplacedMountOfASecretIsNoticed(t *testing.T) {
	w := &watched{Provider: oidctest.New(t), dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "settings.json")
	w.mount(t, "secrets", "..2026_01", map[string]string{"client": "a wrong secret"})
	w.write(t, "settings.json", `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"],
		"client": {"clientID": "api:orders", "auth": {"secret": {"file": "secrets/client"}}}, "introspection": {"client": true}}}}`)
	w.start(t)
	opaque := w.Opaque(audience, bob)
	require.Equal(t, reason.IntrospectionUnavailable, reasonOf(t, w.Authenticator(), opaque))
	w.mount(t, "secrets", "..2026_02", map[string]string{"client": oidctest.ClientSecret})
	require.Empty(t, reasonOf(t, w.settle(), opaque))
}
