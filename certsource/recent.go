package certsource

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

// maxRecent bounds what is remembered; beyond it everything is forgotten, and the budget of the fetches is the bound.
const maxRecent = 1024

// hash stands for what a fetch was for: an attacker may make a kid as long as a token.
type hash = [sha256.Size]byte

// recent remembers for an interval what a fetch was for and did not find.
type recent struct {
	interval time.Duration
	now      func() time.Time

	mu sync.Mutex
	at map[hash]time.Time
}

// has is false for what was added at a time to come: the clock was set back.
func (r *recent) has(h hash) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, found := r.at[h]
	if !found {
		return false
	}
	age := r.now().Sub(at)
	return age >= 0 && age < r.interval
}

func (r *recent) add(h hash) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil || len(r.at) >= maxRecent {
		r.at = map[hash]time.Time{}
	}
	r.at[h] = r.now()
}

func hashOfKid(kid string) hash { return sha256.Sum256([]byte(kid)) }

// hashOfKeys does not depend on what the token says: one key that is held is one hash, whatever kid a forger invents.
func hashOfKeys(keys []Key) hash {
	h := sha256.New()
	for _, k := range keys {
		der, _ := x509.MarshalPKIXPublicKey(k.Public)
		sum := sha256.Sum256(der)
		h.Write(sum[:])
	}
	return hash(h.Sum(nil))
}
