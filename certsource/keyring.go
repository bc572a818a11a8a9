package certsource

import (
	"fmt"
	"time"
)

// maxCandidates bounds how many keys are tried for a token that does not say which.
const maxCandidates = 4

// keyring is an immutable set of keys. In a strict one the kid of token and key must be equal; in the others, of
// certificates and bare keys, a kid selects only if it is a thumbprint.
type keyring struct {
	name    string
	strict  bool
	entries []entry
	notes   []string
	byKid   map[string][]*entry // of a strict one
}

// maxKeys bounds the certificates and bare keys of a source, all of which are looked at for a token.
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
	return ring
}

// find returns the keys that fit, at most four. The certificate of a key set only names its key: the set says what is
// valid, so its certificates may be out of date.
func (k *keyring) find(q Query, now time.Time) ([]Key, error) {
	if k.strict && q.KeyID != "" {
		return k.ofKid(q, now)
	}
	var exact, loose []Key
	for i := range k.entries {
		e := &k.entries[i]
		if !k.strict && !e.valid(now) || !e.fits(q) {
			continue
		}
		switch {
		case q.KeyID != "" && e.named(q.KeyID):
			exact = append(exact, k.sourced(e))
		case e.thumbprintsFit(q):
			loose = append(loose, k.sourced(e))
		}
	}
	if len(exact) == 0 {
		exact = loose
	}
	if len(exact) == 0 {
		return nil, &NoKeyError{Reports: []Report{k.report(now)}}
	}
	return exact[:min(len(exact), maxCandidates)], nil
}

// ofKid returns the keys of a strict keyring that a token names.
func (k *keyring) ofKid(q Query, now time.Time) ([]Key, error) {
	var out []Key
	for _, e := range k.byKid[q.KeyID] {
		if e.fits(q) {
			out = append(out, k.sourced(e))
		}
	}
	if len(out) == 0 {
		return nil, &NoKeyError{Reports: []Report{k.report(now)}}
	}
	return out[:min(len(out), maxCandidates)], nil
}

// index has keys found by their kid without a look at the others.
func (k *keyring) index() {
	k.byKid = make(map[string][]*entry, len(k.entries))
	for i := range k.entries {
		e := &k.entries[i]
		k.byKid[e.ID] = append(k.byKid[e.ID], e)
	}
}

func (k *keyring) sourced(e *entry) Key {
	key := e.Key
	key.Source = k.name
	return key
}

func (k *keyring) report(now time.Time) Report {
	r := Report{Source: k.name, Held: make([]string, 0, len(k.entries))}
	r.Notes = append(r.Notes, k.notes...)
	for _, e := range k.entries {
		r.Held = append(r.Held, e.label())
		if remark := e.remark(now); remark != "" && !k.strict {
			r.Notes = append(r.Notes, remark)
		}
	}
	return r
}

// static is a source that never changes.
type static struct {
	ring *keyring
	now  func() time.Time
}

func (s static) Keys(q Query) ([]Key, error) { return s.ring.find(q, s.now()) }

// Report tells what is held.
func (s static) Report() []Report { return []Report{s.ring.report(s.now())} }
