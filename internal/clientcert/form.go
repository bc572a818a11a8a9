package clientcert

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
)

// Thumbprint is the SHA-256 of a certificate, which x5t#S256 of cnf contains (RFC 8705 section 3.1).
type Thumbprint [sha256.Size]byte

// String returns the thumbprint in base64url, as x5t#S256 has it.
func (t Thumbprint) String() string { return base64.RawURLEncoding.EncodeToString(t[:]) }

// Of returns the thumbprint of a certificate.
func Of(cert *x509.Certificate) Thumbprint { return sha256.Sum256(cert.Raw) }

// Form is how a proxy writes the certificate into a header.
type Form uint8

// The forms.
const (
	RFC9440    Form = iota + 1 // DER as a byte sequence of structured fields: base64 between colons
	XFCC                       // elements of Envoy, with Hash or Cert
	EscapedPEM                 // PEM with percent-encoding; the first certificate of several is that of the client
	Base64DER                  // DER in base64, possibly percent-encoded; several certificates are separated by commas
)

// maxHeader is the longest header that is read. A certificate has 1 to 4 KiB, and three times as much with percent-encoding.
const maxHeader = 64 << 10

var (
	errTooLong     = errors.New("clientcert: the header is too long")
	errForm        = errors.New("clientcert: the header does not have the expected form")
	errCertificate = errors.New("clientcert: the header does not contain a certificate")
)

// Read returns the thumbprint of the client certificate in the value of a header.
func (f Form) Read(value string) (Thumbprint, error) {
	if len(value) > maxHeader {
		return Thumbprint{}, errTooLong
	}
	switch f {
	case RFC9440:
		return readRFC9440(value)
	case XFCC:
		return readXFCC(value)
	case EscapedPEM:
		return readEscapedPEM(value)
	case Base64DER:
		return readBase64DER(value)
	}
	return Thumbprint{}, errForm
}

// readRFC9440 reads a Byte Sequence (RFC 8941 section 3.3.5).
func readRFC9440(value string) (Thumbprint, error) {
	inner, ok := strings.CutPrefix(strings.Trim(value, " "), ":")
	if !ok {
		return Thumbprint{}, errForm
	}
	if inner, ok = strings.CutSuffix(inner, ":"); !ok {
		return Thumbprint{}, errForm
	}
	return ofBase64(inner)
}

// readEscapedPEM does not decode a plus sign as a space, because the base64 of PEM contains plus signs, and ALB does not escape them.
func readEscapedPEM(value string) (Thumbprint, error) {
	text, err := url.PathUnescape(value)
	if err != nil {
		return Thumbprint{}, errForm
	}
	if !strings.HasPrefix(text, "-----BEGIN ") || strings.Contains(text, ",") { // text of a client that a proxy did not remove
		return Thumbprint{}, errForm
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
		return Thumbprint{}, errCertificate
	}
	return ofDER(block.Bytes)
}

func readBase64DER(value string) (Thumbprint, error) {
	text, err := url.PathUnescape(value)
	if err != nil {
		return Thumbprint{}, errForm
	}
	first, _, _ := strings.Cut(text, ",")
	return ofBase64(strings.TrimSpace(first))
}

func ofBase64(text string) (Thumbprint, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return Thumbprint{}, errForm
	}
	return ofDER(der)
}

func ofDER(der []byte) (Thumbprint, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Thumbprint{}, errCertificate
	}
	return Of(cert), nil
}
