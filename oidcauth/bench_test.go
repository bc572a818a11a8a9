package oidcauth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// The ratios to the bare signature and to other libraries are in internal/test/bench.

func BenchmarkHandlerRS256(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	benchmarkHandler(b, "RS256", key, err)
}

func BenchmarkHandlerES256(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	benchmarkHandler(b, "ES256", key, err)
}

func BenchmarkHandlerEdDSA(b *testing.B) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	benchmarkHandler(b, "EdDSA", key, err)
}

// BenchmarkHandlerSeenBefore sends one cached token on all cores at once: run it with -cpu 1,2.
func BenchmarkHandlerSeenBefore(b *testing.B) {
	for name, change := range seenBefore(b) {
		b.Run(name, func(b *testing.B) {
			handler, r := hotToken(b, change)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				r, w := r.Clone(context.Background()), &discard{}
				for pb.Next() {
					handler.ServeHTTP(w, r)
				}
			})
		})
	}
}

// discard is a ResponseWriter that drops the response, so that a benchmark measures the middleware only.
type discard struct{ status int }

func (d *discard) Header() http.Header         { return http.Header{} }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// benchmarkHandler verifies tokens of 20 claims without the cache. The key is in memory.
func benchmarkHandler(b *testing.B, alg string, key crypto.Signer, err error) {
	require.NoError(b, err)
	p := oidctest.New(b)
	jwk, err := jose.MarshalJWK("2026-key-1", alg, key.Public())
	require.NoError(b, err)
	set, err := json.Marshal(map[string]any{"keys": []json.RawMessage{jwk}})
	require.NoError(b, err)
	p.Fail(oidctest.JWKS, oidctest.Fault{Body: string(set)})
	auth := serviceOf(b, p, withConfig(func(c *oidcauth.Config) { c.Cache.Disabled = true })).auth
	pool := make([]*http.Request, 128)
	for i := range pool {
		pool[i] = withHeaders("Bearer " + p.Forge(oidctest.Forgery{
			Algorithm: alg, Key: key, Header: map[string]any{"kid": "2026-key-1"}, Claims: twentyClaims(i),
		}))
	}
	h := auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	w := &discard{}
	h.ServeHTTP(w, pool[0]) // fetches the keys
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.ServeHTTP(w, pool[i%len(pool)])
		if w.status != http.StatusNoContent {
			b.Fatalf("refused with %d", w.status)
		}
	}
}

// twentyClaims returns 17 claims; the provider adds iss, iat and exp.
func twentyClaims(serial int) oidctest.Claims {
	return oidctest.Claims{
		"sub": "0f8e6c1a-90d1-4d0b-8a55-0123456789ab", "aud": audience, "nbf": 1700000000, "jti": serial,
		"azp": "0oa1gjh63g214q0Hq0g4", "scope": "orders.read orders.write", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
		"oid": "9a1c2f3e-5b7d-4e1f-8c3a-0123456789ab", "name": "Alice Liddell", "email": "alice@example.com",
		"email_verified": true, "preferred_username": "alice@example.com", "given_name": "Alice", "family_name": "Liddell",
		"locale": "en-GB", "ver": "2.0", "roles": []string{"orders.reader", "orders.writer"},
	}
}
