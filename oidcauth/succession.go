package oidcauth

import (
	"context"
	"log/slog"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

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

// continues gives a the state of former, and returns the configuration with the clock and the lists of former.
func (a *Authenticator) continues(former *Authenticator, c Config) Config {
	a.refusals, a.history, a.succession, a.ownList = former.refusals, former.history, former.succession, a.ownList && former.ownList
	c.Now = former.config.Now
	if c.Revocation.DenyList == nil {
		c.Revocation.DenyList = former.config.Revocation.DenyList
	}
	if c.DPoP.Replays == nil {
		c.DPoP.Replays = former.config.DPoP.Replays
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
