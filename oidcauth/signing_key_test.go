package oidcauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"sync"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// signingKey signs with package crypto alone, independently of the code that verifies.
type signingKey struct {
	alg    string
	public crypto.PublicKey
	sign   func(input string) []byte
}

func digest(h crypto.Hash, input string) []byte {
	d := h.New()
	d.Write([]byte(input))
	return d.Sum(nil)
}

func newEC(alg string, c elliptic.Curve, h crypto.Hash) *signingKey {
	key := must(ecdsa.GenerateKey(c, rand.Reader))
	return ecKey(alg, key, h)
}

func ecKey(alg string, key *ecdsa.PrivateKey, h crypto.Hash) *signingKey {
	size := (key.Params().BitSize + 7) / 8
	return &signingKey{alg, key.Public(), func(input string) []byte {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest(h, input))
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}}
}

func rsaKey(alg string, key *rsa.PrivateKey, h crypto.Hash) *signingKey {
	return &signingKey{alg, key.Public(), func(input string) []byte {
		return must(rsa.SignPKCS1v15(nil, key, h, digest(h, input)))
	}}
}

func pssKey(alg string, key *rsa.PrivateKey, h crypto.Hash, salt int) *signingKey {
	return &signingKey{alg, key.Public(), func(input string) []byte {
		return must(rsa.SignPSS(rand.Reader, key, h, digest(h, input), &rsa.PSSOptions{SaltLength: salt}))
	}}
}

func hmacKey(secret []byte) *signingKey {
	return &signingKey{"HS256", nil, func(input string) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}}
}

func unsigned(alg string) *signingKey {
	return &signingKey{alg, nil, func(string) []byte { return nil }}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// The keys are shared: making RSA keys is slow.
var (
	es256    = sync.OnceValue(func() *signingKey { return newEC("ES256", elliptic.P256(), crypto.SHA256) })
	attacker = sync.OnceValue(func() *signingKey { return newEC("ES256", elliptic.P256(), crypto.SHA256) })
	es384    = sync.OnceValue(func() *signingKey { return newEC("ES384", elliptic.P384(), crypto.SHA384) })
	es512    = sync.OnceValue(func() *signingKey { return newEC("ES512", elliptic.P521(), crypto.SHA512) })
	rsa2048  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	rsa1024  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 1024)) })
	edDSA    = sync.OnceValue(func() *signingKey {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return &signingKey{"EdDSA", public, func(input string) []byte { return ed25519.Sign(private, []byte(input)) }}
	})
)

func jwkOf(kid, alg string, public crypto.PublicKey) string {
	return string(must(jose.MarshalJWK(kid, alg, public)))
}
