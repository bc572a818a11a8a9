package trace

import (
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// keysFrom returns the sources of the keys to try, in order.
func (t *Trace) keysFrom() []string {
	if len(t.Keys.Tried) == 0 {
		return []string{sourceName("")}
	}
	var out []string
	for _, k := range t.Keys.Tried {
		if s := sourceName(k.Source); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func sourceName(source string) string {
	if source == "" {
		return "a key source of the application"
	}
	return source
}

// keySources describes every source of keys in order.
func (t *Trace) keySources() []decision.KeySource {
	r, ok := t.Rules.Keys.(certsource.Reporter)
	if !ok {
		return []decision.KeySource{{Source: sourceName("")}}
	}
	var out []decision.KeySource
	for _, report := range r.Report() {
		out = append(out, SourceOf(report))
	}
	return out
}

// SourceOf converts the report of a source of keys.
func SourceOf(r certsource.Report) decision.KeySource {
	k := decision.KeySource{Source: r.Source, Held: record.List(r.Held), Notes: record.List(r.Notes), Fetched: r.Fetched, Stale: r.Stale}
	if r.Err != nil {
		k.Fault = OneLine(r.Err.Error())
	}
	return k
}

func (t *Trace) claimSources() []decision.ClaimSource {
	var out []decision.ClaimSource
	for _, p := range t.Rules.Needed {
		c := decision.ClaimSource{Name: p.String(), Source: claimset.SourceOf(t.Claims, p)}
		if v, ok := t.Claims.Lookup(p); ok {
			c.Value = t.Shown(p, v)
		}
		out = append(out, c)
	}
	return out
}
