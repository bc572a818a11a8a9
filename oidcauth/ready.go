package oidcauth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// NotReadyError says that no key of an issuer is held, so that its tokens would be answered with 503.
type NotReadyError struct {
	Issuer string
	Err    error // why, as far as it is known
}

func (e *NotReadyError) Error() string {
	text := fmt.Sprintf("oidcauth: no key of issuer %q is held", e.Issuer)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *NotReadyError) Unwrap() error { return e.Err }

// Ready tells whether tokens of every issuer can be verified, for a readiness probe. Where no key is held it fetches,
// within the bounds of the source; held keys cost nothing and ask nobody. The error joins a [*NotReadyError] for each
// issuer without keys.
//
// An issuer that uses no key is ready: one with IntrospectJWTs, of which all tokens are asked about, and one that takes opaque
// tokens and whose discovery document names no keys. Introspection itself is not asked.
func (a *Authenticator) Ready(ctx context.Context) error {
	faults := make([]error, len(a.issuers))
	var wg sync.WaitGroup
	for i, iss := range a.issuers {
		wg.Go(func() { faults[i] = iss.ready(ctx) })
	}
	wg.Wait()
	return errors.Join(faults...)
}

// ready recovers what a source of the service throws: on this goroutine no one else could.
func (iss *issuer) ready(ctx context.Context) error {
	held, err := guarded(iss.panics, "keys", "", func() (bool, error) {
		if !iss.usesKeys() || len(iss.algorithmsHeld()) > 0 {
			return true, nil
		}
		err := iss.refresh(ctx)
		return len(iss.algorithmsHeld()) > 0 || iss.signsNothing(), err
	})
	if held {
		return nil
	}
	return &NotReadyError{Issuer: iss.URL, Err: err}
}

func (iss *issuer) refresh(ctx context.Context) error {
	if r, ok := iss.keys.(certsource.Refresher); ok {
		return r.Refresh(ctx, certsource.Query{Issuer: iss.URL})
	}
	return nil
}

// signsNothing reports whether the issuer takes opaque tokens, and was last seen to have no keys for others.
func (iss *issuer) signsNothing() bool {
	if !iss.takesOpaque() || iss.AudienceOfIntrospectedJWT || len(iss.LogoutAudience) > 0 {
		return false
	}
	return slices.ContainsFunc(iss.reports(), func(r certsource.Report) bool {
		return errors.Is(r.Err, certsource.ErrNoKeySet)
	})
}

func (iss *issuer) reports() []certsource.Report {
	if r, ok := iss.keys.(certsource.Reporter); ok {
		return r.Report()
	}
	return nil
}

// algorithmsHeld are those that a token could be verified with at the moment.
func (iss *issuer) algorithmsHeld() []string {
	allowed := iss.Algorithms
	if allowed == nil {
		allowed = jose.Algorithms()
	}
	if discovery.Templated(iss.URL) && iss.anyHeld() {
		return allowed // which of them depends on the tenant
	}
	var out []string
	for _, alg := range allowed {
		if keys, _ := iss.keys.Keys(certsource.Query{Issuer: iss.URL, Algorithm: alg}); len(keys) > 0 {
			out = append(out, alg)
		}
	}
	return out
}

func (iss *issuer) anyHeld() bool {
	for _, report := range iss.reports() {
		if len(report.Held) > 0 && !report.Stale {
			return true
		}
	}
	return false
}
