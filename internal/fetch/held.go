package fetch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/rate"
)

const (
	maxFlight  = 10 * time.Second
	maxWaiters = 1000
)

// Held keeps a value that is loaded from elsewhere, and refreshes it. [NewHeld] makes one.
type Held[T any] struct {
	load   func(context.Context) (T, error)
	policy Policy
	now    func() time.Time
	held   atomic.Pointer[snapshot[T]]
	calls  guard.Calls

	mu      sync.Mutex // It is never held during I/O.
	budget  rate.Bucket
	current *flight
	lastErr error
	ended   time.Time // The time at which the last flight ended.
}

type snapshot[T any] struct {
	value T
	at    time.Time // The time at which its flight began to load.
	from  time.Time // The time from which its age counts: at, unless the clock was set back.
}

// Status describes a held value, and the last flight.
type Status struct {
	// FetchedAt is the time at which the flight of the value began.
	FetchedAt time.Time
	// Err is the error of the last flight.
	Err error
	// Ever reports whether there ever was a value.
	Ever bool
	// Stale reports that the value is too old to be used.
	Stale bool
	// Left is the number of flights that may start now. If it is 0, Next is the time of the next one.
	Left int
	Next time.Time
	// Flying reports that a flight is under way, and Waiting is the number of callers that wait for it.
	Flying  bool
	Waiting int
}

// NewHeld returns a Held for the values that load returns. A load that does not return within a second after its
// context ends is abandoned, and its result is lost. If now is nil, it is time.Now.
func NewHeld[T any](load func(context.Context) (T, error), p Policy, now func() time.Time) *Held[T] {
	if now == nil {
		now = time.Now
	}
	p = p.withDefaults()
	return &Held[T]{load: load, policy: p, now: now, budget: rate.Bucket{Interval: p.Interval, Burst: p.Burst, Wait: p.Wait}}
}

// Get returns the value and never waits. If the value is due, or if the first flight failed and Interval has passed,
// it starts one flight in the background. ok is false if there is no value, or if it is older than MaxStale. Get
// never starts the first flight.
func (h *Held[T]) Get() (value T, ok bool) {
	s := h.held.Load()
	if s == nil {
		h.startBehind()
		return value, false
	}
	age := h.age(s)
	if age > h.policy.RefreshAfter {
		h.startBehind()
	}
	if age > h.policy.MaxStale {
		return value, false
	}
	return s.value, true
}

// age returns the age of a value. A value from the future is due, because the clock was set back and its true age is
// unknown.
func (h *Held[T]) age(s *snapshot[T]) time.Duration {
	now := h.now()
	age := now.Sub(s.from)
	if age >= 0 {
		return age
	}
	age = h.policy.RefreshAfter + 1
	h.held.CompareAndSwap(s, &snapshot[T]{s.value, s.at, now.Add(-age)})
	return age
}

// Peek returns the value, however old, and starts no flight.
func (h *Held[T]) Peek() (value T, ok bool) {
	if s := h.held.Load(); s != nil {
		return s.value, true
	}
	return value, false
}

// Put sets a value that was loaded elsewhere, as if it had been loaded now.
func (h *Held[T]) Put(value T) {
	now := h.now()
	h.held.Store(&snapshot[T]{value, now, now})
}

// startBehind starts a flight in the background.
func (h *Held[T]) startBehind() {
	if !h.mu.TryLock() { // Another caller starts a flight, or a flight ends.
		return
	}
	defer h.mu.Unlock()
	if h.current == nil && h.due() {
		h.start(context.Background())
	}
}

// due reports whether a flight is needed. The caller holds the lock, because a flight may have ended since it last
// looked.
func (h *Held[T]) due() bool {
	if s := h.held.Load(); s != nil {
		return h.age(s) > h.policy.RefreshAfter
	}
	// A caller whose first flight has just failed reads the value once more. That must not start the next flight.
	return h.lastErr != nil && h.now().Sub(h.ended).Abs() >= h.policy.Interval
}

// Refresh waits for the flight under way, or for a new one if the policy allows it, and returns its error. A new flight has
// the values of ctx, such as its trace; one in the background has none.
func (h *Held[T]) Refresh(ctx context.Context) error {
	_, err := h.Renew(ctx, func() bool { return true })
	return err
}

// Renew is [Held.Refresh] for a caller that needs a newer value. fresh reports that loading began after the call; a
// flight already under way may return an older value than the caller needs. Renew starts a flight only if needed
// returns true, because one may have ended since the caller last looked. needed must not block.
func (h *Held[T]) Renew(ctx context.Context, needed func() bool) (fresh bool, err error) {
	return h.renew(ctx, needed, maxWaiters)
}

// RenewAside is [Held.Renew] for callers that must not displace others: they use at most half of the places for
// waiting.
func (h *Held[T]) RenewAside(ctx context.Context, needed func() bool) (fresh bool, err error) {
	return h.renew(ctx, needed, maxWaiters/2)
}

func (h *Held[T]) renew(ctx context.Context, needed func() bool, places int) (fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	f, fresh, err := h.join(ctx, needed, places)
	if f == nil {
		return fresh, err
	}
	select {
	case <-f.done:
		return fresh, f.err
	case <-ctx.Done():
		h.mu.Lock()
		f.waiters--
		h.mu.Unlock()
		return false, ctx.Err()
	}
}

// Status describes the value and the last flight.
func (h *Held[T]) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := Status{Err: h.lastErr, Flying: h.current != nil}
	st.Left, st.Next = h.budget.Left(h.now())
	if st.Flying {
		st.Waiting = h.current.waiters
	}
	if s := h.held.Load(); s != nil {
		st.FetchedAt, st.Ever, st.Stale = s.at, true, h.age(s) > h.policy.MaxStale
	}
	return st
}
