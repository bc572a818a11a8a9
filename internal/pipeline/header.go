package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// headerTypeFault accepts the media types of a JWT access token (RFC 9068 section 2.1), and a missing type.
func headerTypeFault(h jose.Header) *Fault {
	switch h.MediaType() {
	case "", "jwt", "at+jwt":
		return nil
	}
	return Refuse(reason.WrongTokenType, nil, "header typ %q is not that of an access token", record.Short(h.Type))
}

func checkHeaderType(_ context.Context, t *Run) *Fault {
	if fault, ok := t.svidTypeFault(); ok {
		return fault
	}
	return headerTypeFault(t.Token.JWT.Header)
}

func findIssuer(_ context.Context, t *Run) *Fault {
	rules, tenant, fault := t.Engine.issuers.find(t.Token.Claims, t.Form)
	if fault != nil {
		return fault
	}
	t.Rules, t.Tenant = rules, tenant
	t.Established |= KnownIssuer
	return nil
}

func (r *Rules) algorithmFault(alg string) *Fault {
	if !jose.Allowed(alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is never accepted", record.Short(alg))
	}
	if r.Algorithms != nil && !jose.Listed(r.Algorithms, alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is not in the issuer's list", alg)
	}
	return nil
}

func checkAlgorithm(_ context.Context, t *Run) *Fault {
	if fault := t.RulesOrDefault().algorithmFault(t.Token.JWT.Header.Algorithm); fault != nil {
		return fault
	}
	if fault := t.headerFault(); fault != nil {
		return fault
	}
	t.Established |= Signable
	return nil
}

// longAgo bounds the work for old tokens: the signature of a token that expired earlier is not verified, and no keys are fetched
// for it. A token that expired later is refused by checkTime, so that other faults are reported first.
const longAgo = 24 * time.Hour

func checkAge(_ context.Context, t *Run) *Fault {
	if exp, present, ok := tokenclaims.Time(t.Token.Claims, "exp"); present && ok && exp.Unix() > 0 && t.Now.After(exp.Add(longAgo)) {
		return Refuse(reason.Expired, nil, "exp %s, now %s", exp.UTC().Format(time.RFC3339), t.Now.UTC().Format(time.RFC3339))
	}
	t.Established |= Recent
	return nil
}
