package doctor

import (
	"context"
	"slices"
	"sync"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Unready is an issuer without usable keys.
type Unready struct {
	Issuer string
	Err    error // The error of the fetch, or nil if it is unknown.
}

// Ready returns the issuers without usable keys. If an issuer has no usable key, Ready first fetches its keys, within the
// limits of the source.
func Ready(ctx context.Context, s pipeline.Settings) []Unready {
	faults := make([]*Unready, len(s.Issuers))
	var wg sync.WaitGroup
	for i, rules := range s.Issuers {
		wg.Go(func() { faults[i] = issuer{rules}.ready(ctx, s.Panics) })
	}
	wg.Wait()
	var out []Unready
	for _, f := range faults {
		if f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// issuer adds the checks of this package to the rules of an issuer.
type issuer struct{ *pipeline.Rules }

// ready returns nil if the issuer has usable keys or needs none. It recovers a panic of the application's own source,
// because only this goroutine can.
func (iss issuer) ready(ctx context.Context, panics *guard.Reporter) *Unready {
	ready, err := guard.Reported(panics, "keys", "", func() (bool, error) {
		if !iss.UsesKeys() || len(iss.usableAlgorithms()) > 0 {
			return true, nil
		}
		err := iss.refresh(ctx)
		return len(iss.usableAlgorithms()) > 0 || iss.HasNoKeySet() || IsReady(iss.Rules, iss.Reports()), err
	})
	if ready {
		return nil
	}
	return &Unready{Issuer: iss.URL, Err: err}
}

func (iss issuer) refresh(ctx context.Context) error {
	if r, ok := iss.Keys.(certsource.Refresher); ok {
		return r.Refresh(ctx, certsource.Query{Issuer: iss.URL})
	}
	return nil
}

// IsReady is [Ready] for one issuer, by the reports of its sources. It fetches nothing, and starts no fetch.
func IsReady(rules *pipeline.Rules, reports []certsource.Report) bool {
	iss := issuer{rules}
	if !rules.UsesKeys() || rules.HasNoKeySet() {
		return true
	}
	if _, reporting := rules.Keys.(certsource.Reporter); !reporting {
		return len(iss.usableAlgorithms()) > 0
	}
	allowed := iss.allowedAlgorithms()
	usable := func(k certsource.HeldKey) bool {
		return k.Valid && slices.ContainsFunc(k.Algorithms, func(alg string) bool {
			return slices.ContainsFunc(allowed, func(a string) bool { return jose.SameAlgorithm(a, alg) })
		})
	}
	return slices.ContainsFunc(reports, func(r certsource.Report) bool {
		return r.OnDemand && r.Err == nil || !r.Stale && len(r.Held) > 0 && (r.Keys == nil || slices.ContainsFunc(r.Keys, usable))
	})
}

func (iss issuer) allowedAlgorithms() []string {
	if iss.Algorithms == nil {
		return jose.Algorithms()
	}
	return iss.Algorithms
}

// usableAlgorithms returns the accepted algorithms for which there is a key now.
func (iss issuer) usableAlgorithms() []string {
	allowed := iss.allowedAlgorithms()
	if discovery.Templated(iss.URL) && iss.hasKeys() {
		return allowed // The keys depend on the tenant.
	}
	var out []string
	for _, alg := range allowed {
		if keys, _ := iss.Keys.Keys(certsource.Query{Issuer: iss.URL, Algorithm: alg}); len(keys) > 0 {
			out = append(out, alg)
		}
	}
	return out
}

// hasKeys reports whether a source has keys that are not too old.
func (iss issuer) hasKeys() bool {
	for _, report := range iss.Reports() {
		if len(report.Held) > 0 && !report.Stale {
			return true
		}
	}
	return false
}
