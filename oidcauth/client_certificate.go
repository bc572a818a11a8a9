package oidcauth

import (
	"crypto/x509"
	"net/http"
	"net/netip"
	"slices"

	"github.com/knownbearer/knownbearer/internal/clientcert"
	"github.com/knownbearer/knownbearer/internal/thumbprint"
)

// ClientCertificate says where the certificate of the TLS client is read. A certificate-bound token (RFC 8705) is accepted only
// with its certificate. The zero ClientCertificate uses the certificate of the TLS connection to this service.
type ClientCertificate struct {
	// Form is the form in which a proxy passes the certificate on. If it is empty, no header is read.
	Form CertificateForm
	// Header is the name of the header. The default is the usual one of the Form.
	Header string
	// Proxies are the addresses of the proxies whose header is read. The address is that of [http.Request.RemoteAddr]: no
	// middleware before the Authenticator may replace it by the address that a header states, because any client can send that
	// header. If a request comes from another address, the header is ignored, and the certificate of the connection is used.
	// Either Proxies or ProxyCertificates is required if Form is set.
	//
	// A proxy must remove or replace the header that a client sends.
	Proxies []netip.Prefix
	// ProxyCertificates are the SHA-256 thumbprints, in hexadecimal, of the certificates with which proxies connect to this
	// service. If both Proxies and ProxyCertificates are set, a proxy must match both.
	ProxyCertificates []string
}

// CertificateForm is the form in which a proxy writes the client's certificate into a header.
type CertificateForm string

// The forms, with their usual headers.
const (
	CertificateRFC9440 CertificateForm = "rfc9440" // Client-Cert: DER as a byte sequence (RFC 9440 section 2.1)
	CertificateEnvoy   CertificateForm = "envoy"   // X-Forwarded-Client-Cert of Envoy and Istio: one element with Hash or Cert
	CertificateNGINX   CertificateForm = "nginx"   // X-Ssl-Client-Cert: $ssl_client_escaped_cert
	CertificateALB     CertificateForm = "alb"     // X-Amzn-Mtls-Clientcert-Leaf of AWS: escaped PEM
	CertificateTraefik CertificateForm = "traefik" // X-Forwarded-Tls-Client-Cert of passTLSClientCert with pem: base64 of DER
	CertificateAzure   CertificateForm = "azure"   // X-Arr-Clientcert of App Service: base64 of DER
)

var certificateForms = map[CertificateForm]struct {
	header string
	form   clientcert.Form
}{
	CertificateRFC9440: {"Client-Cert", clientcert.RFC9440},
	CertificateEnvoy:   {"X-Forwarded-Client-Cert", clientcert.XFCC},
	CertificateNGINX:   {"X-Ssl-Client-Cert", clientcert.EscapedPEM},
	CertificateALB:     {"X-Amzn-Mtls-Clientcert-Leaf", clientcert.EscapedPEM},
	CertificateTraefik: {"X-Forwarded-Tls-Client-Cert", clientcert.Base64DER},
	CertificateAzure:   {"X-Arr-Clientcert", clientcert.Base64DER},
}

func (c ClientCertificate) withDefaults() ClientCertificate {
	if c.Header == "" {
		c.Header = certificateForms[c.Form].header
	}
	c.Header = http.CanonicalHeaderKey(c.Header)
	return c
}

func (c ClientCertificate) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string) {
		if bad {
			out = append(out, &ConfigError{Field: "ClientCertificate." + field, Problem: problem})
		}
	}
	named := len(c.Proxies)+len(c.ProxyCertificates) > 0
	add(c.Form != "" && certificateForms[c.Form].form == 0, "Form", "is not a known form")
	add(c.Form == "" && (named || c.Header != ""), "Form", "is required by Header, Proxies and ProxyCertificates")
	add(!isFieldName(c.Header), "Header", "is not the name of a header")
	add(c.Form != "" && !named, "Proxies", "is empty, and so is ProxyCertificates: any client could send the header")
	for _, p := range c.Proxies {
		add(!p.IsValid(), "Proxies", "contains an invalid prefix")
		add(p.IsValid() && p.Bits() == 0, "Proxies", "contains every address, so any client could send the header")
		add(p.IsValid() && p.Addr().Is4In6(), "Proxies", "contains an IPv4 prefix in IPv6 form, which matches no address")
	}
	for _, text := range c.ProxyCertificates {
		t, err := thumbprint.Parse(text)
		add(err != nil || !t.IsSHA256(), "ProxyCertificates", "contains a value that is not a SHA-256 thumbprint")
	}
	return out
}

// isProxy reports whether the connection comes from a configured proxy.
func (c ClientCertificate) isProxy(address string, peer *x509.Certificate) bool {
	if len(c.Proxies) > 0 {
		from, err := netip.ParseAddrPort(address)
		within := func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) }
		if err != nil || !slices.ContainsFunc(c.Proxies, within) {
			return false
		}
	}
	if len(c.ProxyCertificates) == 0 {
		return true
	}
	return peer != nil && slices.ContainsFunc(c.ProxyCertificates, func(text string) bool {
		t, err := thumbprint.Parse(text)
		return err == nil && t.Matches(peer)
	})
}
