package hints

import (
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// serviceMenders concern this service itself. A URL of a proof is never used, because its sender chooses it.
var serviceMenders = map[string]mender{
	"dpop_not_configured": publicURL,
	"proof_other_origin":  publicURL,
	"client_certificate_of_proxy": func(*Case) []decision.Mend {
		return []decision.Mend{mend.OfConfig(`config.ClientCertificate = oidcauth.ClientCertificate{Form: oidcauth.CertificateRFC9440, Proxies: []netip.Prefix{netip.MustParsePrefix("<addresses-of-the-proxy>")}}`,
			mend.Members{"clientCertificate": mend.Members{"form": "rfc9440", "proxies": []string{"<addresses-of-the-proxy>"}}})}
	},
}

func publicURL(*Case) []decision.Mend {
	const url = "<public-url>"
	return []decision.Mend{mend.OfConfig("config.PublicURL = "+mend.Go(url), mend.Members{"publicURL": url})}
}
