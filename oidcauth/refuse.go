package oidcauth

import (
	"net/http"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// refused makes the decision of a refusal, and tells it to the log and to OnDecision. at is the step that refused.
func (a *Authenticator) refused(r *http.Request, t *attempt, at int, fault *Error) *Error {
	e := *fault // the caller's may be shared
	t.redact(&e)
	if at == behindSteps { // the application may have made it of what was sent
		e.Reason, e.Detail = reason.Reason(clip(string(e.Reason))), t.redacted(e.Detail, maxSaid)
	}
	t.header = r.Header.Values("Authorization")
	dropped, logged := a.refusals.allows(e.Reason, t.now)
	d := a.decision(t, &e)
	d.Method, d.Route = clip(r.Method), r.Pattern
	if logged || a.config.InsecureExplainToClient {
		if at == behindSteps {
			d.Steps = []decision.Step{t.step(step{name: "handler"}, &e)}
		} else {
			t.explain(r.Context(), d, at, &e, false)
		}
		t.hint(r.Context(), d, &e, false)
	}
	e.DecisionID, e.decision = d.ID, d
	if logged {
		a.log(r.Context(), d, &e, dropped)
	}
	if a.config.OnDecision != nil {
		a.config.OnDecision(r.Context(), d)
	}
	return &e
}

// behindSteps is where a request stands that the steps accepted.
const behindSteps = -2

// recorded returns the refusal with its decision; one that has it was told already.
func (a *Authenticator) recorded(r *http.Request, err error) *Error {
	e := asError(err)
	if e.DecisionID != "" {
		return e
	}
	raw, _ := credential(r.Header) // what the handler says may repeat it
	t := a.attempt(a.look(raw))
	id := e.identity
	if id == nil {
		id, _ = FromContext(r.Context())
	}
	if known := id.known(); known.rules != nil {
		t.token, t.issuer, t.claims, t.user, t.expiry, t.known = known.from, known.rules, known.claims, known.user, known.expires, verified
	}
	return a.refused(r, t, behindSteps, e)
}

// redact leaves out of a fault's cause what is secret or personal.
func (t *attempt) redact(e *Error) {
	if e.Err != nil {
		e.cause = t.redacted(e.Err.Error(), maxSaid)
	}
}
