package certsource

import (
	"crypto/x509"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
)

func usable(k Key) bool {
	for _, alg := range []string{"RS256", "ES256", "ES384", "ES512", "EdDSA"} {
		if jose.Fits(alg, k.Public) {
			return true
		}
	}
	return false
}

// matcher selects certificates by subject or thumbprint; both, where both are set.
type matcher struct {
	subject    name
	thumbprint thumbprint.Thumbprint
}

func newMatcher(subject, print string) (matcher, error) {
	var m matcher
	var err error
	if subject != "" {
		if m.subject, err = parseName(subject); err != nil {
			return m, err
		}
	}
	if print != "" {
		if m.thumbprint, err = thumbprint.Parse(print); err != nil {
			return m, fmt.Errorf("certsource: Thumbprint: %w", err)
		}
	}
	return m, nil
}

func (m matcher) isZero() bool { return m.subject == nil && m.thumbprint == "" }

func (m matcher) matches(c *x509.Certificate) bool {
	return c != nil && (m.thumbprint == "" || m.thumbprint.Matches(c)) &&
		(m.subject == nil || m.subject.equal(nameOf(c.Subject)))
}

// choose returns the keys whose certificate matches.
func choose(keys []Key, m matcher) []Key {
	var out []Key
	for _, k := range keys {
		if m.matches(k.Certificate) {
			out = append(out, k)
		}
	}
	return out
}
