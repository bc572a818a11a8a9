package fetch

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/rate"
	"github.com/knownbearer/knownbearer/internal/record"
)

const (
	maxFlight  = 10 * time.Second
	maxWaiters = 1000
)

// Held is a value loaded from elsewhere and kept. Use NewHeld.
type Held[T any] struct {
	load   func(context.Context) (T, error)
	policy Policy
	now    func() time.Time
	held   atomic.Pointer[snapshot[T]]
	calls  guard.Calls

	mu      sync.Mutex // never held during I/O
	budget  rate.Bucket
	current *flight
	lastErr error
	ended   time.Time // the last flight
}

type snapshot[T any] struct {
	value T
	at    time.Time // when its flight began to load
	from  time.Time // where its age counts from: at, unless the clock was set back
}

type flight struct {
	done    chan struct{}
	err     error // to be read after done
	loading bool  // it does not wait for its turn any more
	waiters int
}

// Status describes a held value.
type Status struct {
	FetchedAt time.Time // when the flight of the value held began
	Err       error     // of the last flight
	Ever      bool      // whether there ever was a value
	Stale     bool      // it is too old to be used
}

// NewHeld holds what load returns. A load that has not ended a second after its context is left behind, and what it returns
// is lost. A nil now means time.Now.
func NewHeld[T any](load func(context.Context) (T, error), p Policy, now func() time.Time) *Held[T] {
	if now == nil {
		now = time.Now
	}
	p = p.withDefaults()
	return &Held[T]{load: load, policy: p, now: now, budget: rate.Bucket{Interval: p.Interval, Burst: p.Burst, Wait: p.Wait}}
}

// Get returns the value held and never waits. When it is due, or the first flight failed an interval ago, one flight is
// started in the background. Without a value, or with one older than MaxStale, ok is false; Get starts no first flight.
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

// age makes a value due that comes from the future: the clock was set back, and the true age is unknown.
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

// Peek returns the value held, however old, and starts nothing.
func (h *Held[T]) Peek() (value T, ok bool) {
	if s := h.held.Load(); s != nil {
		return s.value, true
	}
	return value, false
}

// Put holds a value that was loaded otherwise, as if it had been loaded now.
func (h *Held[T]) Put(value T) {
	now := h.now()
	h.held.Store(&snapshot[T]{value, now, now})
}

// startBehind starts a flight that no caller waits for.
func (h *Held[T]) startBehind() {
	if !h.mu.TryLock() { // another caller starts one, or a flight lands
		return
	}
	defer h.mu.Unlock()
	if h.current == nil && h.due() {
		h.start()
	}
}

// due tells, with the lock held, whether a flight is needed: one may have landed since the caller looked.
func (h *Held[T]) due() bool {
	if s := h.held.Load(); s != nil {
		return h.age(s) > h.policy.RefreshAfter
	}
	// A caller whose first flight has just failed looks once more at what is held: that must not start the next one.
	return h.lastErr != nil && h.now().Sub(h.ended).Abs() >= h.policy.Interval
}

// Refresh waits for the flight under way, or for a new one when the budget allows it, and returns its error.
func (h *Held[T]) Refresh(ctx context.Context) error {
	_, err := h.Renew(ctx, func() bool { return true })
	return err
}

// Renew is Refresh, and tells whether loading began after the call. What was under way before may be older than what
// the caller looks for. It starts no flight that is not needed: one may have landed since the caller looked. needed must
// not wait.
func (h *Held[T]) Renew(ctx context.Context, needed func() bool) (fresh bool, err error) {
	return h.renew(ctx, needed, maxWaiters)
}

// RenewAside is Renew for callers that must not crowd out others: they take half of the places to wait.
func (h *Held[T]) RenewAside(ctx context.Context, needed func() bool) (fresh bool, err error) {
	return h.renew(ctx, needed, maxWaiters/2)
}

func (h *Held[T]) renew(ctx context.Context, needed func() bool, places int) (fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	f, fresh, err := h.join(needed, places)
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

// Status returns how the last flight went.
func (h *Held[T]) Status() Status {
	h.mu.Lock()
	defer h.mu.Unlock()
	st := Status{Err: h.lastErr}
	if s := h.held.Load(); s != nil {
		st.FetchedAt, st.Ever, st.Stale = s.at, true, h.age(s) > h.policy.MaxStale
	}
	return st
}

func (h *Held[T]) join(needed func() bool, places int) (f *flight, fresh bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current == nil && !needed() {
		return nil, true, nil
	}
	if h.current == nil && !h.start() || h.current.waiters >= places {
		return nil, false, ErrTooSoon
	}
	h.current.waiters++
	return h.current, !h.current.loading, nil
}

// start is called with the lock held and without a flight under way.
func (h *Held[T]) start() bool {
	delay, ok := h.budget.Take(h.now())
	if !ok {
		return false
	}
	f := &flight{done: make(chan struct{})}
	h.current = f
	go h.fly(f, delay)
	return true
}

func (h *Held[T]) fly(f *flight, delay time.Duration) {
	if delay > 0 {
		<-time.After(delay)
	}
	h.mu.Lock()
	f.loading = true
	h.mu.Unlock()
	s, err := h.loadBounded()
	ended, _ := guard.Call(func() (time.Time, error) { return h.now(), nil })
	if p := h.land(f, s, err, ended); p != nil {
		p.Log(h.policy.Logger, "fetch", record.Secrets{}) // perhaps nobody waits for the flight
	}
}

// land ends a flight, and returns the first in a row of panics.
func (h *Held[T]) land(f *flight, s *snapshot[T], err error, ended time.Time) *guard.Panic {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.held.Store(s)
	}
	var now, before *guard.Panic
	if errors.As(err, &now) && errors.As(h.lastErr, &before) {
		now = nil
	}
	h.current, h.lastErr, h.ended, f.err = nil, err, ended, err
	close(f.done)
	return now
}

// loadBounded turns a panic into an error, and leaves a load behind that does not end with its context.
func (h *Held[T]) loadBounded() (*snapshot[T], error) {
	ctx, cancel := context.WithTimeout(context.Background(), maxFlight)
	defer cancel()
	return guard.Within(ctx, &h.calls, func(ctx context.Context) (*snapshot[T], error) {
		began := h.now()
		value, err := h.load(ctx)
		if err != nil {
			return nil, err
		}
		return &snapshot[T]{value, began, began}, nil
	})
}
