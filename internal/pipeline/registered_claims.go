package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// timeFault compares exp and nbf with the clock (RFC 7519 sections 4.1.4 and 4.1.5), and returns exp. A missing exp and an iat
// in the future are no faults.
func (r *Rules) timeFault(c strictjson.Object, now time.Time, ignoreNotBefore bool) (exp time.Time, fault *Fault) {
	exp, hasExp, ok := tokenclaims.Time(c, "exp")
	if !ok || hasExp && exp.Unix() <= 0 {
		return exp, Refuse(reason.InvalidClaims, nil, "exp is not a positive number of seconds")
	}
	if _, _, ok := tokenclaims.Time(c, "iat"); !ok {
		return exp, Refuse(reason.InvalidClaims, nil, "iat is not a number of seconds")
	}
	nbf, hasNBF, ok := tokenclaims.Time(c, "nbf")
	if !ok {
		return exp, Refuse(reason.InvalidClaims, nil, "nbf is not a number of seconds")
	}
	if hasExp && !now.Before(exp.Add(r.Leeway)) {
		return exp, Refuse(reason.Expired, nil, "exp %s, now %s, leeway %s", exp.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), r.Leeway)
	}
	if hasNBF && !ignoreNotBefore && now.Before(nbf.Add(-r.Leeway)) {
		return exp, Refuse(reason.NotYetValid, nil, "nbf %s, now %s, leeway %s", nbf.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), r.Leeway)
	}
	return exp, nil
}

// checkTime requires exp of a JWT. Introspection may omit it.
func checkTime(_ context.Context, t *Run) *Fault {
	if t.Form == Signed && !t.Has("exp") {
		return Refuse(reason.InvalidClaims, nil, "exp is missing")
	}
	exp, fault := t.RulesOrDefault().timeFault(t.Token.Claims, t.Now, t.ignoreNotBefore)
	if fault != nil {
		return fault
	}
	t.Expiry = exp
	t.Established |= Timely
	return nil
}

// checkSubject refuses a sub that is present and not a string (RFC 7519 section 4.1.2). The token of a machine may have no sub,
// unless it is a JWT-SVID.
func checkSubject(_ context.Context, t *Run) *Fault {
	if v, _ := t.Token.Claims.Get("sub"); tokenclaims.HasValue(t.Token.Claims, "sub") {
		if _, ok := v.Text(); !ok {
			return Refuse(reason.InvalidClaims, nil, "sub is not a string")
		}
	}
	return t.svidSubjectFault()
}

// checkClient requires every claim that names the client to name one of ClientIDs.
func checkClient(_ context.Context, t *Run) *Fault {
	if t.Rules.ClientIDs == nil {
		return nil
	}
	named := false
	for _, claim := range tokenclaims.ClientClaims {
		v, present := t.Token.Claims.Get(claim)
		if !present {
			continue
		}
		if client, ok := v.Text(); !ok || !slices.Contains(t.Rules.ClientIDs, client) {
			return Refuse(reason.UnauthorizedParty, nil, "%s %q is not in ClientIDs", claim, record.Short(client))
		}
		named = true
	}
	if !named {
		return Refuse(reason.UnauthorizedParty, nil, "the token does not name its client")
	}
	return nil
}
