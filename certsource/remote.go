package certsource

import (
	"context"
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

const (
	maxBytes = 1 << 20
	maxNotes = 20 // The most notes about skipped keys or files in a report.
)

// Refresh bounds how often a source is fetched, and how long its keys are used. A zero field means its default.
type Refresh struct {
	// Interval is the shortest time between two fetches once Burst is used up. The default is 5 s.
	Interval time.Duration
	// Burst is how many fetches may follow each other without Interval between them. The default is 3.
	Burst int
	// Wait is how long a token of an unknown key waits for the next fetch that Interval allows. The default is 2 s; a
	// negative value means no wait.
	Wait time.Duration
	// After is the age of the keys from which on a request starts a fetch in the background. The default is 10 min.
	After time.Duration
	// MaxStale is the age from which on keys are no longer used. The default is 24 h.
	MaxStale time.Duration
}

// remote is a source that fetches its keys.
type remote struct {
	name string
	held *fetch.Held[*keyring]
	now  func() time.Time

	missing   recent // Kids that a fetch did not find.
	confirmed recent // Refuted keys that a fetch found unchanged.
}

func newRemote(name string, r Refresh, b hook.Binding, load func(context.Context) (*keyring, error)) *remote {
	if r.Interval <= 0 {
		r.Interval = 5 * time.Second
	}
	policy := fetch.Policy{Interval: r.Interval, Burst: r.Burst, Wait: r.Wait, RefreshAfter: r.After, MaxStale: r.MaxStale, Logger: b.Logger, Observer: b.Observer}
	memory := func() recent { return recent{interval: r.Interval, now: b.Now} }
	out := &remote{name: name, now: b.Now, missing: memory(), confirmed: memory()}
	out.held = fetch.NewHeld(func(ctx context.Context) (*keyring, error) {
		ring, err := load(ctx)
		if err == nil {
			before, _ := out.held.Peek()
			ring.date(before, out.now())
		}
		return ring, err
	}, policy, b.Now)
	return out
}

// put sets keys that were read before the first fetch.
func (r *remote) put(ring *keyring) {
	ring.date(nil, r.now())
	r.held.Put(ring)
}

// Keys answers from the keys that were fetched last.
func (r *remote) Keys(q Query) ([]Key, error) {
	ring, ok := r.held.Get()
	if !ok {
		return nil, &noKeyError{reports: []Report{r.report(nil)}, unavailable: &unavailableError{r.name, r.cause()}}
	}
	if keys, _ := ring.find(q, r.now()); len(keys) > 0 {
		return keys, nil
	}
	return nil, r.noKey(ring)
}

// noKey says that no key fits. If the last fetch failed, it says that the source is unavailable, because the key may
// exist by now.
func (r *remote) noKey(ring *keyring) error {
	report := r.report(ring)
	out := &noKeyError{reports: []Report{report}}
	if report.Err != nil {
		out.unavailable = &unavailableError{r.name, report.Err}
	}
	return out
}

func (r *remote) cause() error {
	if err := r.held.Status().Err; err != nil {
		return err
	}
	return errNotFetched
}

var errNotFetched = errors.New("no keys were fetched yet, or those fetched are too old")

// Report describes the keys that the source holds, and the last fetch.
func (r *remote) Report() []Report {
	ring, _ := r.held.Peek()
	report := r.report(ring)
	if ring != nil {
		report.Keys = ring.describe(r.now())
	}
	return []Report{report}
}

func (r *remote) report(ring *keyring) Report {
	out := Report{Source: r.name}
	if ring != nil {
		out = ring.report(r.now())
	}
	out.Origin = r.name
	status := r.held.Status()
	out.Fetched, out.Err, out.Stale = status.FetchedAt, status.Err, status.Stale
	out.FetchesLeft, out.NextFetch, out.Fetching, out.Waiting = status.Left, status.Next, status.Flying, status.Waiting
	if ring == nil && out.Err == nil {
		out.Notes = append(out.Notes, errNotFetched.Error())
	}
	return out
}

// Refresh fetches the keys, unless the kid was found missing within the interval or its key has arrived meanwhile. If
// it joins a fetch that was already under way and brings no fitting key, it waits for the next fetch: the key may be
// newer than that answer.
func (r *remote) Refresh(ctx context.Context, q Query) error {
	if len(q.Refuted) > 0 && r.holds(q) {
		return r.replace(ctx, q)
	}
	_, holding := r.held.Get()
	if holding && r.missing.has(hashOfKid(q.KeyID)) {
		return nil
	}
	before := r.holds(q)
	if before && q.Named() {
		return nil
	}
	// If the token names no key, Refresh was called because the keys held do not verify it.
	needed := func() bool { return !q.Named() || !r.holds(q) }
	fresh, err := r.held.Renew(ctx, needed)
	if err == nil && !fresh && (before || !r.holds(q)) {
		_, err = r.held.Renew(ctx, needed)
	}
	if err != nil {
		return &unavailableError{r.name, err}
	}
	if !r.holds(q) {
		r.missing.add(hashOfKid(q.KeyID))
	}
	return nil
}

// replace fetches for a token that the held keys do not verify, unless a fetch confirmed those keys within the
// interval. A forger who names a held key causes one fetch an interval this way, so that the burst stays free for
// tokens of unknown keys.
func (r *remote) replace(ctx context.Context, q Query) error {
	id := hashOfKeys(q.Refuted)
	needed := func() bool {
		keys, _ := r.find(q)
		return len(q.Untried(keys)) == 0
	}
	if !needed() || q.Named() && r.confirmed.has(id) {
		return nil
	}
	fresh, err := r.held.RenewAside(ctx, needed)
	if err == nil && !fresh && needed() {
		_, err = r.held.RenewAside(ctx, needed)
	}
	if ctx.Err() == nil && !errors.Is(err, fetch.ErrTooSoon) && needed() {
		r.confirmed.add(id)
	}
	if err != nil {
		return &unavailableError{r.name, err}
	}
	return nil
}

func (r *remote) find(q Query) (keys []Key, exact bool) {
	ring, ok := r.held.Get()
	if !ok {
		return nil, false
	}
	return ring.find(q, r.now())
}

func (r *remote) holds(q Query) bool {
	keys, _ := r.find(q)
	return len(keys) > 0
}
