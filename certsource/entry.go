package certsource

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
)

// ending is how long before its end a certificate is worth a warning.
const ending = 30 * 24 * time.Hour

// entry is a key with the thumbprints of its certificate.
type entry struct {
	Key
	algorithms   []string // that fit the key, found out once: for each EC key of the set it costs 8 allocations
	x5t, x5tS256 string   // base64url
	self         string   // thumbprint of the key; empty in a key set
	signsFor     string   // whom the key set says the key signs for, perhaps with {tenantid}; empty: it does not say
}

func newEntry(k Key) entry {
	e := entry{Key: k}
	for _, alg := range jose.Algorithms() {
		if jose.Fits(alg, k.Public) {
			e.algorithms = append(e.algorithms, alg)
		}
	}
	if k.Certificate != nil {
		e.x5t, e.x5tS256 = thumbprint.X5T(k.Certificate)
	}
	return e
}

// names are the kids that can mean this key and no other: the thumbprints of its certificate, in base64url and in lower-case
// hexadecimal, and those of the key itself.
func (e entry) names() []string {
	out := jose.KeyThumbprints(e.Public)
	for _, t := range []string{e.x5t, e.x5tS256} {
		if raw, _ := base64.RawURLEncoding.DecodeString(t); len(raw) > 0 {
			out = append(out, t, hex.EncodeToString(raw))
		}
	}
	return out
}

func (e entry) fits(q Query) bool {
	return slices.Contains(e.algorithms, q.Algorithm) && (e.Algorithm == "" || jose.SameAlgorithm(e.Algorithm, q.Algorithm)) &&
		(e.signsFor == "" || discovery.ForTenant(e.signsFor, q.Tenant) == q.Issuer)
}

func (e *entry) sameKey(k Key) bool { return jose.SameKey(e.Public, k.Public) }

// thumbprintsFit is for a key that no kid names. A thumbprint of another length than the hash's says nothing: some
// products encode its hex form.
func (e entry) thumbprintsFit(q Query) bool {
	differ := func(asked, own string) bool { return own != "" && len(asked) == len(own) && asked != own }
	return !differ(q.X5T, e.x5t) && !differ(q.X5TS256, e.x5tS256)
}

// hasThumbprintOf tells whether the token's x5t or x5t#S256 is that of the certificate.
func (e entry) hasThumbprintOf(q Query) bool {
	return q.X5T != "" && q.X5T == e.x5t || q.X5TS256 != "" && q.X5TS256 == e.x5tS256
}

// valid tells whether the certificate, if there is one, may be used now.
func (e entry) valid(now time.Time) bool {
	c := e.Certificate
	return c == nil || !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// label is how a report names the key.
func (e entry) label() string {
	switch {
	case e.ID != "":
		return e.ID
	case e.x5tS256 != "":
		return e.x5tS256
	case e.x5t != "":
		return e.x5t
	}
	return "a key without id"
}

// remark is what an operator should know of the key's certificate; empty: nothing.
func (e entry) remark(now time.Time) string {
	c := e.Certificate
	switch {
	case c == nil:
		return ""
	case !e.valid(now):
		return fmt.Sprintf("certificate %s is valid from %s to %s only", e.label(), date(c.NotBefore), date(c.NotAfter))
	case now.After(c.NotAfter.Add(-ending)):
		return fmt.Sprintf("certificate %s ends on %s", e.label(), date(c.NotAfter))
	}
	return ""
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
