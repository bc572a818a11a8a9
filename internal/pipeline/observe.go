package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/usermap"
)

// tellsCalls reports whether Calls wants the calls at present.
func (s Settings) tellsCalls() bool {
	return s.Calls != nil && (s.CallsWanted == nil || s.CallsWanted())
}

// Of returns the observer of the calls about the keys of an issuer. It is nil if calls is nil.
func (calls Calls) Of(issuer string) fetch.Observer {
	if calls == nil {
		return nil
	}
	return func(ctx context.Context, c fetch.Call) { calls(ctx, issuer, c, record.Secrets{}) }
}

// observation contains the parts of a run that are reported with a call to the provider. It is a copy, because the call may run
// while the steps change the run.
type observation struct {
	calls       Calls
	issuer, raw string
	personal    []string
}

func (t *Run) observation() observation {
	if !t.Engine.tellsCalls() {
		return observation{}
	}
	return observation{calls: t.Engine.Calls, issuer: t.Rules.URL, raw: t.accessToken(), personal: t.personalValues()}
}

// observe makes a call to the provider, and reports it to Settings.Calls.
func observe[T any](ctx context.Context, o observation, endpoint decision.Endpoint, call func(context.Context) (T, error)) (T, error) {
	if o.calls == nil {
		return call(ctx)
	}
	return fetch.Observe(fetch.WithObserver(ctx, func(ctx context.Context, c fetch.Call) {
		o.calls(ctx, o.issuer, c, record.Secrets{Credentials: record.Credentials(o.raw), Values: o.personal})
	}), endpoint, call)
}

// lookUpUsers asks the user store.
func (t *Run) lookUpUsers(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
	began := time.Now()
	t.lookup.Context = ctx
	found, err := t.Rules.Users.FindUsers(&t.lookup, q)
	if t.Engine.tellsCalls() {
		var secrets record.Secrets
		if err != nil {
			secrets = t.Secrets()
		}
		t.Engine.Calls(ctx, t.Rules.URL, fetch.Call{Endpoint: decision.EndpointUsers, Elapsed: time.Since(began), Err: err}, secrets)
	}
	return found, err
}

// Secrets returns the secrets that a dependency may have quoted from its input: the token and its parts, the values of the claims
// that find and name the user, and the subject.
func (t *Run) Secrets() record.Secrets {
	s := record.Secrets{Credentials: record.Credentials(t.Raw), Values: t.personalValues()}
	if t.login != nil {
		s.Credentials = append(s.Credentials, record.Credentials(t.login.AccessToken)...)
		s.Credentials = append(s.Credentials, t.login.Secrets...)
	}
	return s
}

func (t *Run) personalValues() (out []string) {
	if t.Rules == nil || t.ShowsClaimValues() {
		return nil
	}
	for _, p := range [...]claims.Path{t.Rules.Search, t.Rules.Name, SubjectClaim} {
		if text, ok := t.claimValue(p).Text(); ok && !record.Impersonal(p.String()) {
			out = append(out, text)
		}
	}
	return out
}

// claimValue returns the value of a claim. It reads the token if the claims are not resolved yet.
func (t *Run) claimValue(p claims.Path) claims.Value {
	v, ok := t.Claims.Lookup(p)
	if !ok && t.Token.Known {
		v, _ = claimset.FromObject(t.Token.Claims).Lookup(p)
	}
	return v
}
