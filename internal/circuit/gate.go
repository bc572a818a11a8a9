package circuit

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"
)

var (
	// ErrBusy reports that too many calls are running, and that too many callers wait.
	ErrBusy = errors.New("circuit: too many calls under way")
	// ErrOpen reports that calls of several keys failed, and that it is too soon to try again.
	ErrOpen = errors.New("circuit: the last calls failed")
	// ErrResting reports that the last call of this key failed, and that it is too soon to repeat it.
	ErrResting = errors.New("circuit: the last call of this key failed")
)

// Policy limits a gate. A zero field means the default.
type Policy struct {
	// Concurrent is the largest number of running calls, and of waiting callers, by default 64.
	Concurrent int
	// Failures is the number of keys that must fail in a row to open the circuit, by default 5. While the circuit is open,
	// at most so many calls try the endpoint again at once.
	Failures int
	// Pause is the time for which no call is tried after the circuit has opened, by default 5 seconds.
	Pause time.Duration
	// Rest is the time for which a key is not called again after its call failed, by default 2 seconds.
	Rest time.Duration
	// Window is the time for which a failure counts, by default 1 minute. For the same time, a suspect key is not used to
	// try the endpoint again.
	Window time.Duration
}

// Outcome is the result of a call.
type Outcome int

// The outcomes.
const (
	// Unknown means that the call reveals nothing about the endpoint. For example, its caller cancelled it.
	Unknown Outcome = iota
	// Success means that the endpoint works.
	Success
	// Failure means that the endpoint is down.
	Failure
	// Suspect means that the endpoint was reached and failed, but perhaps only for this key.
	Suspect
)

// Key identifies the token of a call. It is a hash, so that a gate does not contain a token.
type Key [sha256.Size]byte

// Stats are the counters of a gate.
type Stats struct {
	// Calls is the number of calls, and Failures the number of those that ended as Failure or Suspect.
	Calls, Failures uint64
	// Opened is the number of times that the circuit opened.
	Opened uint64
	// Refused is the number of calls that the gate refused for any reason.
	Refused uint64
	// InFlight is the number of running calls, and Waiting the number of waiting callers.
	InFlight, Waiting int
	// Open reports that the circuit is open: the next call is refused or tries the endpoint again.
	Open bool
}

// Gate guards one endpoint. Use [New].
type Gate struct {
	policy Policy
	now    func() time.Time
	slots  chan struct{}

	mu       sync.Mutex // Not held during a call. Unlocking is deferred if the clock is read, because the clock may panic.
	stats    Stats
	failed   failedKeys
	inARow   []failure // The failures of different keys since the last success or change of Open.
	openTill time.Time // The time at which calls are tried again, while the circuit is open.
	tries    []Key     // The keys of the running calls that try the endpoint, while the circuit is open.
	era      uint64    // The number of changes of Open. The result of a call from an earlier era is ignored.
}

// New makes a gate whose circuit is closed. If now is nil, it is time.Now.
func New(p Policy, now func() time.Time) *Gate {
	number := func(n *int, standard int) {
		if *n <= 0 {
			*n = standard
		}
	}
	duration := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	number(&p.Concurrent, 64)
	number(&p.Failures, 5)
	duration(&p.Pause, 5*time.Second)
	duration(&p.Rest, 2*time.Second)
	duration(&p.Window, time.Minute)
	if now == nil {
		now = time.Now
	}
	return &Gate{policy: p, now: now, slots: make(chan struct{}, p.Concurrent), failed: failedKeys{}}
}

// Do runs call and returns its error, unless the gate refuses the call. A refusal is [ErrBusy], [ErrOpen], [ErrResting], or
// the error of ctx if ctx ends before the call begins.
func (g *Gate) Do(ctx context.Context, k Key, call func() (Outcome, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := g.enter(ctx, k); err != nil {
		return err
	}
	defer func() { <-g.slots }() // Deferred, because call or the clock may panic.
	era, err := g.begin(k)
	if err != nil {
		return err
	}
	outcome := Unknown
	defer func() { g.end(k, era, outcome) }()
	outcome, err = call()
	return err
}

// Stats returns the counters.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.stats
}

// enter takes a slot, or waits for one if not too many callers wait already.
func (g *Gate) enter(ctx context.Context, k Key) error {
	if entered, err := g.enterOrQueue(k); entered || err != nil {
		return err
	}
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.stats.Waiting--
	}()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enterOrQueue takes a free slot and returns true, or counts the caller as waiting and returns false.
func (g *Gate) enterOrQueue(k Key) (entered bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.admit(k); err != nil {
		return false, err
	}
	select {
	case g.slots <- struct{}{}:
		return true, nil
	default:
	}
	if g.stats.Waiting >= g.policy.Concurrent {
		g.stats.Refused++
		return false, ErrBusy
	}
	g.stats.Waiting++
	return false, nil
}

// admit returns the reason to refuse a call, or nil. The caller holds the lock. If the clock was set back, admit shortens the
// time for which the circuit is open, so that no caller is refused for longer than Policy.Pause.
func (g *Gate) admit(k Key) error {
	now := g.now()
	last, found := g.failed.find(k, now, g.policy.Window)
	if found && now.Sub(last.at) < g.policy.Rest {
		g.stats.Refused++
		return ErrResting
	}
	if !g.stats.Open {
		return nil
	}
	if latest := now.Add(g.policy.Pause); g.openTill.After(latest) {
		g.openTill = latest
	}
	if now.Before(g.openTill) || found && last.suspect || len(g.tries) >= g.policy.Failures || slices.Contains(g.tries, k) {
		g.stats.Refused++
		return ErrOpen
	}
	return nil
}
