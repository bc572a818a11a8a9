package oidcauth

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Explain verifies a token like [Authenticator.Check], with the same verdict, and returns every step, every independent fault and
// hints on how to fix them. Steps that need no network continue after the first fault. UserInfo and the user store are asked
// only if the signature of the token verifies. Explain uses no cached verification, and writes no log record.
func (a *Authenticator) Explain(ctx context.Context, token string) *decision.Decision {
	header := []string{"Bearer " + token}
	raw, fault := credential(header)
	if fault != nil {
		raw = token
	}
	t, at := &trace.Trace{Run: a.engine.Begin(a.engine.Uncached(raw))}, pipeline.BeforeSteps
	if fault == nil {
		at, fault = t.VerifyUncached(ctx) // a cached verification would omit steps
	}
	if at == pipeline.BeforeSteps {
		t.Credentials = header
	}
	d := t.Decision(fault)
	t.Explain(ctx, d, at, fault, true)
	t.Hint(ctx, d, fault, true)
	d.Elapsed = time.Since(t.Began)
	return d
}
