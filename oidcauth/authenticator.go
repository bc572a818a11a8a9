package oidcauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Authenticator decides about bearer tokens. It is immutable and safe for concurrent use.
type Authenticator struct {
	config   Config
	issuers  []*issuer
	byURL    directory
	refusals *refusalLog
	panics   *panicLog
	asks     bool // about opaque tokens
	tokens   *verifiedTokens
	clock    func() time.Time // nil: time.Now
	shares   shares
	ownList  bool // the deny list is its own, by default
}

// New makes an Authenticator. It refuses a configuration that could wrongly admit a token, with every fault as a
// [ConfigError] joined into one error, and asks no provider: keys are fetched when the first token needs them.
//
// Where [Config.DenyList] is nil, the Authenticator begins with an empty list of its own. One that takes another's place, for
// a new configuration, would accept again what was revoked or logged out before: give both one list. New logs a warning
// for each issuer that another Authenticator of the process trusts which does not share its list.
func New(c Config) (*Authenticator, error) {
	clock, ownList := c.Now, c.DenyList == nil
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	a := &Authenticator{
		config: c, refusals: newRefusalLog(), panics: newPanicLog(c.Logger), asks: c.opaqueIssuers() > 0,
		tokens: newVerifiedTokens(c.Cache), clock: clock, ownList: ownList,
	}
	a.config.Issuers = slices.Clone(c.Issuers)
	var faults []error
	for i, declared := range c.Issuers {
		iss, err := newIssuer(declared, c, a.panics)
		if err != nil {
			err.Field = fmt.Sprintf("Issuers[%d].%s", i, err.Field)
			faults = append(faults, err)
			continue
		}
		for _, w := range iss.warnings() {
			c.Logger.Warn("risky bearer token configuration", "issuer", iss.URL, "warning", w)
		}
		a.issuers = append(a.issuers, iss)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	a.byURL = newDirectory(a.issuers)
	for _, iss := range trusted.join(a) {
		c.Logger.Warn("revocations are not shared", "issuer", iss.URL, "warning", notShared)
	}
	return a, nil
}

// Check decides about the request's bearer token and answers nothing. The error is an [*Error]; it has been logged.
func (a *Authenticator) Check(r *http.Request) (*Identity, error) {
	raw, fault := credential(r.Header)
	g := a.glance(raw)
	if id := a.settled(g); id != nil {
		return id, nil
	}
	t, at := a.attempt(g), beforeSteps
	if fault == nil {
		at, fault = t.judge(r.Context())
	}
	if fault != nil {
		return nil, a.refused(r, t, at, fault)
	}
	t.learnClass()
	if a.config.OnDecision != nil {
		d := a.decision(t, nil)
		d.Method, d.Route = clip(r.Method), r.Pattern
		a.config.OnDecision(r.Context(), d)
	}
	return t.identity(), nil
}

// CheckOptional is [Authenticator.Check] that also lets anonymous requests pass, with neither Identity nor error: those
// that have no Authorization header at all.
func (a *Authenticator) CheckOptional(r *http.Request) (*Identity, error) {
	if len(r.Header.Values("Authorization")) == 0 {
		return nil, nil
	}
	return a.Check(r)
}

// Handler lets a request pass with its [Identity] in the context, or refuses it; next never runs after a refusal.
func (a *Authenticator) Handler(next http.Handler) http.Handler { return a.handler(a.Check, next) }

// Optional is [Authenticator.Handler] that also lets anonymous requests pass, without an Identity: those that have
// no Authorization header at all. A bad token is refused.
func (a *Authenticator) Optional(next http.Handler) http.Handler {
	return a.handler(a.CheckOptional, next)
}

func (a *Authenticator) handler(check func(*http.Request) (*Identity, error), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := check(r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		if id != nil {
			r = r.WithContext(NewContext(r.Context(), id))
		}
		next.ServeHTTP(w, r)
	})
}

// RequireScopes makes a middleware for use behind [Authenticator.Handler]: the token must grant all of the scopes.
// Without an Identity in the context it refuses with 401.
func (a *Authenticator) RequireScopes(all ...string) func(http.Handler) http.Handler {
	if len(all) > 0 {
		all = strings.Split(strings.Join(all, " "), " ") // "a b" are two scopes, and "" is one that nobody has
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := FromContext(r.Context())
			if err := id.RequireScopes(all...); err != nil {
				a.Refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
