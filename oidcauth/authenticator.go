package oidcauth

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Authenticator decides about bearer tokens. It is immutable and safe for concurrent use.
type Authenticator struct {
	config  Config
	issuers []*issuer
}

// New makes an Authenticator. It refuses a configuration that could wrongly admit a token, with every fault as a
// [ConfigError] joined into one error, and asks no provider: keys are fetched when the first token needs them.
func New(c Config) (*Authenticator, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	a := &Authenticator{config: c}
	a.config.Issuers = slices.Clone(c.Issuers)
	var faults []error
	for i, declared := range c.Issuers {
		iss, err := newIssuer(declared, c)
		if err != nil {
			faults = append(faults, &ConfigError{Field: fmt.Sprintf("Issuers[%d].Keys", i), Problem: "cannot be used", Err: err})
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
	return a, nil
}

// Check decides about the request's bearer token and answers nothing. The error is an [*Error]; it has been logged.
func (a *Authenticator) Check(r *http.Request) (*Identity, error) {
	raw, refused := bearerToken(r.Header)
	if refused == nil {
		var id *Identity
		if id, refused = a.decide(r.Context(), raw); refused == nil {
			return id, nil
		}
	}
	refused.DecisionID = rand.Text()
	a.log(r, refused)
	return nil, refused
}

func (a *Authenticator) decide(ctx context.Context, raw string) (*Identity, *Error) {
	t := &attempt{auth: a, raw: raw, now: a.config.Now()}
	for _, s := range steps {
		if refused := s.run(ctx, t); refused != nil {
			refused.token = t.facts()
			return nil, refused
		}
	}
	return t.identity(), nil
}

// Handler lets a request pass with its [Identity] in the context, or refuses it; next never runs after a refusal.
func (a *Authenticator) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := a.Check(r)
		if err != nil {
			a.Refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), id)))
	})
}

// Optional is [Authenticator.Handler] that also lets anonymous requests pass, without an Identity: those that have
// no Authorization header at all. A bad token is refused.
func (a *Authenticator) Optional(next http.Handler) http.Handler {
	strict := a.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Values("Authorization")) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		strict.ServeHTTP(w, r)
	})
}

// RequireScopes makes a middleware for use behind [Authenticator.Handler]: the token must grant all of the scopes.
// Without an Identity in the context it refuses with 401.
func (a *Authenticator) RequireScopes(all ...string) func(http.Handler) http.Handler {
	all = slices.Clone(all)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if refused := a.checkScopes(r, all); refused != nil {
				a.Refuse(w, r, refused)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func (a *Authenticator) checkScopes(r *http.Request, all []string) error {
	id, ok := FromContext(r.Context())
	var err error = refuse(NoCredentials, nil, "no identity in the context: RequireScopes stands outside Handler")
	if ok {
		err = id.RequireScopes(all...)
	}
	if err == nil {
		return nil
	}
	e := asError(err)
	a.log(r, e)
	return e
}
