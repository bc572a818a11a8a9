package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Where a run stands whose credential was refused, and one that the steps accepted and the application refuses.
const (
	BeforeSteps = -1
	BehindSteps = -2
)

// Look is a first look at a token: when it came, and what is kept of it.
type Look struct {
	Raw        string
	Began, Now time.Time
	hashes     jose.Hashes  // where tokens are kept
	cached     *cachedToken // nil: nothing is kept
}

// Glance looks at a token, and for it among those that are kept.
func (a *Engine) Glance(raw string) Look {
	g := a.Past(raw)
	if a.keeps(raw) {
		g.hashes = jose.Hash(raw)
		g.cached = a.tokens.find(g.hashes.Token, g.Now)
	}
	return g
}

// Past is a Look past what is kept.
func (a *Engine) Past(raw string) Look {
	began := time.Now()
	g := Look{Raw: raw, Began: began, Now: began}
	if a.Now != nil {
		g.Now = a.Now()
	}
	return g
}

func (a *Engine) keeps(raw string) bool {
	return a.tokens != nil && raw != "" && len(raw) <= jose.DefaultMaxBytes
}

// Settled returns what was kept by [Run.Settle] if nothing that must be checked for each request could change it: no provider
// and no user store has to be asked, and the token's time, its key and the deny list were looked at just now.
func (a *Engine) Settled(g Look) any {
	if g.cached == nil || !a.nothingDenied() {
		return nil
	}
	return g.cached.settled.Load()
}

// Settled returns what was kept by [Run.Settle], after all steps have passed.
func (t *Run) Settled() any {
	if t.cached == nil {
		return nil
	}
	return t.cached.settled.Load()
}

// Begin makes the Run of a token.
func (a *Engine) Begin(g Look) *Run { return &Run{Engine: a, Look: g, Form: Signed} }

// After makes the Run of a token that was accepted before, for a refusal of the application. The zero Result is that of a
// request without an identity.
func (a *Engine) After(g Look, r Result) *Run {
	t := a.Begin(g)
	if r.Rules != nil {
		t.Token, t.Rules, t.Claims, t.User, t.Expiry, t.Established = r.Token, r.Rules, r.Claims, r.User, r.Expires, Verified
	}
	return t
}

// Judge runs the steps, of a token that is remembered only those that are run for every request.
func (t *Run) Judge(ctx context.Context) (at int, fault *Fault) {
	if !t.Engine.keeps(t.Raw) {
		return t.verify(ctx, len(Steps))
	}
	if t.cached != nil {
		t.fromCache()
	} else if at, fault = t.verifyOnce(ctx); fault != nil {
		return at, fault
	}
	return t.run(ctx, perRequest, len(Steps))
}

// verifyOnce lets concurrent requests with one new token wait for the first of them; one that then finds nothing kept
// verifies for itself, so that no request is refused for the fault of another.
func (t *Run) verifyOnce(ctx context.Context) (at int, fault *Fault) {
	if t.Engine.tokens.Begin(ctx, t.hashes.Token) {
		defer t.Engine.tokens.End(t.hashes.Token)
	}
	if t.cached = t.Engine.tokens.find(t.hashes.Token, t.Now); t.cached != nil {
		t.fromCache()
		return perRequest, nil
	}
	if at, fault = t.verify(ctx, perRequest); fault == nil && t.Form == Signed {
		t.store()
	}
	return at, fault
}

// JudgeWhole runs every step, past what is kept of the token.
func (t *Run) JudgeWhole(ctx context.Context) (at int, fault *Fault) {
	return t.verify(ctx, len(Steps))
}

// verify runs the steps from the first on. Three parts of base64url are a token68, so only what is no JWT has to be
// looked at character by character.
func (t *Run) verify(ctx context.Context, to int) (at int, fault *Fault) {
	at, fault = t.run(ctx, 0, 1)
	if t.Token == nil {
		if odd := CheckToken68(t.Raw[:min(len(t.Raw), jose.DefaultMaxBytes+1)]); odd != nil { // what is longer is refused anyhow
			return BeforeSteps, odd
		}
	}
	if fault != nil {
		return at, fault
	}
	return t.run(ctx, 1, to)
}

// run runs some of the steps, up to the first fault, which is the verdict; at is where it was found.
func (t *Run) run(ctx context.Context, from, to int) (at int, fault *Fault) {
	for i := from; i < to; i++ {
		if Steps[i].Of&t.Form == 0 {
			continue
		}
		switch fault := Steps[i].Judge(ctx, t); fault {
		case nil:
		case askAnew:
			t.forgetAnswer()
			i = asking - 1
		default:
			return i, fault
		}
	}
	return to, nil
}
