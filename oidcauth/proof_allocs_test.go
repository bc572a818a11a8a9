//go:build !race

package oidcauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// A proof costs the verification of its signature with a key that must be parsed, and at most 30 allocations. The token itself is
// cached in both services, and its user is looked up.
func TestAllocationsOfAProof(t *testing.T) {
	s, token := bound(t, withConfig(func(c *oidcauth.Config) { c.Users, c.DPoP.ProofsPerKey = anyUser, 1<<20 }))
	bare := serviceOf(t, s.Provider, withConfig(func(c *oidcauth.Config) {
		c.Users, c.Issuers[0].InsecureIgnoreConfirmation = anyUser, true
	}))
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	const runs = 200
	var requests []*http.Request
	for range runs + 2 {
		requests = append(requests, proven(s, token, "/orders", nil))
	}
	h, w := s.auth.Handler(ok), &discard{}
	with := testing.AllocsPerRun(runs, func() {
		h.ServeHTTP(w, requests[0])
		requests = requests[1:]
	})
	plain := bare.auth.Handler(ok)
	r := withHeaders("Bearer " + token)
	without := testing.AllocsPerRun(runs, func() { plain.ServeHTTP(w, r) })
	key := holderKey().key.(*ecdsa.PrivateKey)
	digest := make([]byte, 32)
	x, y, err := ecdsa.Sign(rand.Reader, key, digest)
	require.NoError(t, err)
	point, err := key.PublicKey.Bytes()
	require.NoError(t, err)
	verification := testing.AllocsPerRun(runs, func() {
		pub, _ := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		ecdsa.Verify(pub, digest, x, y)
	})
	t.Logf("%v allocations with a proof, %v without, %v for a verification", with, without, verification)
	require.LessOrEqual(t, with-without-verification, 30.0)
}
