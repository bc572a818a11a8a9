package oidcauth

import (
	"context"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Check verifies the request's bearer token. It writes no response. The error is an [*Error], and Check has logged it.
func (a *Authenticator) Check(r *http.Request) (*Identity, error) {
	from, raw, fault := a.read(r)
	look := a.engine.Lookup(raw)
	look.Sender = from.sender
	if id := a.cachedIdentity(r.Context(), a.engine.Attachment(look), look, from); id != nil {
		if a.shadow != nil {
			a.shadow.judgeCached(r.Context(), look, from, id)
		}
		return id, nil
	}
	return a.verify(r.Context(), look, from, fault)
}

// CheckToken is [Authenticator.Check] for a token that arrives without an [http.Request].
func (a *Authenticator) CheckToken(ctx context.Context, p Presented) (*Identity, error) {
	from, raw, fault := a.readPresented(p)
	look := a.engine.Lookup(raw)
	look.Sender = from.sender
	if id := a.cachedIdentity(ctx, a.engine.Attachment(look), look, from); id != nil {
		if a.shadow != nil {
			a.shadow.judgeCached(ctx, look, from, id)
		}
		return id, nil
	}
	return a.verify(ctx, look, from, fault)
}

// CheckOptional is [Authenticator.Check] for a route that also serves anonymous requests: for a request without credentials it
// returns a nil Identity and a nil error. A request has credentials if it has the header or the subprotocol that
// [Config.Credentials] reads, even if the value is malformed.
func (a *Authenticator) CheckOptional(r *http.Request) (*Identity, error) {
	if a.config.Credentials.absent(r.Header) {
		return nil, nil
	}
	return a.Check(r)
}

// read returns the request's token from the place that the configuration names.
func (a *Authenticator) read(r *http.Request) (from requestInfo, token string, fault *pipeline.Fault) {
	p, fault := a.config.Credentials.read(r.Header, a.acceptsDPoP())
	from = requestInfo{
		method: r.Method, route: r.Pattern, credentials: p.values, header: p.header, request: r, sender: a.sender(r, p.isDPoP),
	}
	return from, p.token, fault
}

// acceptance is an entry of the cache: an identity with the decision that accepted it. OnEvent gets a copy of the decision for
// each request with the token.
type acceptance struct {
	identity *Identity
	decision decision.Decision
}

// cachedIdentity returns the cached identity of a token, and reports the decision to OnEvent. It returns nil if the cache
// has no identity, or if a step that runs for each request could refuse the token.
func (a *Authenticator) cachedIdentity(ctx context.Context, cached any, look pipeline.Input, from requestInfo) *Identity {
	switch entry := cached.(type) {
	case *Identity:
		return entry
	case *acceptance:
		own := &struct { // one allocation
			Identity
			decision.Decision
		}{Decision: entry.decision}
		own.ID, own.Time, own.Elapsed, own.Cached = trace.NewID(), look.Now, time.Since(look.Began), true
		own.Identity = Identity{at: entry.identity.at, accepted: &own.Decision}
		a.reportAccepted(ctx, &own.Decision, from)
		return &own.Identity
	}
	return nil
}

// reportAccepted reports the decision about an accepted token to the log and to OnEvent.
func (a *Authenticator) reportAccepted(ctx context.Context, d *decision.Decision, from requestInfo) {
	a.describe(ctx, d, from)
	a.logAccepted(ctx, d)
	a.tellDecision(ctx, decision.Accepted, d)
}

// verify runs the steps on a token whose identity is not cached. If fault is not nil, the credential was unreadable, and verify
// refuses the request.
func (a *Authenticator) verify(ctx context.Context, look pipeline.Input, from requestInfo, fault *pipeline.Fault) (*Identity, error) {
	run, at := a.engine.Begin(look), pipeline.BeforeSteps
	if fault == nil {
		at, fault = run.Verify(ctx)
	}
	if fault != nil {
		t := &trace.Trace{Run: run, Header: from.header, Credentials: from.credentials, Request: from.request}
		if a.shadow == nil || at == pipeline.BeforeSteps {
			return nil, a.refused(ctx, t, from, at, errorOf(fault), fault)
		}
		observed := run.Observe(at, fault) // before the decision continues the run
		refused := a.refused(ctx, t, from, at, errorOf(fault), fault)
		a.shadow.judge(ctx, subject{input: look, observed: observed, decision: refused.decision})
		return nil, refused
	}
	id := a.accepted(ctx, run, look, from)
	if a.shadow != nil {
		a.shadow.judgeAccepted(ctx, run, look, from, id)
	}
	return id, nil
}

// accepted makes the identity of a token that the steps accepted.
func (a *Authenticator) accepted(ctx context.Context, run *pipeline.Run, look pipeline.Input, from requestInfo) *Identity {
	// Another request may have cached the identity meanwhile. Writing the entry again would make all cores that verify this token
	// wait for each other.
	if id := a.cachedIdentity(ctx, run.Attachment(), look, from); id != nil {
		return id
	}
	id := identityOf(run.Result())
	if !a.config.decidesAccepted() {
		run.Attach(id)
		return id
	}
	d := (&trace.Trace{Run: run}).Decision(nil)
	kept := *d
	kept.ID = "" // an ID keeps the text of other IDs in memory; see trace.NewID
	run.Attach(&acceptance{id, kept})
	a.record(run, d)
	a.reportAccepted(ctx, d, from)
	return &Identity{at: id.at, accepted: d}
}
