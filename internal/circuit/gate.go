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
	// ErrBusy reports that too many calls are under way, and too many wait.
	ErrBusy = errors.New("circuit: too many calls under way")
	// ErrOpen reports that calls of several keys failed, and that it is too soon to try again.
	ErrOpen = errors.New("circuit: the last calls failed")
	// ErrResting reports that the last call of this key failed, and that it is too soon to repeat it.
	ErrResting = errors.New("circuit: the last call of this key failed")
)

// Policy bounds a gate. A zero field means its default.
type Policy struct {
	Concurrent int           // calls at once, and callers that wait; 64
	Failures   int           // keys that fail in a row and open the circuit; also the calls that try again at once; 5
	Pause      time.Duration // for which the circuit stays open; 5 s
	Rest       time.Duration // for which a key is not called again after it failed; 2 s
	Window     time.Duration // for which a failure counts, and for which a suspect key does not try again; 1 min
}

// Outcome is how a call ended.
type Outcome int

// The outcomes.
const (
	Unknown Outcome = iota // it says nothing of the endpoint, such as a call that its caller gave up
	Success
	Failure // the endpoint is down
	Suspect // the endpoint was reached and failed, perhaps at this key alone
)

// Key stands for what a call asks about: a hash, so that a gate keeps no token.
type Key [sha256.Size]byte

// Stats are the counters of a gate.
type Stats struct {
	Calls, Failures   uint64 // let through; of these, ended as Failure or Suspect
	Opened            uint64 // how often the circuit has opened
	Refused           uint64 // turned away, for any reason
	InFlight, Waiting int
	Open              bool // the next call is turned away, or tries again
}

// Gate guards one endpoint. Use [New].
type Gate struct {
	policy Policy
	now    func() time.Time
	slots  chan struct{}

	mu     sync.Mutex // never held during a call; where the clock is read under it, unlocking is deferred
	stats  Stats
	marks  marks
	inARow []failure // of distinct keys, since the last success or change of Open
	until  time.Time // while open: when to try again
	tries  []Key     // while open: those under way
	era    uint64    // counts changes of Open: what began in another era says nothing of this one
}

type failure struct {
	Key
	at time.Time
}

// New makes a gate that lets calls through. A nil now means time.Now.
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
	return &Gate{policy: p, now: now, slots: make(chan struct{}, p.Concurrent), marks: marks{}}
}

// Do calls, when the gate lets it, and returns the error of call, [ErrBusy], [ErrOpen], [ErrResting], or that of a context
// which ends while it waits.
func (g *Gate) Do(ctx context.Context, k Key, call func() (Outcome, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := g.enter(ctx, k); err != nil {
		return err
	}
	defer func() { <-g.slots }() // also when call or the clock panics
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

// enter takes a slot, or waits for one in bounded company.
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

// admit turns a call away, with the lock held. A clock that was set back never means a long wait.
func (g *Gate) admit(k Key) error {
	now := g.now()
	m, marked := g.marks.find(k, now, g.policy.Window)
	if marked && now.Sub(m.at) < g.policy.Rest {
		g.stats.Refused++
		return ErrResting
	}
	if !g.stats.Open {
		return nil
	}
	if latest := now.Add(g.policy.Pause); g.until.After(latest) {
		g.until = latest
	}
	if now.Before(g.until) || marked && m.suspect || len(g.tries) >= g.policy.Failures || slices.Contains(g.tries, k) {
		g.stats.Refused++
		return ErrOpen
	}
	return nil
}

// begin is called with a slot. The circuit may have opened while the caller waited for it.
func (g *Gate) begin(k Key) (era uint64, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.admit(k); err != nil {
		return 0, err
	}
	if g.stats.Open {
		g.tries = append(g.tries, k)
	}
	g.stats.Calls++
	g.stats.InFlight++
	return g.era, nil
}

func (g *Gate) end(k Key, era uint64, outcome Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.InFlight--
	if era == g.era {
		g.tries = slices.DeleteFunc(g.tries, func(have Key) bool { return have == k })
	}
	if outcome == Failure || outcome == Suspect {
		g.stats.Failures++
	}
	now := g.now() // last of what may panic
	g.mark(k, outcome, now)
	if era == g.era {
		g.judge(k, outcome, now)
	}
}

func (g *Gate) mark(k Key, outcome Outcome, now time.Time) {
	switch outcome {
	case Success:
		delete(g.marks, k)
	case Failure, Suspect:
		g.marks.set(k, mark{at: now, suspect: outcome == Suspect}, g.policy.Window)
	}
}

// judge draws from a call what it says of the endpoint. A suspect key closes a circuit that is open, since the endpoint can
// be reached again, and does nothing else.
func (g *Gate) judge(k Key, outcome Outcome, now time.Time) {
	switch {
	case outcome == Success, outcome == Suspect && g.stats.Open:
		g.inARow = nil
		if g.stats.Open {
			g.stats.Open, g.tries = false, nil
			g.era++
		}
	case outcome == Failure:
		g.inARow = slices.DeleteFunc(g.inARow, func(f failure) bool {
			return f.Key == k || !within(f.at, now, g.policy.Window)
		})
		g.inARow = append(g.inARow, failure{k, now})
		if len(g.inARow) >= g.policy.Failures {
			g.open(now)
		}
	}
}

func (g *Gate) open(now time.Time) {
	if !g.stats.Open {
		g.stats.Opened++
		g.era++
	}
	g.inARow = nil
	g.stats.Open, g.until = true, now.Add(g.policy.Pause)
}
