package certsource

import (
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition; it selects, it proves nothing
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// maxCandidates bounds how many keys are tried for a token that does not say which.
const maxCandidates = 4

// entry is a key with the thumbprints of its certificate.
type entry struct {
	Key
	x5t, x5tS256 string // base64url
}

func newEntry(k Key) entry {
	e := entry{Key: k}
	if k.Certificate != nil {
		s1, s256 := sha1.Sum(k.Certificate.Raw), sha256.Sum256(k.Certificate.Raw)
		e.x5t, e.x5tS256 = base64.RawURLEncoding.EncodeToString(s1[:]), base64.RawURLEncoding.EncodeToString(s256[:])
	}
	return e
}

// named tells whether a key id is one of the certificate's thumbprints, in hex or base64url.
func (e entry) named(kid string) bool {
	for _, t := range []string{e.x5t, e.x5tS256} {
		raw, _ := base64.RawURLEncoding.DecodeString(t)
		if t != "" && (kid == t || strings.EqualFold(kid, hex.EncodeToString(raw))) {
			return true
		}
	}
	return false
}

// keyring is an immutable set of keys. In a strict one the kid of token and key must be equal; in the others, of
// certificates and bare keys, a kid selects only if it is a thumbprint.
type keyring struct {
	name    string
	strict  bool
	entries []entry
	notes   string
}

// find returns the keys that fit, at most four.
func (k *keyring) find(q Query, now time.Time) ([]Key, error) {
	var exact, loose []Key
	note := k.notes
	for _, e := range k.entries {
		if c := e.Certificate; c != nil && !k.strict && (now.Before(c.NotBefore) || now.After(c.NotAfter)) {
			note = "a certificate is outside its validity period"
			continue
		}
		if !e.fits(q) {
			continue
		}
		switch {
		case q.KeyID != "" && (k.strict && e.ID == q.KeyID || !k.strict && e.named(q.KeyID)):
			exact = append(exact, e.Key)
		case q.KeyID == "" || !k.strict:
			loose = append(loose, e.Key)
		}
	}
	if len(exact) == 0 {
		exact = loose
	}
	if len(exact) == 0 {
		return nil, &NoKeyError{Reports: []Report{{Source: k.name, Held: k.held(), Note: note}}}
	}
	return exact[:min(len(exact), maxCandidates)], nil
}

func (e entry) fits(q Query) bool {
	return jose.Fits(q.Algorithm, e.Public) && (e.Algorithm == "" || e.Algorithm == q.Algorithm) &&
		(q.X5T == "" || e.x5t == "" || q.X5T == e.x5t) && (q.X5TS256 == "" || e.x5tS256 == "" || q.X5TS256 == e.x5tS256)
}

func (k *keyring) held() []string {
	out := make([]string, 0, len(k.entries))
	for _, e := range k.entries {
		switch {
		case e.ID != "":
			out = append(out, e.ID)
		case e.x5t != "":
			out = append(out, e.x5t)
		default:
			out = append(out, "a key without id")
		}
	}
	return out
}

// static is a source that never changes.
type static struct {
	ring *keyring
	now  func() time.Time
}

func (s static) Keys(q Query) ([]Key, error) { return s.ring.find(q, s.now()) }
