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

// Trust says with which certificate one provider is believed to be itself. There is no way to believe every
// certificate: a provider with a self-signed one is named by its thumbprint.
type Trust struct {
	CAs        string // PEM of further certificate authorities, beside the system's
	Thumbprint string // of the server's own certificate, SHA-256 or SHA-1 in hexadecimal
}

var (
	errCAs       = errors.New("provider: Trust.CAs holds no PEM certificate")
	errNotPinned = &pinError{"pin", "provider: the server's certificate has another thumbprint than Trust.Thumbprint"}
	errNotValid  = &pinError{"expired", "provider: the pinned certificate is outside its validity period"}
)

// pinError is why a certificate is not the pinned one.
type pinError struct{ fault, text string }

func (e *pinError) Error() string { return e.text }

// CertificateFault is pin or expired, to who explains it without knowing this package.
func (e *pinError) CertificateFault() string { return e.fault }

// HTTPClient makes a client for one provider, for oidcauth.Issuer.HTTPClient and Config.HTTPClient: with timeouts, no
// cookies, TLS 1.2 or later. Where Thumbprint is set alone, it takes the place of the chain and the host name, and the
// validity period still counts; with CAs both are required. The zero Trust is the system's.
func HTTPClient(t Trust) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CAs != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a machine without certificates of its own
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
		config.InsecureSkipVerify = t.CAs == "" // the pin is stricter than any chain
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
