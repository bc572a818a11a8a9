package oidcauth

import (
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
}

// New returns an Authenticator. It refuses a configuration that could wrongly admit a token; its error joins a [*ConfigError]
// for each fault. New sends no request to a provider: keys are fetched when the first token needs them.
//
// If [Revocation.DenyList] is nil, the Authenticator begins with an empty list of its own. If you replace an Authenticator to
// change its configuration, give both the same list: otherwise the new one accepts tokens that were revoked or logged out
// before. New logs a warning for each issuer that another Authenticator of the process trusts without sharing its list.
func New(c Config) (*Authenticator, error) {
	clock, ownList := c.Now, c.Revocation.DenyList == nil
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	c.Issuers = slices.Clone(c.Issuers)
	panics := guard.NewReporter(c.Logger)
	past := &history.History{}
	wanted := c.callsWanted(past)
	calls := c.calls(panics, past, wanted)
	issuers, err := c.compile(calls)
	if err != nil {
		return nil, err
	}
	for _, iss := range issuers {
		for _, w := range doctor.Warnings(iss) {
			c.Logger.Warn("risky bearer token configuration", "event", "configured", "issuer", iss.URL, "warning", w)
		}
	}
	a := &Authenticator{config: c, refusals: newRefusalLog(), ownList: ownList, published: c.publication(), history: past, engine: pipeline.NewEngine(pipeline.Settings{
		Issuers: issuers, Now: clock, Panics: panics, Cache: pipeline.Cache(c.Cache), DenyList: c.Revocation.DenyList,
		MaxTokenLife: c.Revocation.MaxTokenLife, FailOpen: c.Revocation.InsecureFailOpen,
		Possession: c.possession(), AttachDecisions: c.decidesAccepted(), Calls: calls, CallsWanted: wanted,
	})}
	for _, iss := range authenticators.add(a) {
		c.Logger.Warn("revocations are not shared", "event", "configured", "issuer", iss.URL, "warning", notShared)
	}
	return a, nil
}
