package certsource

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// maxCandidates bounds how many keys are tried for a token that does not say which.
const maxCandidates = 4

// keyring is an immutable set of keys. In a strict one the kid of token and key must be equal; in the others, of
// certificates and bare keys, a kid selects only if it is a thumbprint.
type keyring struct {
	name    string
	strict  bool
	entries []entry
	labels  []string // of the entries
	notes   []string
	named   map[string][]*entry // by kid; of a ring that is not strict, by each kid that can mean the key
}

// maxKeys bounds the certificates and bare keys of a source.
const maxKeys = 100

// newKeyring takes the first keys, as many as the bound allows.
func newKeyring(name string, keys []Key, issuer string) *keyring {
	ring := &keyring{name: name}
	if more := len(keys) - maxKeys; more > 0 {
		ring.notes = append(ring.notes, fmt.Sprintf("%d keys beyond the first %d are not used", more, maxKeys))
		keys = keys[:maxKeys]
	}
	for _, k := range keys {
		k.Issuer = issuer
		ring.entries = append(ring.entries, newEntry(k))
	}
	ring.index()
	return ring
}

// index has keys found by their kid without a look at the others.
func (k *keyring) index() {
	k.named = make(map[string][]*entry, len(k.entries))
	for i := range k.entries {
		e := &k.entries[i]
		k.labels = append(k.labels, e.label())
		names := []string{e.ID}
		if !k.strict {
			if names = e.names(); len(names) > 0 {
				e.self = names[0]
			}
		}
		for _, n := range names {
			k.named[n] = append(k.named[n], e)
		}
	}
}

// find returns the keys that fit, at most four. exact: the token names one of them.
func (k *keyring) find(q Query, now time.Time) (out []Key, exact bool) {
	if out = k.ofKid(q, now); len(out) > 0 || k.strict && q.KeyID != "" {
		return out, len(out) > 0
	}
	for i := range k.entries {
		e := &k.entries[i]
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

// ofKid returns the keys that the token's kid means.
func (k *keyring) ofKid(q Query, now time.Time) []Key {
	if q.KeyID == "" {
		return nil
	}
	entries := k.named[q.KeyID]
	if len(entries) == 0 && !k.strict {
		entries = k.named[strings.ToLower(q.KeyID)] // hexadecimal
	}
	var out []Key
	for _, e := range entries {
		if k.serves(e, q, now) {
			if out = append(out, k.sourced(e)); len(out) == maxCandidates {
				break
			}
		}
	}
	return out
}

// serves does not look at the dates of the certificate in a key set, which only names its key: the set says what is valid.
func (k *keyring) serves(e *entry, q Query, now time.Time) bool {
	return e.fits(q) && (k.strict || e.valid(now))
}

func (k *keyring) sourced(e *entry) Key {
	key := e.Key
	key.Source = k.name
	return key
}

func (k *keyring) report(now time.Time) Report {
	r := Report{Source: k.name, Held: slices.Clone(k.labels), Notes: slices.Clone(k.notes)}
	if k.strict {
		return r
	}
	for i := range k.entries {
		if remark := k.entries[i].remark(now); remark != "" {
			r.Notes = append(r.Notes, remark)
		}
	}
	if note := k.crowd(now); note != "" {
		r.Notes = append(r.Notes, note)
	}
	return r
}

// crowd tells of keys that are never tried for a token which does not name them by a thumbprint.
func (k *keyring) crowd(now time.Time) string {
	if len(k.entries) <= maxCandidates {
		return ""
	}
	for _, alg := range jose.Algorithms() {
		keys := map[string]bool{}
		for i := range k.entries {
			if e := &k.entries[i]; k.serves(e, Query{Algorithm: alg}, now) {
				keys[e.self] = true
			}
		}
		if n := len(keys); n > maxCandidates {
			return fmt.Sprintf("%d keys fit %s, and a token is tried with the first %d of them only, unless its kid or x5t is the thumbprint of one", n, alg, maxCandidates)
		}
	}
	return ""
}

func (k *keyring) noKey(now time.Time) error {
	return &NoKeyError{Reports: []Report{k.report(now)}}
}

// static is a source that never changes.
type static struct {
	ring *keyring
	now  func() time.Time
}

func (s static) Keys(q Query) ([]Key, error) {
	if keys, _ := s.answer(q); len(keys) > 0 {
		return keys, nil
	}
	return nil, s.ring.noKey(s.now())
}

func (s static) answer(q Query) (keys []Key, exact bool) { return s.ring.find(q, s.now()) }

// Report tells what is held.
func (s static) Report() []Report { return []Report{s.ring.report(s.now())} }
