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

// Reloaded reports to the log and to OnEvent that the configuration was read again. Status and Diagnose show it.
//
// If r has no Fault, call Reloaded on the new Authenticator: from then on, it verifies the connections that [Authenticator.Watch]
// follows. If r has a Fault, call Reloaded on the Authenticator that remains in use. The Fault must not contain a secret.
func (a *Authenticator) Reloaded(ctx context.Context, r decision.Reload) {
	r.Fault = record.Clip(trace.OneLine(r.Fault), trace.MaxErrorText)
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

// calls reports a call by a source of keys to the Authenticator in use. Several Authenticators may share the source.
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

// continues takes over the state of former. It returns the configuration with the clock of former, and with the lists of former if the
// configuration names no others.
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
