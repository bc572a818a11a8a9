package fetch

import (
	"context"
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/record"
)

type flight struct {
	done    chan struct{}
	err     error // It may be read after done is closed.
	loading bool  // The flight no longer waits for its turn.
	waiters int
}

func (h *Held[T]) join(ctx context.Context, needed func() bool, places int) (f *flight, fresh bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.current == nil && !needed() {
		return nil, true, nil
	}
	if h.current == nil && !h.start(ctx) || h.current.waiters >= places {
		return nil, false, ErrTooSoon
	}
	h.current.waiters++
	return h.current, !h.current.loading, nil
}

// start starts a flight with the values of ctx. The flight does not end with ctx, because other callers wait for it. The
// caller holds the lock, and no flight is under way.
func (h *Held[T]) start(ctx context.Context) bool {
	delay, ok := h.budget.Take(h.now())
	if !ok {
		return false
	}
	f := &flight{done: make(chan struct{})}
	h.current = f
	go h.fly(context.WithoutCancel(ctx), f, delay)
	return true
}

func (h *Held[T]) fly(ctx context.Context, f *flight, delay time.Duration) {
	if delay > 0 {
		<-time.After(delay)
	}
	h.mu.Lock()
	f.loading = true
	h.mu.Unlock()
	s, err := h.loadBounded(ctx)
	ended, _ := guard.Call(func() (time.Time, error) { return h.now(), nil })
	if p := h.land(f, s, err, ended); p != nil {
		p.Log(h.policy.Logger, "fetch", record.Secrets{}) // There may be no caller that waits for the flight and reports it.
	}
}

// land ends a flight. It returns a panic only if the flight before did not panic.
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

// loadBounded calls load. It returns a panic as an error, and abandons a load that does not end with its context.
func (h *Held[T]) loadBounded(ctx context.Context) (*snapshot[T], error) {
	ctx, cancel := context.WithTimeout(WithObserver(ctx, h.policy.Observer), maxFlight)
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
