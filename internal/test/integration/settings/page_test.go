// Package settings_test configures a service by one document, as the page for OAuth of One Identity Manager does: seven places for
// certificates, five ways to authenticate, claims, columns, and applications over their provider.
package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const upn = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"

// secret is long enough for client_secret_jwt.
const secret = "a secret of at least thirty-two bytes"

// place is one of the places for certificates, with the key of the certificate in it.
type place struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func newPlace(t *testing.T, name string) place {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return place{key, certificate}
}

func (p place) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw})
}

func thumbprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// page is a provider, with everything that its document refers to.
type page struct {
	*oidctest.Provider
	places map[string]place
	file   string
	server string // the thumbprint of the server of certificates and introspection
	env    map[string]string
	app    *httptest.Server // the service, whose handler a test sets

	mu    sync.Mutex
	asked []*http.Request // at introspection
}

func newPage(t *testing.T) *page {
	t.Helper()
	p := &page{Provider: oidctest.New(t), places: map[string]place{}, env: map[string]string{"SECRET": oidctest.ClientSecret, "LONG_SECRET": secret, "SESSION_KEY": base64.StdEncoding.EncodeToString([]byte(secret[:32]))}}
	p.app = httptest.NewTLSServer(nil)
	t.Cleanup(p.app.Close)
	dir := t.TempDir()
	for _, level := range []string{"application", "provider"} {
		for _, name := range []string{"text", "store", "endpoint"} {
			p.places[level+"-"+name] = newPlace(t, level+"-"+name)
		}
		text, store := p.places[level+"-text"], p.places[level+"-store"]
		require.NoError(t, os.WriteFile(filepath.Join(dir, level+"-text.pem"), text.pem(), 0o600))
		require.NoError(t, os.Mkdir(filepath.Join(dir, level+"-store"), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, level+"-store", "one.cer"), store.certificate.Raw, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(dir, level+"-store", "other.pem"), newPlace(t, "unrelated").pem(), 0o600))
	}
	key, err := x509.MarshalPKCS8PrivateKey(newPlace(t, "client").key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "client-key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
	p.env["USERS_DSN"] = "file:" + filepath.Join(dir, "users.db")
	p.writeUsers(t)
	server := p.serveTLS(t)
	p.server = thumbprint(server.Certificate())
	text, err := os.ReadFile("testdata/onemanager.json")
	require.NoError(t, err)
	document := strings.NewReplacer(
		"ISSUER", p.Issuer(), "APP", p.app.URL, "CERTIFICATES", server.URL, "TLS_THUMBPRINT", p.server,
		"ENDPOINT_THUMBPRINT", thumbprint(p.places["provider-endpoint"].certificate), "STORE_THUMBPRINT", thumbprint(p.places["application-store"].certificate),
	).Replace(string(text))
	p.file = filepath.Join(dir, "settings.json")
	require.NoError(t, os.WriteFile(p.file, []byte(document), 0o600))
	return p
}

// serveTLS serves certificates and introspection with a self-signed certificate of its own.
func (p *page) serveTLS(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for _, name := range []string{"application-endpoint", "provider-endpoint"} {
		both := append(p.places[name].pem(), newPlace(t, "unrelated").pem()...)
		mux.HandleFunc("/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(both) })
	}
	mux.HandleFunc("/introspect", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		p.mu.Lock()
		p.asked = append(p.asked, r)
		p.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"active":true}`)
	})
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that fail on purpose
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (p *page) writeUsers(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", p.env["USERS_DSN"])
	require.NoError(t, err)
	for _, statement := range []string{
		`CREATE TABLE persons (uid_person TEXT PRIMARY KEY, internal_name TEXT, is_employed INTEGER, is_in_active INTEGER)`,
		`INSERT INTO persons VALUES ('p1', 'Alice A.', 1, 0), ('p2', 'Left', 0, 0), ('p3', 'Inactive', 1, 1)`,
		`CREATE TABLE accounts (uid_account TEXT, central_account TEXT, account_name TEXT, is_active INTEGER, xmarkedfordeletion INTEGER,
			locked_at TEXT, uid_person TEXT)`,
		`INSERT INTO accounts VALUES
			('1', 'alice', NULL, 1, 4, '', 'p1'),
			('2', 'passive', NULL, 0, 0, NULL, 'p1'),
			('3', 'marked', NULL, 1, 2, NULL, 'p1'),
			('4', 'locked', NULL, 1, 0, '2026-01-01', 'p1'),
			('5', 'left', NULL, 1, 0, NULL, 'p2'),
			('6', 'inactive', NULL, 1, 0, NULL, 'p3'),
			('7', 'twice', NULL, 1, 0, NULL, 'p1'),
			('8', 'twice', NULL, 1, 0, NULL, 'p1')`,
	} {
		_, err := db.Exec(statement)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
}

// configure makes the configuration and the Authenticator of the document, after changes of its text.
func (p *page) configure(t *testing.T, changes ...string) (*settings.Configuration, *oidcauth.Authenticator) {
	t.Helper()
	c, err := p.read(t, changes...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	c.Config.Logger, c.Config.Now = slog.New(slog.DiscardHandler), p.Now
	auth, err := oidcauth.New(c.Config)
	require.NoError(t, err)
	return c, auth
}

// read makes the configuration of the document after changes of its text.
func (p *page) read(t *testing.T, changes ...string) (*settings.Configuration, error) {
	t.Helper()
	text, err := os.ReadFile(p.file)
	require.NoError(t, err)
	file := filepath.Join(filepath.Dir(p.file), "changed.json")
	changed := strings.NewReplacer(changes...).Replace(string(text))
	require.True(t, len(changes) == 0 || changed != string(text), "nothing changed")
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	doc, err := settings.Load(file)
	require.NoError(t, err)
	return doc.Configuration(settings.Options{LookupEnv: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }})
}

// faultOf returns where the only fault of the changed document is.
func (p *page) faultOf(t *testing.T, changes ...string) string {
	t.Helper()
	_, err := p.read(t, changes...)
	var fault *settings.Error
	require.ErrorAs(t, err, &fault)
	return fault.Path
}

// claims are those of a good user.
func claims(audience string, more oidctest.Claims) oidctest.Claims {
	out := oidctest.Claims{"aud": audience, "sub": "s1", upn: "alice", "display_name": "alice@corp", "company": "corp"}
	for name, v := range more {
		out[name] = v
	}
	return out
}

// token is signed by the key of a place, and names its certificate.
func (p *page) token(name, audience string) string {
	at := p.places[name]
	sum := sha256.Sum256(at.certificate.Raw)
	return p.Forge(oidctest.Forgery{
		Key: at.key, Algorithm: "ES256", Claims: claims(audience, nil),
		Header: map[string]any{"kid": nil, "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])},
	})
}

func check(t *testing.T, auth *oidcauth.Authenticator, token string) (*oidcauth.Identity, reason.Reason) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	id, err := auth.Check(r)
	if err == nil {
		return id, ""
	}
	var refusal *oidcauth.Error
	require.ErrorAs(t, err, &refusal)
	return nil, refusal.Reason
}
