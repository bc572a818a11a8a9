package certsource

import (
	"context"
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

const (
	maxBytes = 1 << 20
	maxNotes = 20 // of keys or files passed over
)

// Refresh bounds how often a source is fetched and how long its keys are held. Zero fields mean the defaults.
type Refresh struct {
	Interval time.Duration // between fetches once the burst is used up; 5 s
	Burst    int           // 3
	Wait     time.Duration // how long a token of an unknown key may wait for the next fetch; 2 s
	After    time.Duration // age at which a request triggers a fetch behind its back; 10 min
	MaxStale time.Duration // age at which held keys are no longer used; 24 h
}

// remote is a source whose keys are fetched.
type remote struct {
	name string
	held *fetch.Held[*keyring]
	now  func() time.Time

	missing   recent // kids that no key has
	confirmed recent // keys that were refuted, and that a fetch found in their place all the same
}

func newRemote(name string, r Refresh, b Binding, load func(context.Context) (*keyring, error)) *remote {
	if r.Interval <= 0 {
		r.Interval = 5 * time.Second
	}
	policy := fetch.Policy{Interval: r.Interval, Burst: r.Burst, Wait: r.Wait, RefreshAfter: r.After, MaxStale: r.MaxStale, Logger: b.Logger}
	memory := func() recent { return recent{interval: r.Interval, now: b.Now} }
	return &remote{name: name, held: fetch.NewHeld(load, policy, b.Now), now: b.Now, missing: memory(), confirmed: memory()}
}

// Keys answers from the snapshot held.
func (r *remote) Keys(q Query) ([]Key, error) {
	ring, ok := r.held.Get()
	if !ok {
		return nil, &NoKeyError{Reports: []Report{r.report(nil)}, Unavailable: &UnavailableError{r.name, r.cause()}}
	}
	if keys, _ := ring.find(q, r.now()); len(keys) > 0 {
		return keys, nil
	}
	return nil, r.noKey(ring)
}

// noKey says that nobody knows, where the last fetch failed: the key may be there by now.
func (r *remote) noKey(ring *keyring) error {
	report := r.report(ring)
	out := &NoKeyError{Reports: []Report{report}}
	if report.Err != nil {
		out.Unavailable = &UnavailableError{r.name, report.Err}
	}
	return out
}

func (r *remote) cause() error {
	if err := r.held.Status().Err; err != nil {
		return err
	}
	return errNotFetched
}

var errNotFetched = errors.New("no keys were fetched yet, or they are too old")

// Report tells what is held, and how the last fetch went.
func (r *remote) Report() []Report {
	ring, _ := r.held.Peek()
	return []Report{r.report(ring)}
}

func (r *remote) report(ring *keyring) Report {
	out := Report{Source: r.name}
	if ring != nil {
		out = ring.report(r.now())
	}
	status := r.held.Status()
	out.Fetched, out.Err, out.Stale = status.FetchedAt, status.Err, status.Stale
	if ring == nil && out.Err == nil {
		out.Notes = append(out.Notes, errNotFetched.Error())
	}
	return out
}

// Refresh fetches, unless this kid was found missing a moment ago, or its key has arrived since the caller looked. A
// caller that finds a fetch under way which does not help waits for the next one, too: the key may be newer than the
// answer.
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
	// Of a token that names no key, the keys held did not verify it.
	needed := func() bool { return !q.Named() || !r.holds(q) }
	fresh, err := r.held.Renew(ctx, needed)
	if err == nil && !fresh && (before || !r.holds(q)) {
		_, err = r.held.Renew(ctx, needed)
	}
	if err != nil {
		return &UnavailableError{r.name, err}
	}
	if !r.holds(q) {
		r.missing.add(hashOfKid(q.KeyID))
	}
	return nil
}

// replace fetches for a token that the keys held do not verify, unless they were confirmed a moment ago. A forger who
// names a key that is held causes one fetch in an interval by it, and so leaves the burst to tokens of unknown keys.
func (r *remote) replace(ctx context.Context, q Query) error {
	id := hashOfKeys(q.Refuted)
	needed := func() bool {
		keys, _ := r.answer(q)
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
		return &UnavailableError{r.name, err}
	}
	return nil
}

func (r *remote) answer(q Query) (keys []Key, exact bool) {
	ring, ok := r.held.Get()
	if !ok {
		return nil, false
	}
	return ring.find(q, r.now())
}

func (r *remote) holds(q Query) bool {
	keys, _ := r.answer(q)
	return len(keys) > 0
}
