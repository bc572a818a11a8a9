// Package series says which series the metrics of events and of the state have, for every system of metrics.
//
// Each label is a part of the configuration or one of a closed set of words, so a sender of forged tokens cannot add series.
package series

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Verdict holds the parts of a decision that become labels.
type Verdict struct {
	Issuer, Result string
	Reason         string // empty if the token is accepted
	Status         int    // zero if the token is accepted
	Cached         bool
}

// VerdictOf returns the verdict of an event of the kind Accepted or Refused.
func VerdictOf(e decision.Event) Verdict {
	v := Verdict{Issuer: Text(e.Issuer), Result: string(e.Kind), Cached: e.Decision.Cached}
	if e.Kind == decision.Refused {
		v.Reason, v.Status = Reason(e.Decision.Reason), e.Decision.Status
	}
	return v
}

// Made keeps for each verdict the series that Make made of it. Making them takes longer than a decision about a cached token.
type Made[T any] struct {
	Make func(Verdict) T

	mu   sync.Mutex // Held to replace seen.
	seen atomic.Pointer[map[Verdict]T]
}

// Of returns the series of a verdict, and makes them if the verdict is new. It is safe for concurrent use.
func (m *Made[T]) Of(v Verdict) T {
	if seen := m.seen.Load(); seen != nil {
		if made, found := (*seen)[v]; found {
			return made
		}
	}
	made := m.Make(v)
	m.mu.Lock()
	defer m.mu.Unlock()
	more := map[Verdict]T{v: made}
	if seen := m.seen.Load(); seen != nil {
		maps.Copy(more, *seen)
	}
	m.seen.Store(&more)
	return made
}
