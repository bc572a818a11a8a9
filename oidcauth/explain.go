package oidcauth

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Explain judges a token as [Authenticator.Check] does, with the same verdict, and tells every step of it, every
// independent fault and the hints on them. What does not need the provider goes on after the first fault; UserInfo and
// the user store are asked only about a token whose signature was verified. It logs nothing.
func (a *Authenticator) Explain(ctx context.Context, token string) *decision.Decision {
	header := []string{"Bearer " + token}
	raw, fault := credential(header)
	if fault != nil {
		raw = token
	}
	t, at := &trace.Trace{Run: a.engine.Begin(a.engine.Uncached(raw))}, pipeline.BeforeSteps
	if fault == nil {
		at, fault = t.VerifyUncached(ctx) // what is kept would hide what there is to see
	}
	if at == pipeline.BeforeSteps {
		t.Header = header
	}
	d := t.Decision(fault)
	t.Explain(ctx, d, at, fault, true)
	t.Hint(ctx, d, fault, true)
	d.Elapsed = time.Since(t.Began)
	return d
}
