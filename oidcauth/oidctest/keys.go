package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"sync"
)

// free contains the RSA keys of the providers that were closed. Making such a key takes longer than most tests, so a provider takes one
// from here if it can. Two providers that run at the same time never have the same key.
var free struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
}

func newKey(alg string) (crypto.Signer, error) {
	switch alg {
	case "RS256", "PS256":
		return newRSAKey()
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return nil, fmt.Errorf("oidctest: cannot make a key for the algorithm %q", alg)
}

func newRSAKey() (crypto.Signer, error) {
	free.mu.Lock()
	if last := len(free.keys) - 1; last >= 0 {
		key := free.keys[last]
		free.keys = free.keys[:last]
		free.mu.Unlock()
		return key, nil
	}
	free.mu.Unlock()
	return rsa.GenerateKey(rand.Reader, 2048)
}

// giveBack lets later providers use the keys of a provider that is closed.
func giveBack(keys []signingKey) {
	free.mu.Lock()
	defer free.mu.Unlock()
	for _, k := range keys {
		if key, ok := k.private.(*rsa.PrivateKey); ok {
			free.keys = append(free.keys, key)
		}
	}
}
