package certsource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// maxCandidates bounds how many keys are tried for a token that does not name its key.
const maxCandidates = 4

// keyring is an immutable set of keys. In a strict ring, that of a key set, the token's kid must equal the key's. In
// the other rings, of certificates and bare keys, a kid selects a key only if it is a thumbprint of it.
type keyring struct {
	name   string
	strict bool
	keys   []heldKey
	labels []string // The label of each key.
	notes  []string
	hash   string                // It is empty if there is no key.
	local  bool                  // The source is a text or a folder.
	odd    []string              // The kids of keys that cannot be used.
	named  map[string][]*heldKey // The keys by kid. In a ring that is not strict, each kid that can mean a key leads to it.
}

// maxKeys bounds the certificates and bare keys of one source.
const maxKeys = 100

// newKeyring makes a ring that is not strict, of the first keys up to the bound.
func newKeyring(name string, keys []Key, issuer string) *keyring {
	ring := &keyring{name: name}
	if more := len(keys) - maxKeys; more > 0 {
		ring.notes = append(ring.notes, fmt.Sprintf("%d keys beyond the first %d are not used", more, maxKeys))
		keys = keys[:maxKeys]
	}
	for _, k := range keys {
		k.Issuer = issuer
		ring.keys = append(ring.keys, newHeldKey(k))
	}
	ring.index()
	return ring
}

// index fills named, so that find need not look at every key.
func (k *keyring) index() {
	k.named = make(map[string][]*heldKey, len(k.keys))
	for i := range k.keys {
		e := &k.keys[i]
		k.labels = append(k.labels, e.label())
		e.id = e.identify()
		names := []string{e.ID}
		if !k.strict {
			if names = e.names(); len(names) > 0 {
				e.own = names[0]
			}
		}
		for _, n := range names {
			k.named[n] = append(k.named[n], e)
		}
	}
	k.hash = k.identify()
}

// find returns the keys that fit, at most four. exact reports that the token names one of them.
func (k *keyring) find(q Query, now time.Time) (out []Key, exact bool) {
	if out = k.ofKid(q, now); len(out) > 0 || k.strict && q.KeyID != "" {
		return out, len(out) > 0
	}
	for i := range k.keys {
		e := &k.keys[i]
		if !k.serves(e, q, now) || !e.thumbprintsFit(q) || slices.ContainsFunc(out, e.sameKey) {
			continue
		}
		exact = exact || e.hasThumbprintOf(q)
		if out = append(out, k.sourced(e)); len(out) == maxCandidates {
			break
		}
	}
	return out, exact
}

// ofKid returns the keys that the token's kid names.
func (k *keyring) ofKid(q Query, now time.Time) []Key {
	if q.KeyID == "" {
		return nil
	}
	keys := k.named[q.KeyID]
	if len(keys) == 0 && !k.strict {
		keys = k.named[strings.ToLower(q.KeyID)] // The kid may be a thumbprint in upper-case hexadecimal.
	}
	var out []Key
	for _, e := range keys {
		if k.serves(e, q, now) {
			if out = append(out, k.sourced(e)); len(out) == maxCandidates {
				break
			}
		}
	}
	return out
}

// serves reports whether the key may be used now. In a key set it ignores the dates of the certificate: the set
// itself says which keys are valid.
func (k *keyring) serves(e *heldKey, q Query, now time.Time) bool {
	return e.fits(q) && (k.strict || e.valid(now))
}

func (k *keyring) sourced(e *heldKey) Key {
	key := e.Key
	key.Source = k.name
	return key
}

func (k *keyring) report(now time.Time) Report {
	r := Report{
		Source: k.name, Origin: k.name, Held: slices.Clone(k.labels), Hash: k.hash, Notes: slices.Clone(k.notes), Unusable: slices.Clone(k.odd), Local: k.local,
	}
	if k.strict {
		return r
	}
	for i := range k.keys {
		if remark := k.keys[i].remark(now); remark != "" {
			r.Notes = append(r.Notes, remark)
		}
	}
	if note := k.crowd(now); note != "" {
		r.Notes = append(r.Notes, note)
	}
	return r
}

// crowd warns of keys that are never tried for a token that names no key by thumbprint.
func (k *keyring) crowd(now time.Time) string {
	if len(k.keys) <= maxCandidates {
		return ""
	}
	for _, alg := range jose.Algorithms() {
		keys := map[string]bool{}
		for i := range k.keys {
			if e := &k.keys[i]; k.serves(e, Query{Algorithm: alg}, now) {
				keys[e.own] = true
			}
		}
		if n := len(keys); n > maxCandidates {
			return fmt.Sprintf("%d keys fit %s, but a token is tried with the first %d only, unless its kid or x5t is the thumbprint of a key", n, alg, maxCandidates)
		}
	}
	return ""
}

func (k *keyring) noKey(now time.Time) error {
	return &noKeyError{reports: []Report{k.report(now)}}
}

// static is a source whose keys never change.
type static struct {
	ring *keyring
	now  func() time.Time
}

func (s static) Keys(q Query) ([]Key, error) {
	if keys, _ := s.find(q); len(keys) > 0 {
		return keys, nil
	}
	return nil, s.ring.noKey(s.now())
}

func (s static) find(q Query) (keys []Key, exact bool) { return s.ring.find(q, s.now()) }

// Report describes the keys that the source holds.
func (s static) Report() []Report {
	r := s.ring.report(s.now())
	r.Keys = s.ring.describe(s.now())
	return []Report{r}
}
