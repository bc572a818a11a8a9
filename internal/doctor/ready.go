package doctor

import (
	"context"
	"sync"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Unready is an issuer of which no key is held.
type Unready struct {
	Issuer string
	Err    error // why, as far as it is known
}

// Ready looks for the keys of every issuer. Where no key is held it fetches, within the bounds of the source.
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

// issuer is the rules of an issuer, as the doctor looks at them.
type issuer struct{ *pipeline.Rules }

// ready recovers what a source of the service throws: on this goroutine no one else could.
func (iss issuer) ready(ctx context.Context, panics *guard.Reporter) *Unready {
	held, err := guard.Reported(panics, "keys", "", func() (bool, error) {
		if !iss.UsesKeys() || len(iss.algorithmsHeld()) > 0 {
			return true, nil
		}
		err := iss.refresh(ctx)
		return len(iss.algorithmsHeld()) > 0 || iss.SignsNothing(), err
	})
	if held {
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

// algorithmsHeld are those that a token could be verified with at the moment.
func (iss issuer) algorithmsHeld() []string {
	allowed := iss.Algorithms
	if allowed == nil {
		allowed = jose.Algorithms()
	}
	if discovery.Templated(iss.URL) && iss.anyHeld() {
		return allowed // which of them depends on the tenant
	}
	var out []string
	for _, alg := range allowed {
		if keys, _ := iss.Keys.Keys(certsource.Query{Issuer: iss.URL, Algorithm: alg}); len(keys) > 0 {
			out = append(out, alg)
		}
	}
	return out
}

func (iss issuer) anyHeld() bool {
	for _, report := range iss.Reports() {
		if len(report.Held) > 0 && !report.Stale {
			return true
		}
	}
	return false
}
