package certsource

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

// maxRecent bounds the map. When it is full, all of it is dropped; the budget of the fetches still bounds their
// number.
const maxRecent = 1024

// hash identifies the purpose of a fetch. A kid itself may be as long as a token, so it is not kept.
type hash = [sha256.Size]byte

// recent keeps for an interval the purposes of fetches that did not help.
type recent struct {
	interval time.Duration
	now      func() time.Time

	mu sync.Mutex
	at map[hash]time.Time
}

// has reports whether h was added within the interval. It is false if the clock was set back before that time.
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

// hashOfKeys depends on the keys only, not on the token, so that a forger cannot make new hashes by inventing kids.
func hashOfKeys(keys []Key) hash {
	h := sha256.New()
	for _, k := range keys {
		der, _ := x509.MarshalPKIXPublicKey(k.Public)
		sum := sha256.Sum256(der)
		h.Write(sum[:])
	}
	return hash(h.Sum(nil))
}
