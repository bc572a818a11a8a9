// Package thumbprint identifies a certificate by the hash of its DER, as operators copy it from a certificate viewer.
// The length tells SHA-1 (x5t) from SHA-256 (x5t#S256).
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

// Thumbprint is a hash as 40 or 64 lower-case hexadecimal digits. The zero Thumbprint matches no certificate.
type Thumbprint string

// ErrFormat reports a text that is not a thumbprint.
var ErrFormat = errors.New("a thumbprint must have 40 or 64 hexadecimal digits")

// ignored removes what viewers put between and before the digits. Windows adds an invisible character.
var ignored = strings.NewReplacer(":", "", " ", "", "-", "", "\u200e", "")

// Parse parses a thumbprint in upper or lower case. It ignores colons, blanks and hyphens.
func Parse(text string) (Thumbprint, error) {
	t := strings.ToLower(ignored.Replace(text))
	raw, err := hex.DecodeString(t)
	if err != nil || len(raw) != sha1.Size && len(raw) != sha256.Size {
		return "", ErrFormat
	}
	return Thumbprint(t), nil
}

// IsSHA256 reports whether t is a SHA-256 hash, which cannot be forged.
func (t Thumbprint) IsSHA256() bool { return len(t) == 2*sha256.Size }

// Matches reports whether t is the thumbprint of the certificate.
func (t Thumbprint) Matches(c *x509.Certificate) bool {
	if c == nil || t == "" {
		return false
	}
	s1, s256 := sums(c)
	return string(t) == hex.EncodeToString(s1) || string(t) == hex.EncodeToString(s256)
}

// X5T returns the x5t and x5t#S256 of a certificate in base64url (RFC 7515 sections 4.1.7 and 4.1.8).
func X5T(c *x509.Certificate) (sha1Sum, sha256Sum string) {
	s1, s256 := sums(c)
	return base64.RawURLEncoding.EncodeToString(s1), base64.RawURLEncoding.EncodeToString(s256)
}

func sums(c *x509.Certificate) (s1, s256 []byte) {
	a, b := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // see above
	return a[:], b[:]
}
