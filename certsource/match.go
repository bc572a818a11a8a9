package certsource

import (
	"crypto/sha1" //nolint:gosec // a thumbprint selects, it proves nothing
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/knownbearer/knownbearer/internal/jose"
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
	subject    string
	thumbprint string // lower-case hex of 40 or 64 digits
}

func newMatcher(subject, thumbprint string) (matcher, error) {
	m := matcher{subject: normalName(subject)}
	if subject != "" && m.subject == "" {
		return m, errors.New("certsource: Subject is not a distinguished name such as CN=signing,O=Example")
	}
	if thumbprint == "" {
		return m, nil
	}
	m.thumbprint = strings.ToLower(strings.NewReplacer(":", "", " ", "", "\u200e", "").Replace(thumbprint))
	raw, err := hex.DecodeString(m.thumbprint)
	if err != nil || len(raw) != sha1.Size && len(raw) != sha256.Size {
		return m, errors.New("certsource: Thumbprint is not 40 or 64 hexadecimal digits")
	}
	return m, nil
}

func (m matcher) isZero() bool { return m == matcher{} }

func (m matcher) matches(c *x509.Certificate) bool {
	if c == nil {
		return m.isZero()
	}
	s1, s256 := sha1.Sum(c.Raw), sha256.Sum256(c.Raw)
	if m.thumbprint != "" && m.thumbprint != hex.EncodeToString(s1[:]) && m.thumbprint != hex.EncodeToString(s256[:]) {
		return false
	}
	return m.subject == "" || m.subject == normalName(c.Subject.String())
}

// normalName writes a distinguished name (RFC 4514) so that two spellings of one name are equal: types in capitals, no
// blanks round separators, in the order in which the greater text stands first, since tools write either order.
// Values compare exactly. A name with an escaped or quoted separator matches only in the spelling of RFC 4514.
func normalName(name string) string {
	if strings.TrimSpace(name) == "" {
		return ""
	}
	var parts []string
	for _, part := range splitName(name) {
		attribute, value, ok := strings.Cut(part, "=")
		if !ok {
			return ""
		}
		parts = append(parts, strings.ToUpper(strings.TrimSpace(attribute))+"="+strings.TrimSpace(value))
	}
	forward := strings.Join(parts, ",")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return max(forward, strings.Join(parts, ","))
}

// splitName splits at commas that no backslash escapes.
func splitName(name string) []string {
	var out []string
	start := 0
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '\\':
			i++
		case ',':
			out = append(out, name[start:i])
			start = i + 1
		}
	}
	return append(out, name[start:])
}
