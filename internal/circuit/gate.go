package circuit

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrBusy reports that too many calls are under way, and too many wait.
	ErrBusy = errors.New("circuit: too many calls under way")
	// ErrOpen reports that the last calls failed, and that it is too soon to try again.
	ErrOpen = errors.New("circuit: the last calls failed")
)

// Policy bounds a gate. A zero field means its default.
type Policy struct {
	Concurrent int           // calls at once, and callers that wait; 64
	Failures   int           // in a row, which open the circuit; 5
	Pause      time.Duration // for which it stays open; 5 s
}

// Outcome is how a call ended.
type Outcome int

// The outcomes. Unknown is that of a call which says nothing of the endpoint, such as one that its caller gave up.
const (
	Unknown Outcome = iota
	Success
	Failure
)

// Stats are the counters of a gate.
type Stats struct {
	Calls, Failures   uint64 // let through; of these, failed
	Opened            uint64 // how often the circuit has opened
	Refused           uint64 // turned away, for either reason
	InFlight, Waiting int
	Open              bool // the next call is turned away, or the first to try again
}

// Gate guards one endpoint. Use [New].
type Gate struct {
	policy Policy
	now    func() time.Time
	slots  chan struct{}

	mu      sync.Mutex // never held during a call; where the clock is read under it, unlocking is deferred
	stats   Stats
	inARow  int
	until   time.Time // while open: when to try again
	probing bool      // while open: somebody is trying
	era     uint64    // counts changes of Open: what began in another era says nothing of this one
}

// New makes a gate that lets calls through. A nil now means time.Now.
func New(p Policy, now func() time.Time) *Gate {
	if p.Concurrent <= 0 {
		p.Concurrent = 64
	}
	if p.Failures <= 0 {
		p.Failures = 5
	}
	if p.Pause <= 0 {
		p.Pause = 5 * time.Second
	}
	if now == nil {
		now = time.Now
	}
	return &Gate{policy: p, now: now, slots: make(chan struct{}, p.Concurrent)}
}

// Do calls, when the gate lets it, and returns the error of call, [ErrBusy], [ErrOpen], or that of a context which ends
// while it waits.
func (g *Gate) Do(ctx context.Context, call func() (Outcome, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := g.enter(ctx); err != nil {
		return err
	}
	defer func() { <-g.slots }() // also when call or the clock panics
	era, err := g.begin()
	if err != nil {
		return err
	}
	outcome := Unknown
	defer func() { g.end(era, outcome) }()
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
func (g *Gate) enter(ctx context.Context) error {
	now := g.now()
	g.mu.Lock()
	if g.closedTo(now) {
		defer g.mu.Unlock()
		g.stats.Refused++
		return ErrOpen
	}
	select {
	case g.slots <- struct{}{}:
		defer g.mu.Unlock()
		return nil
	default:
	}
	if g.stats.Waiting >= g.policy.Concurrent {
		defer g.mu.Unlock()
		g.stats.Refused++
		return ErrBusy
	}
	g.stats.Waiting++
	g.mu.Unlock()
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

// closedTo tells, with the lock held, whether a caller would be turned away. A clock set back never means a long wait.
func (g *Gate) closedTo(now time.Time) bool {
	if !g.stats.Open {
		return false
	}
	if latest := now.Add(g.policy.Pause); g.until.After(latest) {
		g.until = latest
	}
	return g.probing || now.Before(g.until)
}

// begin is called with a slot: the circuit may have opened meanwhile.
func (g *Gate) begin() (era uint64, err error) {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closedTo(now) {
		g.stats.Refused++
		return 0, ErrOpen
	}
	g.probing = g.stats.Open
	g.stats.Calls++
	g.stats.InFlight++
	return g.era, nil
}

func (g *Gate) end(era uint64, outcome Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.InFlight--
	if outcome == Failure {
		g.stats.Failures++
	}
	if era != g.era {
		return
	}
	g.probing = false
	switch outcome {
	case Success:
		g.inARow = 0
		if g.stats.Open {
			g.stats.Open = false
			g.era++
		}
	case Failure:
		g.inARow++
		if g.inARow >= g.policy.Failures {
			g.open()
		}
	}
}

// open reads the clock last, for it may panic: the next call then tries again at once.
func (g *Gate) open() {
	if !g.stats.Open {
		g.stats.Opened++
		g.era++
	}
	g.stats.Open, g.until = true, time.Time{}
	g.until = g.now().Add(g.policy.Pause)
}
