package hints

import (
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/internal/spiffe"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// workloadMenders concern JWT-SVIDs. The operator names the trust domain, because a sender can write any sub.
var workloadMenders = map[string]mender{
	"spiffe_not_configured": one(func(*Case) decision.Mend {
		const url = "<url-of-the-keys>"
		trustDomain := spiffe.Scheme + "<trust-domain>"
		return mend.OfIssuer(trustDomain,
			"issuer.URL = "+mend.Go(trustDomain)+"; issuer.JWTSVID = true; issuer.Keys = certsource.JWKS{URL: "+mend.Go(url)+", JWTSVID: true}",
			mend.Members{"jwtSVID": true, "keys": []any{mend.Members{"jwks": mend.Members{"url": url, "jwtSVID": true}}}})
	}),
	"spiffe_jwt_issuer": one(func(*Case) decision.Mend {
		const issuer = "<jwt-issuer-of-spire>"
		return mend.OfIssuer(issuer, "issuer.URL = "+mend.Go(issuer)+"; issuer.JWTSVID = false", mend.Members{"issuer": issuer, "jwtSVID": false})
	}),
}
