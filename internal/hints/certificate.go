package hints

import (
	"crypto/x509"
	"errors"
)

// The faults of a server's certificate.
const (
	unknownAuthority = "unknown"
	otherHost        = "host"
	outOfTime        = "expired"
	otherThanPinned  = "pin"
)

// CertificateFault tells what is wrong with the certificate of the server that an error is about: empty if that is not
// its cause.
func CertificateFault(err error) string {
	var (
		authority x509.UnknownAuthorityError
		roots     x509.SystemRootsError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		own       interface{ CertificateFault() string }
	)
	switch {
	case errors.As(err, &authority), errors.As(err, &roots):
		return unknownAuthority
	case errors.As(err, &host):
		return otherHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outOfTime
	case errors.As(err, &own):
		return own.CertificateFault()
	}
	return ""
}

// Where a client that trusts a certificate is put: no rule advises to trust what the connection itself brought.
const trustClient = " as HTTPClient of Issuer and of provider.Config"

// certificateRules are on TLS connections to the provider that were not made.
var certificateRules = []Rule{
	certificate(unknownAuthority, "The TLS certificate of the provider is of an authority that this machine does not know.",
		"If the provider has an authority of its own, get that from its operator, and set provider.HTTPClient(provider.Trust{CAs: …})"+trustClient+
			"; else somebody stands between."),
	certificate(otherHost, "The TLS certificate of the provider is for another host name.",
		"Reach the provider by a name that is in its certificate; only for one that has none, pin the certificate that its operator tells you by provider.HTTPClient(provider.Trust{Thumbprint: …})"+trustClient+"."),
	certificate(outOfTime, "The TLS certificate of the provider has expired, or is not valid yet.",
		"Have it renewed, and see that this machine's clock is right; provider.HTTPClient(provider.Trust{…}) does not take it either."),
	certificate(otherThanPinned, "The TLS certificate of the provider is not the one that is pinned.",
		"If its operator says that it was renewed, take the new thumbprint from there into provider.HTTPClient(provider.Trust{Thumbprint: …}); else somebody stands between."),
}

func certificate(fault, cause, fix string) Rule {
	return Rule{
		Code: "certificate_" + fault, Reasons: []string{"keys_unavailable", "userinfo_unavailable", "introspection_unavailable"},
		Cause: cause, Fix: fix,
		sees: func(c *Case) (seen, bool) { return seen{}, c.Certificate == fault },
	}
}

// CertificateAdvice is the fix for the fault of a certificate that an error is about; empty if that is not its cause.
func CertificateAdvice(err error) string {
	for _, r := range certificateRules {
		if r.Code == "certificate_"+CertificateFault(err) {
			return r.Fix
		}
	}
	return ""
}
