package oidcauth

import (
	"context"
	"log/slog"
	"slices"

	"github.com/knownbearer/knownbearer/internal/doctor"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Authenticator verifies bearer tokens. [New] makes one. It is safe for concurrent use.
type Authenticator struct {
	config    Config
	engine    *pipeline.Engine
	refusals  *refusalLog
	ownList   bool // the configuration names no deny list, so the Authenticator has one of its own
	published publication
	history   *history.History // empty without [Authenticator.DebugHandler]

	issuers    []compiledIssuer
	tellsCalls bool // OnEvent or the Logger listens to calls
	succession *succession
}

// New returns an Authenticator. It refuses a configuration that could wrongly admit a token; its error joins a [*ConfigError]
// for each fault. New sends no request to a provider: keys are fetched when the first token needs them.
//
// If [Revocation.DenyList] is nil, the Authenticator begins with an empty list of its own. To change the configuration of a running
// service, use [Authenticator.Next] instead, which continues the list, the keys and the caches. New logs a warning for each issuer that another Authenticator of the process trusts without sharing its list.
func New(c Config) (*Authenticator, error) { return build(c, nil) }

// build makes an Authenticator that continues the state of former, which may be nil.
func build(c Config, former *Authenticator) (*Authenticator, error) {
	ownList := c.Revocation.DenyList == nil
	unshared := former != nil && former.ownList && !ownList
	a := &Authenticator{refusals: newRefusalLog(), history: &history.History{}, succession: &succession{}}
	clock := c.Now
	if former != nil {
		c, clock = c.continuing(former.config), former.engine.Now
		ownList = ownList && former.ownList
		a.refusals, a.history, a.succession = former.refusals, former.history, former.succession
	}
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	c.Issuers = slices.Clone(c.Issuers)
	panics := guard.NewReporter(c.Logger)
	a.config, a.ownList, a.published = c, ownList, c.publication()
	a.tellsCalls = c.OnEvent != nil || c.Logger.Enabled(context.Background(), slog.LevelDebug)
	calls := a.calls(panics)
	var err error
	if a.issuers, err = c.compile(a.succession.calls, former); err != nil {
		return nil, err
	}
	var issuers []*pipeline.Rules
	for _, iss := range a.issuers {
		issuers = append(issuers, iss.rules)
		if iss.carried {
			continue
		}
		for _, w := range doctor.Warnings(iss.rules) {
			c.Logger.Warn("risky bearer token configuration", "event", "configured", "issuer", iss.rules.URL, "warning", w)
		}
	}
	settings := pipeline.Settings{
		Issuers: issuers, Now: clock, Panics: panics, Cache: pipeline.Cache(c.Cache), DenyList: c.Revocation.DenyList,
		MaxTokenLife: c.Revocation.MaxTokenLife, FailOpen: c.Revocation.InsecureFailOpen,
		Possession: c.possession(), AttachDecisions: c.decidesAccepted(), Calls: calls, CallsWanted: a.callsWanted,
	}
	if former == nil {
		a.engine = pipeline.NewEngine(settings)
		a.succession.current.Store(a)
	} else {
		c.continuePossession(&settings.Possession, former)
		a.engine = former.engine.Next(settings)
	}
	unsharedIssuers := authenticators.add(a)
	if unshared {
		unsharedIssuers = issuers
	}
	for _, iss := range unsharedIssuers {
		c.Logger.Warn("revocations are not shared", "event", "configured", "issuer", iss.URL, "warning", notShared)
	}
	return a, nil
}
