package answers

import (
	"context"

	"github.com/knownbearer/knownbearer/internal/cache"
	"github.com/knownbearer/knownbearer/internal/guard"
)

func (c *Cache[T]) wait(ctx context.Context, e *entry[T]) error {
	if !c.queue(1) {
		return ErrBusy
	}
	defer c.queue(-1)
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// queue adds n to the number of waiting callers. It returns false, and adds nothing, if there would be too many.
func (c *Cache[T]) queue(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting+n > maxWaiting {
		return false
	}
	c.waiting += n
	return true
}

// fly calls the provider. ctx must not end with the request, because other requests wait for the same call. fly does not
// keep the answer if a later call has replaced this one.
func (c *Cache[T]) fly(ctx context.Context, k cache.Key, e *entry[T], q Question, load Load[T]) {
	ctx, cancel := context.WithTimeout(ctx, maxFlight)
	defer cancel()
	type landing struct {
		Answer[T]
		refused bool
	}
	result, err := guard.Within(ctx, &c.left, func(ctx context.Context) (landing, error) {
		answer, err := load(ctx)
		refused := err != nil && c.policy.Refusal(err) // Called without the lock, because it may run code of the application.
		return landing{answer, refused}, err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
	e.Answer, e.err = result.Answer, err
	close(e.done) // Closed before the entry is kept, so that a caller that finds the entry does not wait.
	if latest, _ := c.flying.Get(k); latest != e {
		return
	}
	c.flying.Delete(k)
	switch {
	case err == nil:
		e.until = earliest(e.until, result.End)
		c.refused.Drop(k) // The provider refused the token before.
		e.keep(&c.kept, k, overhead+result.Size, q.Now)
	case result.refused:
		e.until = earliest(q.Now.Add(c.policy.RefusedAge), q.End)
		c.kept.Drop(k)
		e.keep(&c.refused, k, overhead, q.Now)
	}
}
