package oidcauth

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Next returns an Authenticator with another configuration that continues the state of a:
//
//   - The lists of [Revocation] and [DPoP] are those of a, if c names none. A revoked token stays revoked.
//   - An Issuer that does not change keeps its keys, caches, limits and counters. If other settings than its keys change, it keeps the
//     keys. Two settings are equal if their values are; pointers must be identical. Functions are never equal, and an Issuer with
//     Introspection.Owns keeps its keys only.
//   - The cached tokens are kept, unless Cache changes. They are judged by the rules of c.
//   - The clock is that of a. Now of c is ignored.
//
// Its errors are those of [New]. a remains usable, so that requests which it began can end. Both can be used at the same time. When
// the new Authenticator is in use, call [Authenticator.Reloaded] on it.
func (a *Authenticator) Next(c Config) (*Authenticator, error) { return build(c, a) }

// Reloaded reports that a configuration was read again: to the log, to OnEvent, and in Status and Diagnose. If r has no Fault, the
// connections that [Authenticator.Watch] follows are verified by a from now on. Otherwise call it on the Authenticator that remains in
// use. The text of the fault must not contain a secret.
func (a *Authenticator) Reloaded(ctx context.Context, r decision.Reload) {
	r.Fault = cut(trace.OneLine(r.Fault), trace.MaxErrorText)
	if r.Fault == "" {
		a.succession.current.Store(a)
	}
	e := decision.Event{Kind: decision.Reloaded, Time: a.engine.Time(), Reload: &r}
	a.succession.reload.Store(&e)
	level, message := slog.LevelInfo, "A new configuration is in effect."
	if r.Fault != "" {
		level, message = slog.LevelError, "The new configuration is not used. The former one stays in effect."
	}
	a.config.Logger.LogAttrs(ctx, level, message,
		appendText(nil, "event", string(e.Kind), "source", r.Source, "configuration", r.Configuration, "detail", r.Fault)...)
	a.tell(ctx, e)
}

func cut(text string, length int) string {
	if len(text) > length {
		return text[:length]
	}
	return text
}

// succession is common to an Authenticator and to those that Next makes of it.
type succession struct {
	current atomic.Pointer[Authenticator] // the last one that is in use
	reload  atomic.Pointer[decision.Event]
}

// calls tells the Authenticator in use of a call by a source of keys, which several Authenticators may share.
func (s *succession) calls(ctx context.Context, issuer string, call fetch.Call, secrets record.Secrets) {
	a := s.current.Load()
	a.engine.Calls(ctx, issuer, call, secrets)
}

// findings are the results of Diagnose about the last reload.
func (s *succession) findings() []decision.Finding {
	e := s.reload.Load()
	switch {
	case e == nil:
		return nil
	case e.Reload.Fault != "":
		return []decision.Finding{{Outcome: decision.Failed, Subject: "reload", Text: "The new configuration of " + e.Reload.Source + " is not used: " + e.Reload.Fault}}
	}
	return []decision.Finding{{Outcome: decision.Passed, Subject: "reload", Text: "The configuration of " + e.Reload.Source + " is in effect."}}
}

// successor returns the Authenticator in use, if it is newer than a.
func (a *Authenticator) successor() *Authenticator {
	if current := a.succession.current.Load(); current.engine.IsNewerThan(a.engine) {
		return current
	}
	return a
}

// continuing fills in the state that former has.
func (c Config) continuing(former Config) Config {
	c.Now = former.Now
	if c.Revocation.DenyList == nil {
		c.Revocation.DenyList = former.Revocation.DenyList
	}
	if c.DPoP.Replays == nil {
		c.DPoP.Replays = former.DPoP.Replays
	}
	return c
}

// continuePossession takes over the random secret of the nonces, and the counts of the proofs.
func (c Config) continuePossession(p *pipeline.Possession, former *Authenticator) {
	before, was := former.engine.Possession, former.config.DPoP
	if p.Nonces != nil && before.Nonces != nil && c.DPoP.NonceSecret == nil && was.NonceSecret == nil {
		p.Nonces = before.Nonces
	}
	if c.DPoP.ProofsPerKey == was.ProofsPerKey && c.DPoP.MaxAge == was.MaxAge {
		p.Shares = before.Shares
	}
}
