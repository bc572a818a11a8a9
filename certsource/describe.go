package certsource

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"slices"
	"time"
)

// hashBytes is the length of the hash in a report, which tells sets apart and proves nothing.
const hashBytes = 8

// identify returns the hash of the key, of what selects it, and of its certificate.
func (e *heldKey) identify() hash {
	h := sha256.New()
	der, _ := x509.MarshalPKIXPublicKey(e.Public) // Every usable key can be marshalled.
	if e.Certificate != nil {
		der = e.Certificate.Raw
	}
	for _, part := range [][]byte{[]byte(e.ID), []byte(e.Algorithm), []byte(e.signsFor), der} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	return hash(h.Sum(nil))
}

// identify returns the hash of all keys, in which their order does not count.
func (k *keyring) identify() string {
	if len(k.keys) == 0 {
		return ""
	}
	ids := make([]hash, len(k.keys))
	for i := range k.keys {
		ids[i] = k.keys[i].id
	}
	slices.SortFunc(ids, func(a, b hash) int { return bytes.Compare(a[:], b[:]) })
	h := sha256.New()
	for _, id := range ids {
		h.Write(id[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:hashBytes])
}

// date sets since of each key: that of the same key in the ring before, or now. Call it before the ring is shared.
func (k *keyring) date(before *keyring, now time.Time) {
	known := map[hash]time.Time{}
	if before != nil {
		for i := range before.keys {
			known[before.keys[i].id] = before.keys[i].since
		}
	}
	for i := range k.keys {
		e := &k.keys[i]
		if since, found := known[e.id]; found {
			e.since = since
		} else {
			e.since = now
		}
	}
}

// describe returns the keys for a report.
func (k *keyring) describe(now time.Time) []HeldKey {
	out := make([]HeldKey, len(k.keys))
	for i := range k.keys {
		e := &k.keys[i]
		out[i] = HeldKey{Type: keyType(e.Public), Algorithms: e.usableAlgorithms(), Valid: k.strict || e.valid(now), Since: e.since}
		if e.Certificate != nil {
			out[i].Until = e.Certificate.NotAfter
		}
	}
	return out
}

func (e *heldKey) usableAlgorithms() []string {
	if e.Algorithm != "" {
		return []string{e.Algorithm}
	}
	return slices.Clone(e.algorithms)
}

func keyType(public any) string {
	switch public.(type) {
	case *rsa.PublicKey:
		return "RSA"
	case *ecdsa.PublicKey:
		return "EC"
	}
	return "OKP"
}
