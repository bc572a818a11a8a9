package oidctest

import (
	"crypto"
	"fmt"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// maxTried is the number of keys that package oidcauth tries for one token.
const maxTried = 4

// keys asks for keys and checks the answer.
func (t *sourceTest) keys(q certsource.Query) []certsource.Key {
	keys, err := t.source.Keys(q)
	switch {
	case err != nil && len(keys) > 0:
		t.add("both keys and an error for %s: %w", brief(q), err)
	case err == nil && len(keys) == 0:
		t.add("neither keys nor an error for %s", brief(q))
	case len(keys) > maxTried:
		t.add("%d keys for %s, want at most %d", len(keys), brief(q), maxTried)
	}
	for _, k := range keys {
		t.key(q, k)
	}
	return keys
}

func (t *sourceTest) key(q certsource.Query, k certsource.Key) {
	if _, private := k.Public.(crypto.Signer); private {
		t.add("a private key for %s", brief(q))
		return
	}
	if !jose.Fits(q.Algorithm, k.Public) || k.Algorithm != "" && !jose.SameAlgorithm(k.Algorithm, q.Algorithm) {
		t.add("a key of type %T and algorithm %q for %s", k.Public, k.Algorithm, brief(q))
	}
	if k.ID != "" && q.KeyID != "" && k.ID != q.KeyID {
		t.add("key %q for %s", k.ID, brief(q))
	}
	if k.Issuer != "" && q.Issuer == t.good.Issuer && k.Issuer != q.Issuer {
		t.add("a key of issuer %q for %s", k.Issuer, brief(q))
	}
	if k.Certificate != nil && !jose.SameKey(k.Public, k.Certificate.PublicKey) {
		t.add("the certificate belongs to another key, for %s", brief(q))
	}
}

func brief(q certsource.Query) string {
	return fmt.Sprintf("{issuer %q, kid %q, x5t %q, x5t#S256 %q, alg %q}", q.Issuer, clip(q.KeyID), clip(q.X5T), clip(q.X5TS256), q.Algorithm)
}
