package oidcauth

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

const (
	maxShadowed = 64               // the number of requests that a shadow judges at once
	shadowWait  = 15 * time.Second // the longest time in which a shadow waits for a fetch of keys
)

// shadow judges the requests of an Authenticator by another configuration. Nothing depends on its verdicts.
type shadow struct {
	live     *Authenticator
	engine   *pipeline.Engine
	issuers  []compiledIssuer
	fetching map[*pipeline.Rules]*atomic.Bool // for each issuer with keys of its own, whether a fetch is under way
	limits   *refusalLog

	running         atomic.Int64
	judged, skipped tokencache.Counter
	changes         map[decision.ShadowChange]*atomic.Uint64
}

// inherited returns the issuers whose state a successor of a may use. a may be nil.
func (a *Authenticator) inherited() inherited {
	switch {
	case a == nil:
		return inherited{}
	case a.shadow == nil:
		return inherited{issuers: a.issuers}
	}
	return inherited{issuers: a.issuers, keys: a.shadow.issuers}
}

// newShadow makes the shadow of a. former may be nil.
func (a *Authenticator) newShadow(former *Authenticator) (*shadow, error) {
	c := a.config.shadowed()
	s := &shadow{
		live: a, limits: newRefusalLog(), judged: tokencache.NewCounter(), skipped: tokencache.NewCounter(),
		fetching: map[*pipeline.Rules]*atomic.Bool{}, changes: map[decision.ShadowChange]*atomic.Uint64{},
	}
	for _, change := range decision.ShadowChanges() {
		s.changes[change] = &atomic.Uint64{}
	}
	var err error
	s.issuers, err = c.compile(a.succession.calls, inherited{issuers: a.issuers, keys: former.inherited().keys})
	if err != nil {
		return nil, ofShadow(err)
	}
	var issuers []*pipeline.Rules
	for _, iss := range s.issuers {
		issuers = append(issuers, iss.rules)
		if iss.keysAmong(a.issuers) == nil {
			s.fetching[iss.rules] = &atomic.Bool{}
		}
	}
	possession, live := c.possession(), a.engine.Possession
	possession.Nonces, possession.Replays, possession.Shares = nil, live.Replays, live.Shares
	s.engine = pipeline.NewEngine(pipeline.Settings{
		Issuers: issuers, Now: a.engine.Now, Panics: a.engine.Panics, Cache: pipeline.Cache{Disabled: true}, DenyList: a.engine.DenyList,
		MaxTokenLife: a.engine.MaxTokenLife, FailOpen: a.engine.FailOpen, Possession: possession,
		ProvesAsLive: possession.Target == live.Target && possession.Window == live.Window,
	})
	return s, nil
}

// shadowed returns the configuration of the shadow, with the values that are always those of the configuration in effect.
func (c Config) shadowed() Config {
	s := *c.Shadow
	s.Now, s.Logger, s.ShowClaimValues = c.Now, c.Logger, c.ShowClaimValues
	s.Revocation, s.DPoP.Replays, s.OnEvent = c.Revocation, c.DPoP.Replays, nil
	s = s.withDefaults()
	s.Issuers = slices.Clone(s.Issuers)
	return s
}

func (c Config) shadowFault() error {
	if c.Shadow.Shadow != nil {
		return &ConfigError{Field: "Shadow.Shadow", Problem: "must be nil, because a shadow has no shadow"}
	}
	return ofShadow(c.shadowed().validate())
}

