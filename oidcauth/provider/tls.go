package provider

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
)

// Trust says which certificates identify the provider's server. It cannot accept every certificate: a self-signed one
// must be named by its Thumbprint. The zero Trust is that of the system.
type Trust struct {
	// CAs is a PEM text of certificate authorities that are trusted besides those of the system.
	CAs string
	// Thumbprint is the SHA-256 or SHA-1 hash of the server's own certificate in hexadecimal.
	Thumbprint string
}

var (
	errCAs       = errors.New("provider: Trust.CAs holds no PEM certificate")
	errNotPinned = &pinError{"pin", "provider: the thumbprint of the server's certificate is not Trust.Thumbprint"}
	errNotValid  = &pinError{"expired", "provider: the pinned certificate is outside its validity period"}
)

// pinError reports that the server's certificate is not the pinned one, or not valid now.
type pinError struct{ fault, text string }

func (e *pinError) Error() string { return e.text }

// CertificateFault returns pin or expired. Hints read it through an interface.
func (e *pinError) CertificateFault() string { return e.fault }

// HTTPClient returns a client for one provider, for oidcauth.Issuer.HTTPClient and [Config.HTTPClient]. It has timeouts,
// no cookies, and requires TLS 1.2 or later. With CAs alone, the chain and the host name are checked as usual. With
// Thumbprint alone, the thumbprint and the validity period are checked instead. With both, all of these are checked. It
// is an error if CAs holds no certificate or Thumbprint is malformed.
func HTTPClient(t Trust) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAs != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // The machine has no certificates of its own.
		}
		if !pool.AppendCertsFromPEM([]byte(t.CAs)) {
			return nil, errCAs
		}
		config.RootCAs = pool
	}
	if t.Thumbprint != "" {
		pin, err := thumbprint.Parse(t.Thumbprint)
		if err != nil {
			return nil, fmt.Errorf("provider: Trust.Thumbprint: %w", err)
		}
		config.InsecureSkipVerify = t.CAs == "" // The pin is stricter than any chain.
		config.VerifyConnection = func(s tls.ConnectionState) error { return checkPin(s, pin) }
	}
	transport := fetch.NewTransport()
	transport.TLSClientConfig = config
	return &http.Client{Transport: transport, Timeout: fetch.Timeout}, nil
}

func checkPin(s tls.ConnectionState, pin thumbprint.Thumbprint) error {
	if len(s.PeerCertificates) == 0 || !pin.Matches(s.PeerCertificates[0]) {
		return errNotPinned
	}
	if now, c := time.Now(), s.PeerCertificates[0]; now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return errNotValid
	}
	return nil
}
