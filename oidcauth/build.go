package oidcauth

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// New returns an Authenticator. It refuses a configuration that could wrongly admit a token; its error joins a [*ConfigError]
// for each fault. New sends no request to a provider: keys are fetched when the first token needs them.
//
// If [Revocation.DenyList] is nil, the Authenticator begins with an empty list of its own. To change the configuration of a
// running service, use [Authenticator.Next] instead, which continues the list, the keys and the caches. New logs a warning for
// each issuer that another Authenticator of the process trusts without sharing its list.
func New(c Config) (*Authenticator, error) { return build(c, nil) }

// Next returns an Authenticator with another configuration that continues the state of a:
//
//   - The lists of [Revocation] and [DPoP] are those of a, if c names none. A revoked token stays revoked.
//   - An Issuer that does not change keeps its keys, caches, limits and counters. If its source of
//     keys does not change, but another setting does, it keeps the keys. Two settings are equal if their values are equal. Two pointers
//     are equal if they point to the same variable. Functions are never equal, so an Issuer with Introspection.Owns keeps only its keys.
//   - The cached tokens are kept, unless Cache changes. They are judged by the rules of c.
//   - The clock is that of a. Now of c is ignored.
//   - An Issuer uses the keys that the Shadow of a has for it.
//
// Its errors are those of [New]. a remains usable, so that running requests can end. Both can be used at the same time. When the new
// Authenticator is in use, call [Authenticator.Reloaded] on it.
func (a *Authenticator) Next(c Config) (*Authenticator, error) { return build(c, a) }

// Validate returns the error that [New] would return. It sends no request, makes nothing, and logs nothing.
func (c Config) Validate() error {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return err
	}
	_, err := c.compile(nil, inherited{})
	if c.Shadow != nil {
		_, fault := c.shadowed().compile(nil, inherited{})
		err = errors.Join(err, ofShadow(fault))
	}
	return err
}

// build makes an Authenticator that continues the state of former, which may be nil.
func build(c Config, former *Authenticator) (*Authenticator, error) {
	a := &Authenticator{
		ownList: c.Revocation.DenyList == nil, refusals: newRefusalLog(), history: &history.History{}, succession: &succession{},
	}
	clock := c.Now
	if former != nil {
		c, clock = a.continues(former, c), former.engine.Now
	}
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	c.Issuers = slices.Clone(c.Issuers)
	a.config, a.published = c, c.publication()
	a.tellsCalls = c.OnEvent != nil || c.Logger.Enabled(context.Background(), slog.LevelDebug)
	var err error
	if a.issuers, err = c.compile(a.succession.calls, former.inherited()); err != nil {
		return nil, err
	}
	a.warnOfRisks()
	settings := a.settings(clock)
	if former == nil {
		a.engine = pipeline.NewEngine(settings)
		a.succession.current.Store(a)
	} else {
		c.continuePossession(&settings.Possession, former)
		a.engine = former.engine.Next(settings)
	}
	if c.Shadow != nil {
		if a.shadow, err = a.newShadow(former); err != nil {
			return nil, err
		}
	}
	a.warnOfUnsharedLists(former)
	return a, nil
}

// settings returns the settings of the engine. now is the configured clock, or nil for the clock of the system.
func (a *Authenticator) settings(now func() time.Time) pipeline.Settings {
	c, panics := a.config, guard.NewReporter(a.config.Logger)
	s := pipeline.Settings{
		Now: now, Panics: panics, Cache: pipeline.Cache(c.Cache), DenyList: c.Revocation.DenyList,
		MaxTokenLife: c.Revocation.MaxTokenLife, FailOpen: c.Revocation.InsecureFailOpen,
		Possession: c.possession(), AttachDecisions: c.decidesAccepted(), Calls: a.calls(panics), CallsWanted: a.callsWanted,
		Observed: c.Shadow != nil,
	}
	for _, iss := range a.issuers {
		s.Issuers = append(s.Issuers, iss.rules)
	}
	return s
}

// warnOfRisks logs the risks of each issuer. The risks of an issuer that former has with the same settings are logged already.
func (a *Authenticator) warnOfRisks() {
	for _, iss := range a.issuers {
		if iss.carried {
			continue
		}
		for _, w := range doctor.Warnings(iss.rules) {
			a.config.Logger.Warn("risky bearer token configuration", "event", "configured", "issuer", iss.rules.URL, "warning", w)
		}
	}
}

// warnOfUnsharedLists logs the issuers whose tokens are revoked in different lists. If former had a list of its own and the
// configuration now names another one, these are all issuers.
func (a *Authenticator) warnOfUnsharedLists(former *Authenticator) {
	unshared := authenticators.add(a)
	if former != nil && former.ownList && !a.ownList {
		unshared = a.engine.Issuers
	}
	for _, iss := range unshared {
		a.config.Logger.Warn("revocations are not shared", "event", "configured", "issuer", iss.URL, "warning", notShared)
	}
}
