package dpop_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/jose"
)

const accessToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"

var now = time.Unix(1_790_000_000, 0)

var window = dpop.Window{Before: time.Minute, After: time.Minute}

// sender makes proofs with its own key.
type sender struct {
	t   *testing.T
	alg string
	key crypto.Signer
}

func newSender(t *testing.T) sender {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return sender{t, "ES256", key}
}

// proof makes a good proof, with the changed members of header and payload. A nil value removes a member.
func (s sender) proof(header, payload map[string]any) string {
	s.t.Helper()
	jwk, err := jose.MarshalJWK("", "", s.key.Public())
	require.NoError(s.t, err)
	h := map[string]any{"typ": "dpop+jwt", "jwk": json.RawMessage(jwk)}
	p := map[string]any{"jti": "e1j3V_bKic8-LAEB", "htm": "GET", "htu": "https://api.example.com/orders", "iat": now.Unix(), "ath": hashOf(accessToken)}
	change(h, header)
	change(p, payload)
	text, err := json.Marshal(p)
	require.NoError(s.t, err)
	proof, err := jose.Sign(s.alg, h, text, s.key)
	require.NoError(s.t, err)
	return proof
}

func change(m, changes map[string]any) {
	maps.Copy(m, changes)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func target(t *testing.T, text string) dpop.Target {
	t.Helper()
	out, err := dpop.ParseTarget(text)
	require.NoError(t, err)
	return out
}

// parse parses a proof that must be well formed.
func parse(t *testing.T, text string) *dpop.Proof {
	t.Helper()
	p, fault := dpop.Parse(text, jose.Algorithms())
	require.Nil(t, fault)
	return p
}

// request returns the request that a good proof of the sender fits.
func (s sender) request() dpop.Request {
	s.t.Helper()
	return dpop.Request{
		Method: "GET", Target: target(s.t, "https://api.example.com/orders"), Token: accessToken,
		Thumbprint: parse(s.t, s.proof(nil, nil)).Thumbprint, Now: now, Window: window,
	}
}

func kinds(faults []*dpop.Fault) []dpop.Kind {
	var out []dpop.Kind
	for _, f := range faults {
		out = append(out, f.Kind)
	}
	return out
}
