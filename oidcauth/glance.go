package oidcauth

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// glance is a first look at a token: when it came, and what is kept of it.
type glance struct {
	raw        string
	began, now time.Time
	hashes     jose.Hashes // where tokens are kept
	memory     *memory     // nil: nothing is kept
}

func (a *Authenticator) glance(raw string) glance {
	g := a.look(raw)
	if a.keeps(raw) {
		g.hashes = jose.Hash(raw)
		g.memory = a.tokens.recall(g.hashes.Token, g.now)
	}
	return g
}

// look is a glance past what is kept.
func (a *Authenticator) look(raw string) glance {
	began := time.Now()
	g := glance{raw: raw, began: began, now: began}
	if a.clock != nil {
		g.now = a.clock()
	}
	return g
}

func (a *Authenticator) keeps(raw string) bool {
	return a.tokens != nil && raw != "" && len(raw) <= jose.DefaultMaxBytes
}

// settled returns the identity of a token of which no step that is live could find a fault: nobody is to be asked, no
// claim is missing, each check holds, and its time, its key and the deny list were looked at just now.
func (a *Authenticator) settled(g glance) *Identity {
	if g.memory == nil || a.config.OnDecision != nil || !a.nothingDenied() {
		return nil
	}
	return g.memory.settled.Load()
}

// judge runs the steps, of a token that is remembered only those that are live.
func (t *attempt) judge(ctx context.Context) (at int, fault *Error) {
	if !t.auth.keeps(t.raw) {
		return t.verify(ctx, len(steps))
	}
	if t.memory != nil {
		t.recall()
	} else if at, fault = t.verifyOnce(ctx); fault != nil {
		return at, fault
	}
	return t.run(ctx, live, len(steps))
}

// verifyOnce lets concurrent requests with one new token wait for the first of them; whoever then finds nothing kept
// verifies for itself, so that no request is refused for the fault of another.
func (t *attempt) verifyOnce(ctx context.Context) (at int, fault *Error) {
	if t.auth.tokens.Begin(ctx, t.hashes.Token) {
		defer t.auth.tokens.End(t.hashes.Token)
	}
	if t.memory = t.auth.tokens.recall(t.hashes.Token, t.now); t.memory != nil {
		t.recall()
		return live, nil
	}
	if at, fault = t.verify(ctx, live); fault == nil && t.form == signed {
		t.remember()
	}
	return at, fault
}

// verify runs the steps from the first on. Three parts of base64url are a token68, so only what is no JWT has to be
// looked at character by character.
func (t *attempt) verify(ctx context.Context, to int) (at int, fault *Error) {
	at, fault = t.run(ctx, 0, 1)
	if t.token == nil {
		if odd := checkToken68(t.raw[:min(len(t.raw), jose.DefaultMaxBytes+1)]); odd != nil { // what is longer is refused anyhow
			return beforeSteps, odd
		}
	}
	if fault != nil {
		return at, fault
	}
	return t.run(ctx, 1, to)
}
