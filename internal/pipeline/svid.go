package pipeline

import (
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/spiffe"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// ofTrustDomain returns the rules of the trust domain that sub names. Only a JWT-SVID may omit iss, and a token with any iss is not
// judged by its sub.
func (x issuerIndex) ofTrustDomain(c strictjson.Object, form Form) []*Rules {
	if !x.hasTrustDomains || form != Signed || c.Has("iss") {
		return nil
	}
	if applications := x.exact[spiffe.TrustDomainOf(c.Text("sub"))]; applications != nil && applications[0].JWTSVID {
		return applications
	}
	return nil
}

// svidTypeFault checks the typ of a JWT-SVID (JWT-SVID section 2.3). ok is false if the token is not one.
func (t *Run) svidTypeFault() (fault *Fault, ok bool) {
	if !t.Engine.issuers.hasTrustDomains {
		return nil, false
	}
	rules, _, unknown := t.Engine.issuers.find(t.Token.Claims, t.Form)
	if unknown != nil || !rules.JWTSVID {
		return nil, false
	}
	switch h := t.Token.JWT.Header; h.MediaType() {
	case "", "jwt", "jose":
		return nil, true
	default:
		return Refuse(reason.WrongTokenType, nil, "header typ %q is not that of a JWT-SVID", record.Short(h.Type)), true
	}
}

// svidSubjectFault requires that the sub of a JWT-SVID is a workload of the trust domain whose keys verified it.
func (t *Run) svidSubjectFault() *Fault {
	if r := t.RulesOrDefault(); r.JWTSVID && !spiffe.IsWorkload(t.Text("sub"), r.URL) {
		return Refuse(reason.InvalidClaims, nil, "sub is not the SPIFFE ID of a workload in the trust domain %q", r.URL)
	}
	return nil
}
