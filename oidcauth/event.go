package oidcauth

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// tell records the event for the page of [Authenticator.DebugHandler], and calls OnEvent.
func (a *Authenticator) tell(ctx context.Context, e decision.Event) {
	a.history.Record(e)
	if a.config.OnEvent != nil {
		a.config.OnEvent(ctx, e)
	}
}

// tellDecision calls OnEvent with a decision.
func (a *Authenticator) tellDecision(ctx context.Context, kind decision.EventKind, d *decision.Decision) {
	a.tell(ctx, decision.Event{Kind: kind, Time: d.Time, ID: d.ID, Issuer: d.Issuer, Decision: d})
}

// tellRevocation reports the result of Revoke to OnEvent and to the log.
func (a *Authenticator) tellRevocation(ctx context.Context, run *pipeline.Run, r decision.Revocation, err error) {
	t := &trace.Trace{Run: run}
	d := t.Decision(nil)
	r.Token = d.Token
	if err != nil {
		r.Fault = t.Redacted(err.Error(), trace.MaxErrorText)
	}
	e := decision.Event{Kind: decision.Revoked, Time: d.Time, ID: d.ID, Issuer: d.Issuer, Revocation: &r}
	var refused *Error
	dropped, logged := 0, true
	if errors.As(err, &refused) { // any text can be passed to Revoke, so these records have the limits of refusals
		dropped, logged = a.refusals.allows(refused.Reason, d.Time)
	}
	if logged {
		a.logRevoked(ctx, e, dropped)
	}
	a.tell(ctx, e)
}

// tellLogout reports a back-channel logout that ended sessions to OnEvent and to the log.
func (a *Authenticator) tellLogout(ctx context.Context, run *pipeline.Run) {
	d := (&trace.Trace{Run: run}).Decision(nil)
	e := decision.Event{Kind: decision.LoggedOut, Time: d.Time, ID: d.ID, Issuer: d.Issuer, Logout: &decision.Logout{
		Token: d.Token, Session: run.Text("sid") != "", User: run.Text("sub") != "",
	}}
	a.logLogout(ctx, e)
	a.tell(ctx, e)
}
