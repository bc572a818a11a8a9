package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const audience = "api://orders"

// ran is what a run of the command printed.
type ran struct {
	status   int
	out, err string
}

func runWith(t *testing.T, in string, args ...string) ran {
	t.Helper()
	var out, errs bytes.Buffer
	status := run(context.Background(), args, strings.NewReader(in), &out, &errs)
	return ran{status, out.String(), errs.String()}
}

// explained is the JSON of a decision.
type explained struct {
	Accepted bool          `json:"accepted"`
	Reason   reason.Reason `json:"reason"`
	Method   string        `json:"method"`
	Token    struct {
		KeySource string `json:"key_source"`
	} `json:"token"`
	Hints []struct {
		Code string `json:"code"`
	} `json:"hints"`
	Input summary `json:"input"`
}

// explainJSON runs the command with -json.
func explainJSON(t *testing.T, in string, args ...string) explained {
	t.Helper()
	got := runWith(t, in, append([]string{"-json"}, args...)...)
	require.Empty(t, got.err)
	var d explained
	require.NoError(t, json.Unmarshal([]byte(got.out), &d), got.out)
	require.Equal(t, d.Accepted, got.status == accepted)
	return d
}

// flagsFor are the flags that every run needs.
func flagsFor(p *oidctest.Provider, more ...string) []string {
	return append([]string{"-issuer", p.Issuer(), "-audience", audience}, more...)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// signer is a key of its own, with its certificate.
type signer struct {
	key                                *ecdsa.PrivateKey
	privatePEM, publicPEM, certificate string
	thumbprint                         string
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "signing"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	require.NoError(t, err)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return signer{key, block("PRIVATE KEY", private), block("PUBLIC KEY", public), block("CERTIFICATE", der), thumbprintOf(der)}
}

func thumbprintOf(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	return hex.EncodeToString(sum[:])
}

// token returns a good token of the provider that this key signs.
func (s signer) token(p *oidctest.Provider) string {
	return p.Forge(oidctest.Forgery{
		Key: s.key, Algorithm: "ES256", Header: map[string]any{"kid": nil}, Claims: oidctest.Claims{"aud": audience, "sub": "alice"},
	})
}
