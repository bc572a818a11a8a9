package glewlwyd

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
)

// Rotating is the name of an issuer whose keys a test may replace.
const Rotating = "rotating"

// Algorithms are those of the signatures that can be verified without the secret. Each is the name of an issuer, and so is HS256.
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// Key signs the tokens of an issuer, and its signed answers.
type Key struct {
	id, algorithm string
	private       crypto.Signer // nil for HS256
}

// Making one takes long. Keys of all the algorithms share it, under their own ids.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// NewKey makes a key for one of the [Algorithms], or HS256.
func NewKey(algorithm string) (Key, error) {
	k := Key{id: algorithm + "-" + rand.Text()[:8], algorithm: algorithm}
	var err error
	switch algorithm {
	case "HS256":
	case "EdDSA":
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	case "ES256":
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		k.private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		k.private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	default:
		k.private, err = rsaKey()
	}
	return k, err
}

// Issuer is an instance of the OpenID Connect plugin.
type Issuer struct {
	URL string // http://127.0.0.1:41234/api/ES256

	server *Server
	name   string
}

// Issuer is [Rotating], or the one whose tokens are signed with the algorithm of this name.
func (s *Server) Issuer(name string) *Issuer {
	return &Issuer{URL: s.url("/" + name), server: s, name: name}
}

// SetKeys starts the server again, where the issuer has these keys. The first one signs.
func (op *Issuer) SetKeys(tb testing.TB, keys ...Key) {
	tb.Helper()
	op.server.keys[op.name] = keys
	op.must(tb, errors.Join(op.server.writeIssuers(op.server.Dir()), op.server.Kill(), op.server.Restart()))
}

func (s *Server) makeIssuers(dir string) error {
	s.keys = map[string][]Key{}
	for _, name := range append(Algorithms(), "HS256", Rotating) {
		algorithm := name
		if name == Rotating {
			algorithm = "RS256"
		}
		key, err := NewKey(algorithm)
		if err != nil {
			return err
		}
		s.keys[name] = []Key{key}
	}
	return s.writeIssuers(dir)
}

func (s *Server) writeIssuers(dir string) error {
	var b strings.Builder
	b.WriteString("DELETE FROM g_plugin_module_instance;\n")
	for _, name := range slices.Sorted(maps.Keys(s.keys)) {
		p, err := parameters(name, s.keys[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "INSERT INTO g_plugin_module_instance (gpmi_module, gpmi_name, gpmi_parameters) VALUES ('oidc', '%s', '%s');\n",
			name, strings.ReplaceAll(string(p), "'", "''"))
	}
	return os.WriteFile(filepath.Join(dir, "issuers.sql"), []byte(b.String()), 0o600)
}

func parameters(name string, keys []Key) ([]byte, error) {
	p := map[string]any{
		"iss": "http://127.0.0.1:@PORT@/api/" + name, "access-token-duration": 600, "refresh-token-duration": 3600, "code-duration": 60,
		"refresh-token-rolling": true, "allow-non-oidc": true, "auth-type-code-enabled": true, "auth-type-token-enabled": false,
		"auth-type-id-token-enabled": true, "auth-type-none-enabled": false, "auth-type-client-enabled": true,
		"auth-type-password-enabled": true, "auth-type-refresh-enabled": true, "auth-type-device-enabled": false,
		"jwks-show": true, "pkce-allowed": true, "subject-type": "public",
		"introspection-revocation-allowed": true, "introspection-revocation-allow-target-client": true,
		"introspection-revocation-auth-scope": []string{Introspect},
		"request-parameter-allow":             true, "request-maximum-exp": 3600, "client-jwks-parameter": "jwks",
		"resource-allowed": true, "resource-client-property": "resource", "resource-scope-and-client-property": false,
		"resource-scope":             map[string]any{"openid": []string{Resource}, "api:read": []string{Resource}},
		"session-management-allowed": true, "session-cookie-name": "sid_" + name, "session-cookie-expiration": 3600,
		"back-channel-logout-allowed": true,
		"name-claim":                  "mandatory", "email-claim": "mandatory", "scope-claim": "no",
		"additional-parameters": []map[string]string{{"user-parameter": "email", "token-parameter": "email"}},
		"jwt-key-size":          "256",
	}
	if keys[0].private == nil {
		p["jwt-type"], p["key"] = "sha", Secret
		return json.Marshal(p)
	}
	var set jose.JSONWebKeySet
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{KeyID: k.id, Algorithm: k.algorithm, Key: k.private, Use: "sig"})
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	p["jwt-type"], p["jwks-private"], p["default-kid"] = "rsa", string(text), keys[0].id
	return json.Marshal(p)
}

func (op *Issuer) must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatalf("glewlwyd: %s: %v", op.name, err)
	}
}
