package login

import (
	"context"
	"sync"
	"time"
)

// callbacks are the callbacks that run in this process, and the attempts that it has used. The zero callbacks is ready to use.
type callbacks struct {
	mu      sync.Mutex
	running map[string]chan struct{}
	used    recent[struct{}]
}

// usedLife is how long a used attempt is remembered: longer than its cookie is accepted.
const usedLife = 2 * attemptLife

// begin reports whether this is the first callback of an attempt in this process. If another callback of the attempt runs, it waits for
// its end, so that the session exists before this browser is sent on.
func (c *callbacks) begin(ctx context.Context, state string, now time.Time) bool {
	c.mu.Lock()
	running, isRunning := c.running[state]
	_, isUsed := c.used.get(state, now)
	first := !isRunning && !isUsed
	if first {
		if c.running == nil {
			c.running = map[string]chan struct{}{}
		}
		c.running[state] = make(chan struct{})
		c.used.put(state, struct{}{}, now, now.Add(usedLife))
	}
	c.mu.Unlock()
	if isRunning {
		select {
		case <-running:
		case <-ctx.Done():
		}
	}
	return first
}

// done ends a callback.
func (c *callbacks) done(state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if running := c.running[state]; running != nil {
		close(running)
		delete(c.running, state)
	}
}

// use marks an attempt as used, and reports whether it was not used before. A store marks it for all replicas.
// If the store is not a [Swapper], two replicas can be first at the same moment, and the provider refuses the second use of the code. A
// [Memory] has no other replica, so it gets no marks: an attacker can begin logins and end them with a bad code, and the marks would drive
// sessions out of it.
func (rp *RelyingParty) use(ctx context.Context, a attempt) (first bool, err error) {
	if !rp.callbacks.begin(ctx, a.State, rp.now()) {
		return false, nil
	}
	defer func() {
		if !first {
			rp.callbacks.done(a.State)
		}
	}()
	if rp.store == nil || rp.isAlone {
		return true, nil
	}
	return rp.store.SwapCtx(ctx, storeKey(kindAttempt, a.State), nil, []byte{1}, rp.now().Add(usedLife))
}
