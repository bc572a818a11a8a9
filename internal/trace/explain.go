package trace

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Decision returns the decision without its steps and hints.
func (t *Trace) Decision(fault *pipeline.Fault) *decision.Decision {
	d := &decision.Decision{
		ID: NewID(), Time: t.Now, Accepted: fault == nil, Verified: t.Established&pipeline.Verified != 0, Token: t.facts(),
		Cached: t.FromCache, Elapsed: time.Since(t.Began),
	}
	if t.Rules != nil {
		d.Issuer = t.Rules.URL
	}
	if fault != nil {
		d.Reason, d.Status = fault.Reason, fault.Reason.Status()
	}
	return d
}

// Explain adds the steps to a decision. It also runs the steps after the first fault, except those whose fault would only
// follow from it. If thorough is false, it uses no network and no database, because the decision is already known.
func (t *Trace) Explain(ctx context.Context, d *decision.Decision, at int, first *pipeline.Fault, thorough bool) {
	if at == pipeline.AfterSteps || at == pipeline.OutsideSteps {
		name := "handler"
		if at == pipeline.OutsideSteps {
			name = "login"
		}
		if t.Form == pipeline.Logout {
			name = "sessions"
		}
		d.Steps = []decision.Step{t.step(pipeline.Step{Name: name}, first)}
		return
	}
	if t.Login() == nil {
		d.Steps = append(d.Steps, t.bearerStep(at, first))
	}
	for i, s := range pipeline.Steps {
		if s.Forms&t.Form == 0 {
			continue
		}
		var fault *pipeline.Fault
		switch lacking := s.Needs &^ t.Established; {
		case i == at:
			fault = first
		case at == pipeline.BeforeSteps:
			fault = pipeline.Skip("not checked: there is no token")
		case i > at && lacking != 0:
			fault = pipeline.Skip("not checked: " + lacking.String())
		case i > at:
			t.Offline = !thorough || s.QueryNeeds&^t.Established != 0
			fault = s.Check(ctx, t.Run)
		}
		d.Steps = append(d.Steps, t.step(s, fault))
	}
	d.Verified = t.Established&pipeline.Verified != 0
	read := 2 // before the third step nothing of the token is read
	if t.Login() != nil {
		read = 1
	}
	for i := range d.Steps[read:] {
		d.Steps[i+read].Unverified = !d.Verified && d.Steps[i+read].Outcome != decision.Skipped
	}
}

func (t *Trace) bearerStep(at int, first *pipeline.Fault) decision.Step {
	if at != pipeline.BeforeSteps {
		return decision.Step{Name: "bearer", Outcome: decision.Passed}
	}
	return t.step(pipeline.Step{Name: "bearer"}, first)
}

func (t *Trace) step(s pipeline.Step, fault *pipeline.Fault) decision.Step {
	out := decision.Step{Name: s.Name, Outcome: decision.Passed}
	switch {
	case fault == nil && s.ID == pipeline.StepFindUser && t.RulesOrDefault().Users == nil:
		out.Outcome, out.Detail = decision.Skipped, "no user store is configured"
	case fault == nil:
		out.Detail = details[s.ID](t)
	case fault.Reason == "":
		out.Outcome, out.Detail = decision.Skipped, fault.Detail
	default:
		out.Outcome = decision.Failed
		for _, f := range append([]*pipeline.Fault{fault}, fault.Also...) {
			out.Faults = append(out.Faults, decision.Fault{Reason: f.Reason, Detail: t.Detail(f)})
			t.faults = append(t.faults, f)
		}
	}
	switch {
	case s.ID == pipeline.StepKeys && t.Rules != nil:
		out.Sources = t.keySources()
	case s.ID == pipeline.StepClaims && t.Established&pipeline.Resolved != 0:
		out.Claims = t.claimSources()
	}
	return out
}

// facts returns the parts of the token that the operator may see, so that the provider's own log can be searched for them.
func (t *Trace) facts() decision.TokenFacts {
	if !t.Token.Known {
		return decision.TokenFacts{}
	}
	raw := func(claim string) string {
		v, _ := t.Token.Claims.Get(claim)
		return record.Short(v.Raw())
	}
	h := t.Token.Header()
	facts := decision.TokenFacts{
		Type: record.Short(h.Type), Algorithm: record.Short(h.Algorithm), KeyID: record.Short(h.KeyID), Issuer: record.Short(t.Text("iss")), Audience: raw("aud"),
		ID: record.Short(t.Text("jti")), IssuedAt: raw("iat"), Expires: raw("exp"), Claims: record.List(t.Token.Claims.Names()),
		KeySource: t.Key().Source, ClientID: record.Short(pipeline.Result{Rules: t.Rules, Token: t.Token}.ClientID()),
	}
	if t.ShowsClaimValues() {
		facts.Subject = record.Short(t.Text("sub"))
	}
	return facts
}
