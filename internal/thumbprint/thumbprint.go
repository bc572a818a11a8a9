// Package thumbprint recognises a certificate by the hash of its DER, as operators copy it from a certificate viewer:
// SHA-1 (x5t) or SHA-256 (x5t#S256), told apart by length.
package thumbprint

import (
	"crypto/sha1" //nolint:gosec // a thumbprint recognises a certificate that was chosen before; it proves nothing
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// Thumbprint is lower-case hexadecimal of 40 or 64 digits. The zero Thumbprint matches nothing.
type Thumbprint string

// ErrFormat reports text that is no thumbprint.
var ErrFormat = errors.New("a thumbprint has 40 or 64 hexadecimal digits")

// ignored is what viewers put between and before the digits; Windows adds an invisible mark.
var ignored = strings.NewReplacer(":", "", " ", "", "-", "", "\u200e", "")

// Parse reads a thumbprint with colons, blanks or hyphens between the digits, in either case.
func Parse(text string) (Thumbprint, error) {
	t := strings.ToLower(ignored.Replace(text))
	raw, err := hex.DecodeString(t)
	if err != nil || len(raw) != sha1.Size && len(raw) != sha256.Size {
		return "", ErrFormat
	}
	return Thumbprint(t), nil
}

// Matches tells whether this is the certificate.
func (t Thumbprint) Matches(c *x509.Certificate) bool {
	if c == nil || t == "" {
		return false
	}
	s1, s256 := sums(c)
	return string(t) == hex.EncodeToString(s1) || string(t) == hex.EncodeToString(s256)
}

// X5T returns the header parameters x5t and x5t#S256 of a certificate (RFC 7515 section 4.1.7 and 4.1.8).
func X5T(c *x509.Certificate) (sha1Sum, sha256Sum string) {
	s1, s256 := sums(c)
	return base64.RawURLEncoding.EncodeToString(s1), base64.RawURLEncoding.EncodeToString(s256)
}

func sums(c *x509.Certificate) (s1, s256 []byte) {
	a, b := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // see above
	return a[:], b[:]
}