// ofShadow adds the name of the field to the faults of a shadow.
func ofShadow(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var faults []error
	for _, err := range joined.Unwrap() {
		var fault *ConfigError
		if errors.As(err, &fault) {
			err = &ConfigError{Field: "Shadow." + fault.Field, Problem: fault.Problem, Err: fault.Err}
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// subject is a request that a shadow judges.
type subject struct {
	input    pipeline.Input
	observed *pipeline.Observed
	decision *decision.Decision // about the request; without an ID, if the accepted request has no decision
	identity *Identity          // nil if the request was refused
}

// judgeCached judges a request whose token was found in the cache of verified tokens, so that no step ran.
func (s *shadow) judgeCached(ctx context.Context, look pipeline.Input, from requestInfo, id *Identity) {
	if cached := s.engine.ShadowOf(look); cached != nil {
		s.repeat(ctx, cached, look, from, id)
		return
	}
	s.judgeLater(ctx, subject{input: look, observed: s.live.engine.ObserveCached(look), identity: id}, from)
}

// judgeAccepted judges a request whose token was accepted by the steps.
func (s *shadow) judgeAccepted(ctx context.Context, run *pipeline.Run, look pipeline.Input, from requestInfo, id *Identity) {
	if cached := s.engine.ShadowOf(look); cached != nil {
		s.repeat(ctx, cached, look, from, id)
		return
	}
	s.judgeLater(ctx, subject{input: look, observed: run.Observe(len(pipeline.Steps), nil), identity: id}, from)
}

// repeat counts a request for whose token the verdict of the shadow is cached. If that verdict differs, repeat reports the difference again.
func (s *shadow) repeat(ctx context.Context, cached *pipeline.CachedShadow, look pipeline.Input, from requestInfo, id *Identity) {
	defer s.judged.Add() // after the change is counted
	if d, differs := cached.Value.(*difference); differs {
		_, _ = guard.Reported(s.engine.Panics, "Shadow", look.Raw, func() (any, error) {
			s.report(ctx, d, s.decisionOf(ctx, look, from, id))
			return nil, nil
		})
	}
}

// decisionOf returns the decision about an accepted request, or a description of the request if it has none.
func (s *shadow) decisionOf(ctx context.Context, look pipeline.Input, from requestInfo, id *Identity) *decision.Decision {
	if id.accepted != nil {
		return id.accepted
	}
	d := &decision.Decision{Time: look.Now, Accepted: true, Issuer: id.Issuer()}
	s.live.describe(ctx, d, from)
	return d
}

// judgeLater describes the request while it runs, and judges it on another goroutine.
func (s *shadow) judgeLater(ctx context.Context, j subject, from requestInfo) {
	j.decision = s.decisionOf(ctx, j.input, from, j.identity)
	s.judge(ctx, j)
}

// judge judges a request on another goroutine, unless too many are being judged.
func (s *shadow) judge(ctx context.Context, j subject) {
	if !s.begin() {
		s.skipped.Add()
		return
	}
	if sender := j.input.Sender; sender != nil { // the application may change the headers of its request
		own := *sender
		own.Proofs, own.Forwarded = slices.Clone(own.Proofs), slices.Clone(own.Forwarded)
		j.input.Sender = &own
	}
	go func() {
		defer s.running.Add(-1)
		s.guarded(context.WithoutCancel(ctx), j, false)
	}()
}

func (s *shadow) begin() bool {
	if s.running.Add(1) <= maxShadowed {
		return true
	}
	s.running.Add(-1)
	return false
}

// guarded judges a request, and contains a panic of the service's code.
func (s *shadow) guarded(ctx context.Context, j subject, mayFetch bool) {
	_, _ = guard.Reported(s.engine.Panics, "Shadow", j.input.Raw, func() (any, error) {
		s.compare(ctx, j, mayFetch)
		return nil, nil
	})
}

func (s *shadow) compare(ctx context.Context, j subject, mayFetch bool) {
	run := s.engine.BeginShadow(j.input, j.observed, mayFetch)
	v := run.Shadow(ctx)
	if v.LacksKeys && v.Fault == nil && !mayFetch && s.fetch(ctx, run.Rules, j) {
		return
	}
	defer s.judged.Add() // after the change is counted
	found := differenceOf(run, v, j)
	if found == nil {
		run.StoreShadow(nil, run.Lasts(v))
		return
	}
	if v.Fault != nil && s.limits.wouldAllow(v.Fault.Reason, j.decision.Time) {
		found.explain(ctx, run, v)
	}
	run.StoreShadow(found, run.Lasts(v))
	s.report(ctx, found, j.decision)
}

// fetch fetches the keys of an issuer, and then judges the request. It returns false if the keys are those of the configuration in effect,
// or if a fetch is under way.
func (s *shadow) fetch(ctx context.Context, rules *pipeline.Rules, j subject) bool {
	flying := s.fetching[rules]
	if flying == nil || flying.Swap(true) {
		return false
	}
	go func() {
		defer flying.Store(false)
		ctx, cancel := context.WithTimeout(ctx, shadowWait)
		defer cancel()
		s.guarded(ctx, j, true)
	}()
	return true
}

func (s *shadow) status() *ShadowStatus {
	out := &ShadowStatus{Judged: s.judged.Load(), Skipped: s.skipped.Load(), Changes: map[decision.ShadowChange]uint64{}}
	for change, n := range s.changes {
		out.Changes[change] = n.Load()
	}
	for _, rules := range s.engine.Issuers {
		out.Issuers = append(out.Issuers, issuerStatus(rules))
	}
	return out
}
