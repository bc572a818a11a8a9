package certsource

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
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
	name     string
	held     *fetch.Held[*keyring]
	now      func() time.Time
	interval time.Duration

	mu      sync.Mutex
	missing map[kidHash]time.Time // until when a kid is known to be missing
}

const maxMissing = 1024

// kidHash stands for a kid, which an attacker may make as long as a token.
type kidHash = [sha256.Size]byte

func newRemote(name string, r Refresh, b Binding, load func(context.Context) (*keyring, error)) *remote {
	if r.Interval <= 0 {
		r.Interval = 5 * time.Second
	}
	policy := fetch.Policy{Interval: r.Interval, Burst: r.Burst, Wait: r.Wait, RefreshAfter: r.After, MaxStale: r.MaxStale, Logger: b.Logger}
	return &remote{
		name: name, held: fetch.NewHeld(load, policy, b.Now), now: b.Now, interval: r.Interval, missing: map[kidHash]time.Time{},
	}
}

// Keys answers from the snapshot held.
func (r *remote) Keys(q Query) ([]Key, error) {
	ring, ok := r.held.Get()
	if ok {
		keys, err := ring.find(q, r.now())
		if err != nil {
			return nil, r.noKey(ring)
		}
		return keys, nil
	}
	return nil, &NoKeyError{Reports: []Report{r.report(nil)}, Unavailable: &UnavailableError{r.name, r.cause()}}
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

// Refresh fetches, unless this kid was found missing a moment ago, or its key has arrived since the caller looked. Whoever
// finds a fetch under way that does not help waits for the next one, too: the key may be newer than the answer.
func (r *remote) Refresh(ctx context.Context, q Query) error {
	_, holding := r.held.Get()
	if holding && r.isMissing(q.KeyID) {
		return nil
	}
	before := r.holds(q)
	named := q.KeyID != "" || q.X5T != "" || q.X5TS256 != ""
	if before && named {
		return nil
	}
	// Of a token that names no key, the keys held did not verify it.
	needed := func() bool { return !named || !r.holds(q) }
	fresh, err := r.held.Renew(ctx, needed)
	if err == nil && !fresh && (before || !r.holds(q)) {
		_, err = r.held.Renew(ctx, needed)
	}
	if err != nil {
		return &UnavailableError{r.name, err}
	}
	if !r.holds(q) {
		r.setMissing(q.KeyID)
	}
	return nil
}

func (r *remote) holds(q Query) bool {
	ring, ok := r.held.Get()
	if !ok {
		return false
	}
	_, err := ring.find(q, r.now())
	return err == nil
}

func (r *remote) isMissing(kid string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now().Before(r.missing[sha256.Sum256([]byte(kid))])
}

func (r *remote) setMissing(kid string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.missing) >= maxMissing {
		clear(r.missing)
	}
	r.missing[sha256.Sum256([]byte(kid))] = r.now().Add(r.interval)
}
