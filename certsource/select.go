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

// selector selects certificates by subject and thumbprint. An empty one selects every certificate, but never a bare key.
type selector struct {
	subject    dn
	thumbprint thumbprint.Thumbprint
}

func newSelector(subject, print string) (selector, error) {
	var m selector
	var err error
	if subject != "" {
		if m.subject, err = parseDN(subject); err != nil {
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

func (m selector) isZero() bool { return m.subject == nil && m.thumbprint == "" }

func (m selector) matches(c *x509.Certificate) bool {
	return c != nil && (m.thumbprint == "" || m.thumbprint.Matches(c)) &&
		(m.subject == nil || m.subject.equal(dnOf(c.Subject)))
}

// selected returns the keys whose certificate the selector matches.
func selected(keys []Key, m selector) []Key {
	var out []Key
	for _, k := range keys {
		if m.matches(k.Certificate) {
			out = append(out, k)
		}
	}
	return out
}
