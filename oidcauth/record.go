package oidcauth

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// refused makes the decision of a refusal, completes e with it, and reports it to the log and to OnEvent. at is the step
// that refused the token. e must not be visible to other goroutines yet.
func (a *Authenticator) refused(ctx context.Context, t *trace.Trace, from requestInfo, at int, e *Error, fault *pipeline.Fault) *Error {
	if at == pipeline.AfterSteps { // the application made the error, and its text may repeat text of the request
		e.Reason, e.Detail = reason.Reason(record.Short(string(e.Reason))), t.Redacted(e.Detail, trace.MaxErrorText)
		fault = &pipeline.Fault{Reason: e.Reason, Detail: e.Detail, Err: e.Err, Scopes: e.scopes, Authentication: e.authentication}
	}
	if e.unmet != nil {
		fault.Claim, fault.Roles, fault.Also = e.unmet.Claim, e.unmet.Roles, e.unmet.Also
	}
	e.cause = t.Cause(fault)
	dropped, logged := a.refusals.allows(e.Reason, t.Now)
	d := t.Decision(fault)
	d.Status = e.Status()
	a.describe(ctx, d, from)
	d.Rule = t.Redacted(e.rule, record.MaxShort)
	if e.identity != nil && e.identity.accepted != nil {
		d.ID, d.Token, d.AfterAcceptance = e.identity.accepted.ID, e.identity.accepted.Token, true
	} else if logged && at != pipeline.AfterSteps { // the token was accepted, and the requirement of the application is not recorded
		a.record(t.Run, d)
	}
	if logged || a.config.Response.InsecureExplain {
		t.Explain(ctx, d, at, fault, false)
		t.Hint(ctx, d, fault, false)
	}
	e.DecisionID, e.decision = d.ID, d
	e.isDPoP, e.isLogin = from.sender != nil && from.sender.DPoP, t.Login() != nil
	if logged {
		a.logRefused(ctx, d, e, dropped)
	}
	a.tellDecision(ctx, decision.Refused, d)
	return e
}

// recorded returns the refusal of err with its decision. It reports the decision, unless err already has one. raw is the token,
// because the text of err may contain it.
func (a *Authenticator) recorded(ctx context.Context, from requestInfo, raw string, err error) *Error {
	shared := asError(err)
	if shared.DecisionID != "" {
		return shared
	}
	e := *shared
	if e.identity == nil {
		e.identity, _ = FromContext(ctx)
	}
	t := &trace.Trace{Run: a.engine.After(a.engine.Uncached(raw), pipeline.Result(*e.identity.data())), Header: from.header, Credentials: from.credentials}
	return a.refused(ctx, t, from, pipeline.AfterSteps, &e, nil)
}
