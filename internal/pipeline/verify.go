package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// The positions of the faults that no step has found.
const (
	BeforeSteps = -1 // the credential of the request was refused before the first step
	AfterSteps  = -2 // the steps accepted the token, and the application refuses it
	// OutsideSteps is that of a login or a session that is refused without a look at a token.
	OutsideSteps = -3
)

var (
	firstPerRequest = slices.IndexFunc(Steps, func(s Step) bool { return s.PerRequest })
	requeryFrom     = slices.IndexFunc(Steps, func(s Step) bool { return s.ID == StepIntrospection })
)

// Verify runs the steps. If the token is in the cache, it runs only the steps that must run for each request. It returns the
// position of the step that refused the token, and its fault.
func (t *Run) Verify(ctx context.Context) (at int, fault *Fault) {
	if !t.Engine.caches(t.Raw) {
		return t.VerifyUncached(ctx)
	}
	if t.cached != nil {
		t.fromCache()
	} else if at, fault = t.verifyOnce(ctx); fault != nil {
		return at, fault
	}
	return t.run(ctx, firstPerRequest, len(Steps))
}

// verifyOnce verifies a token that is not in the cache. Concurrent requests with the same token wait for the first one. If the
// token is still not in the cache, each of them verifies the token itself, because the first request may have failed for a
// cause that does not concern the others.
func (t *Run) verifyOnce(ctx context.Context) (at int, fault *Fault) {
	if t.Engine.tokens.Begin(ctx, t.hashes.Token) {
		defer t.Engine.tokens.End(t.hashes.Token)
	}
	if t.cached = t.Engine.findCached(t.hashes.Token, t.Now); t.cached != nil {
		t.fromCache()
		return firstPerRequest, nil
	}
	if at, fault = t.runFromStart(ctx, firstPerRequest); fault == nil && t.Form == Signed {
		t.store()
	}
	return at, fault
}

// VerifyUncached runs every step, and ignores the cache.
func (t *Run) VerifyUncached(ctx context.Context) (at int, fault *Fault) {
	return t.runFromStart(ctx, len(Steps))
}

// runFromStart runs the steps from the first one. It refuses an opaque token with illegal characters. A JWT needs no such
// check, because a text with illegal characters cannot be parsed as a JWT.
func (t *Run) runFromStart(ctx context.Context, to int) (at int, fault *Fault) {
	at, fault = t.run(ctx, 0, 1)
	if t.Token.JWT == nil && t.Form&access != 0 {
		if illegal := CheckToken68(t.Raw[:min(len(t.Raw), jose.DefaultMaxBytes+1)]); illegal != nil { // a longer text is refused anyway
			return BeforeSteps, illegal
		}
	}
	if fault != nil {
		return at, fault
	}
	return t.run(ctx, 1, to)
}

// run runs the steps between two positions. It stops at the first fault.
func (t *Run) run(ctx context.Context, from, to int) (at int, fault *Fault) {
	for i := from; i < to; i++ {
		if Steps[i].Forms&t.Form == 0 {
			continue
		}
		switch fault := Steps[i].Check(ctx, t); fault {
		case nil:
		case queryAgain:
			t.forgetAnswer()
			i = requeryFrom - 1
		default:
			return i, fault
		}
	}
	return to, nil
}

// forgetAnswer resets the run of an opaque token to its state before the provider was asked.
func (t *Run) forgetAnswer() {
	t.Token, t.Tenant, t.Expiry, t.Established = Token{}, "", time.Time{}, KnownIssuer
}
