package oidcauth_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// BenchmarkProof compares a request with a cached bound token and a new DPoP proof with the same request without a proof, and with
// the verification of one signature.
func BenchmarkProof(b *testing.B) {
	s, token := bound(b, withConfig(func(c *oidcauth.Config) { c.Users, c.DPoP.ProofsPerKey = anyUser, 1<<20 }))
	bare := serviceOf(b, s.Provider, withConfig(func(c *oidcauth.Config) {
		c.Users, c.Issuers[0].InsecureIgnoreConfirmation = anyUser, true
	}))
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	w := &discard{}
	b.Run("with", func(b *testing.B) {
		requests := make([]*http.Request, b.N)
		for i := range requests {
			requests[i] = proven(s, token, "/orders", nil)
		}
		h := s.auth.Handler(ok)
		b.ReportAllocs()
		b.ResetTimer()
		for _, r := range requests {
			h.ServeHTTP(w, r)
		}
	})
	b.Run("without", func(b *testing.B) {
		h, r := bare.auth.Handler(ok), withHeaders("Bearer "+token)
		b.ReportAllocs()
		for b.Loop() {
			h.ServeHTTP(w, r)
		}
	})
	b.Run("verification", func(b *testing.B) {
		key := holderKey().key.(*ecdsa.PrivateKey)
		digest := make([]byte, 32)
		signature, err := ecdsa.SignASN1(rand.Reader, key, digest)
		require.NoError(b, err)
		for b.Loop() {
			ecdsa.VerifyASN1(&key.PublicKey, digest, signature)
		}
	})
}
