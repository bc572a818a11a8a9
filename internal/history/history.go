package history

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// These constants limit the memory of a History to about 4.5 MiB.
const (
	MaxDecisions = 1000    // refusals with their steps
	MaxBytes     = 4 << 20 // their size, as JSON
	MaxCauses    = 128     // causes that are counted apart
	MaxFetches   = 200
	maxFault     = 500 // bytes of the error of a fetch
)

// History records what happens after Begin. It is safe for concurrent use.
type History struct {
	begun     atomic.Bool
	mu        sync.Mutex
	since     time.Time
	decisions []kept // oldest first
	bytes     int
	causes    map[Key]*cause
	fetches   []decision.Event // oldest first
	good, bad window           // fetches
}

// kept is a decision as JSON, which has an exact size and shares no memory.
type kept struct {
	id   string
	json []byte
}

// Key identifies a cause. Code is that of the best hint. It is empty for refusals that have no hints, because they were beyond
// the limits of the log.
type Key struct {
	Reason reason.Reason
	Code   string
}

type cause struct {
	window
	hint   decision.Hint
	status int
	at     time.Time
	id     string // of the latest decision that is kept
}

// Cause is a cause of refusals with their number.
type Cause struct {
	Key
	// Hint is the best hint of the latest refusal. It is the zero Hint if the refusals have no hints.
	Hint decision.Hint
	// Status is the HTTP status that the client received.
	Status int
	Counts Counts
	// Last is the time of the latest refusal.
	Last time.Time
	// DecisionID identifies the latest refusal that is kept with its steps. It may be empty.
	DecisionID string
}

// Snapshot is the state of a History at one time.
type Snapshot struct {
	// Since is the time at which recording began.
	Since time.Time
	// Causes lists the causes of the last hour, the most frequent first.
	Causes []Cause
	// Recent lists the latest refusals with their steps, newest first.
	Recent []*decision.Decision
	// Fetches lists the latest fetches, newest first.
	Fetches []decision.Event
	// Good and Bad count the fetches that were answered, and those that were not.
	Good, Bad Counts
}

// Begin begins the recording. Further calls change nothing.
func (h *History) Begin(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.begun.Load() {
		return
	}
	h.since, h.causes = now, map[Key]*cause{}
	h.begun.Store(true)
}

// Begun reports whether the recording has begun.
func (h *History) Begun() bool { return h.begun.Load() }

// Record records a refusal or a fetch, and ignores other events. A look-up of a user that succeeds is ignored too, because each
// request has one. It keeps no reference to a decision.
func (h *History) Record(e decision.Event) {
	switch {
	case !h.begun.Load():
	case e.Kind == decision.Refused:
		h.refused(e.Decision)
	case e.Kind == decision.Fetched && (e.Fetch.Endpoint != decision.EndpointUsers || e.Fetch.Result != decision.Succeeded):
		h.fetched(e)
	}
}

func (h *History) refused(d *decision.Decision) {
	var text []byte
	if d.Steps != nil {
		text, _ = json.Marshal(d) // these types always have a JSON form
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.cause(d)
	c.add(d.Time)
	c.at, c.status = d.Time, d.Status
	if best, ok := d.BestHint(); ok {
		c.hint = best
	}
	if text != nil && len(text) <= MaxBytes {
		c.id = d.ID
		h.keep(kept{d.ID, text})
	}
}

// cause returns the cause of a refusal. The caller holds the lock.
func (h *History) cause(d *decision.Decision) *cause {
	k := Key{Reason: d.Reason}
	if k.Reason.Meaning() == "" {
		k.Reason = "" // The application may build its reasons from text of the request.
	}
	if best, ok := d.BestHint(); ok {
		k.Code = best.Code
	}
	c := h.causes[k]
	if c == nil && len(h.causes) >= MaxCauses {
		h.dropOld(d.Time)
	}
	if c == nil && len(h.causes) >= MaxCauses {
		k = Key{} // The rest is counted together.
		c = h.causes[k]
	}
	if c == nil {
		c = &cause{}
		h.causes[k] = c
	}
	return c
}

// dropOld forgets the causes that have no refusal in the last hour. The caller holds the lock.
func (h *History) dropOld(now time.Time) {
	for k, c := range h.causes {
		if c.advance(now); c.n.Sum() == 0 {
			delete(h.causes, k)
		}
	}
}

// keep adds a decision, and forgets the oldest ones. The caller holds the lock.
func (h *History) keep(k kept) {
	h.decisions, h.bytes = append(h.decisions, k), h.bytes+len(k.json)
	drop := 0
	for h.bytes > MaxBytes || len(h.decisions)-drop > MaxDecisions {
		h.bytes -= len(h.decisions[drop].json)
		drop++
	}
	h.decisions = slices.Delete(h.decisions, 0, drop) // clears the end, so that nothing holds the old ones
}

func (h *History) fetched(e decision.Event) {
	own := *e.Fetch
	own.Fault = record.Clip(own.Fault, maxFault)
	e.Fetch = &own
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Fetch.Result == decision.Unavailable {
		h.bad.add(e.Time)
	} else {
		h.good.add(e.Time)
	}
	h.fetches = append(h.fetches, e)
	h.fetches = slices.Delete(h.fetches, 0, max(len(h.fetches)-MaxFetches, 0))
}

// Decision returns a refusal that is kept, or nil.
func (h *History) Decision(id string) *decision.Decision {
	h.mu.Lock()
	var text []byte
	for _, k := range slices.Backward(h.decisions) { // A refusal after acceptance has the ID of the acceptance: the latest counts.
		if k.id == id {
			text = k.json
			break
		}
	}
	h.mu.Unlock()
	return decoded(text)
}

func decoded(text []byte) *decision.Decision {
	var d decision.Decision
	if text == nil || json.Unmarshal(text, &d) != nil {
		return nil
	}
	return &d
}

// Snapshot returns the state at a time, with at most recent refusals.
func (h *History) Snapshot(now time.Time, recent int) Snapshot {
	h.mu.Lock()
	h.dropOld(now)
	h.good.advance(now)
	h.bad.advance(now)
	s := Snapshot{Since: h.since, Good: h.good.n, Bad: h.bad.n, Fetches: slices.Clone(h.fetches)}
	for k, c := range h.causes {
		s.Causes = append(s.Causes, Cause{k, c.hint, c.status, c.n, c.at, c.id})
	}
	last := slices.Clone(h.decisions[max(len(h.decisions)-recent, 0):])
	h.mu.Unlock()

	slices.Reverse(s.Fetches)
	slices.SortFunc(s.Causes, func(a, b Cause) int {
		return cmp.Or(b.Counts.Sum()-a.Counts.Sum(), b.Last.Compare(a.Last), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Code, b.Code))
	})
	for _, k := range slices.Backward(last) {
		if d := decoded(k.json); d != nil {
			s.Recent = append(s.Recent, d)
		}
	}
	return s
}
