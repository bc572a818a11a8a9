package hints

import (
	"crypto/x509"
	"errors"

	"github.com/knownbearer/knownbearer/internal/clientfault"
)

// The faults of a server's TLS certificate.
const (
	UnknownAuthority = "unknown"
	otherHost        = "host"
	outOfTime        = "expired"
	otherThanPinned  = "pin"
)

// CertificateFault returns the fault of the server's TLS certificate that caused an error, or an empty string if
// there is no such cause.
func CertificateFault(err error) string {
	var (
		authority x509.UnknownAuthorityError
		roots     x509.SystemRootsError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		own       clientfault.Certificate
	)
	switch {
	case errors.As(err, &authority), errors.As(err, &roots):
		return UnknownAuthority
	case errors.As(err, &host):
		return otherHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outOfTime
	case errors.As(err, &own):
		return own.CertificateFault()
	}
	return ""
}

// trustClient names the fields for a client that trusts a certificate. No rule advises to trust a certificate that
// the connection itself presented.
const trustClient = " as HTTPClient of Issuer and of provider.Config"

// certificateRules concern TLS connections to the provider that failed.
var certificateRules = []Rule{
	certificate(UnknownAuthority, "The TLS certificate of the provider was issued by an authority that this machine does not trust.",
		"If the provider has its own authority, get the authority's certificate from the provider's operator, and set provider.HTTPClient(provider.Trust{CAs: …})"+trustClient+
			"; otherwise something intercepts the connection."),
	certificate(otherHost, "The TLS certificate of the provider is for another host name.",
		"Use a host name of the provider that is in its certificate; only if the certificate has no host name, get its thumbprint from the provider's operator, and set provider.HTTPClient(provider.Trust{Thumbprint: …})"+trustClient+"."),
	certificate(outOfTime, "The TLS certificate of the provider has expired, or is not valid yet.",
		"Have the provider's operator renew the certificate, and check this machine's clock; provider.HTTPClient(provider.Trust{…}) does not accept an expired certificate either."),
	certificate(otherThanPinned, "The TLS certificate of the provider is not the pinned one.",
		"If the provider's operator confirms that the certificate was renewed, get the new thumbprint from the operator, and set provider.HTTPClient(provider.Trust{Thumbprint: …}); otherwise something intercepts the connection."),
}

func certificate(fault, cause, fix string) Rule {
	return Rule{
		Code: "certificate_" + fault, Reasons: []string{"keys_unavailable", "userinfo_unavailable", "introspection_unavailable", NotRevoked},
		Cause: cause, Fix: fix,
		match: func(c *Case) (evidence, bool) { return evidence{}, c.Certificate == fault },
	}
}

// CertificateAdvice returns the fix for the certificate fault that caused an error, or an empty string.
func CertificateAdvice(err error) string {
	for _, r := range certificateRules {
		if r.Code == "certificate_"+CertificateFault(err) {
			return r.Fix
		}
	}
	return ""
}
