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

// ending is the time before the end of a certificate from which on reports warn of it.
const ending = 30 * 24 * time.Hour

// heldKey is a key with the values that are compared with tokens, computed once.
type heldKey struct {
	Key
	// algorithms lists those that fit the key. They are computed once because jose.Fits allocates for EC keys.
	algorithms []string
	// x5t and x5tS256 are the thumbprints of the certificate, or those that a key set states, in base64url.
	x5t, x5tS256 string
	// own is the thumbprint of the key itself. It is empty in a key set.
	own string
	// id is a hash of the key, its kid and its certificate.
	id hash
	// since is the time at which the key was first found. It is zero if its source never changes.
	since time.Time
	// signsFor is the issuer that a key set states for the key; it may contain {tenantid}. It is empty if none is
	// stated.
	signsFor string
}

func newHeldKey(k Key) heldKey {
	e := heldKey{Key: k}
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

// names returns the kids that mean this very key: its own thumbprint and those of its certificate, in base64url and
// in lower-case hexadecimal.
func (e heldKey) names() []string {
	out := jose.KeyThumbprints(e.Public)
	for _, t := range []string{e.x5t, e.x5tS256} {
		if raw, _ := base64.RawURLEncoding.DecodeString(t); len(raw) > 0 {
			out = append(out, t, hex.EncodeToString(raw))
		}
	}
	return out
}

func (e heldKey) fits(q Query) bool {
	return slices.Contains(e.algorithms, q.Algorithm) && (e.Algorithm == "" || jose.SameAlgorithm(e.Algorithm, q.Algorithm)) &&
		(e.signsFor == "" || discovery.ForTenant(e.signsFor, q.Tenant) == q.Issuer)
}

func (e *heldKey) sameKey(k Key) bool { return jose.SameKey(e.Public, k.Public) }

// thumbprintsFit is for a key that the token's kid does not name. It ignores a thumbprint of unusual length, because
// some products encode the hexadecimal form.
func (e heldKey) thumbprintsFit(q Query) bool {
	differ := func(asked, own string) bool { return own != "" && len(asked) == len(own) && asked != own }
	return !differ(q.X5T, e.x5t) && !differ(q.X5TS256, e.x5tS256)
}

// hasThumbprintOf reports whether the token's x5t or x5t#S256 is that of the key's certificate.
func (e heldKey) hasThumbprintOf(q Query) bool {
	return q.X5T != "" && q.X5T == e.x5t || q.X5TS256 != "" && q.X5TS256 == e.x5tS256
}

// valid reports whether the certificate is within its validity period. A key without certificate is always valid.
func (e heldKey) valid(now time.Time) bool {
	c := e.Certificate
	return c == nil || !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// label returns the name of the key in a report.
func (e heldKey) label() string {
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

// remark returns what the operator should know about the certificate's validity, or an empty string.
func (e heldKey) remark(now time.Time) string {
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
