// Package guard calls code that is not ours, on goroutines that are: it may panic, it may end its goroutine, and it may
// never return.
//
// A panic on a goroutine of ours would end the process, since only that goroutine could recover it. [Call] makes it a
// [*Panic], which keeps the value and the stack for the operator. [Calls] gives a call a time after which it is waited for
// no more, and bounds how many such calls go on unwaited for.
package guard

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
)

// Panic is an error: the code that was called panicked. It wraps nothing, for what was thrown is no answer, even where it is
// an error.
type Panic struct {
	Value any    // nil where the code ended its goroutine (runtime.Goexit)
	Stack []byte // at most 16 KiB
}

const (
	maxValue = 300
	maxStack = 16 << 10
)

// Error has at most 300 bytes of the value.
func (p *Panic) Error() string {
	if p.Value == nil {
		return "the code that was called ended its goroutine"
	}
	return "the code that was called panicked: " + record.Clip(fmt.Sprint(p.Value), maxValue)
}

// Call returns what f returns, or a [*Panic]. After a runtime.Goexit in f only deferred functions of the caller run.
func Call[T any](f func() (T, error)) (value T, err error) {
	returned := false
	defer func() {
		if !returned {
			thrown, stack := recover(), debug.Stack()
			err = &Panic{Value: thrown, Stack: stack[:min(len(stack), maxStack)]}
		}
	}()
	value, err = f()
	returned = true
	return value, err
}

// ErrStrays reports that too many calls go on although their time is over.
var ErrStrays = errors.New("too many calls do not return although their time is over")

const (
	maxStrays = 1000
	grace     = time.Second // for a call that ends with its context to say so itself
)

// Calls counts the calls that have not returned in their time. While 1000 of them go on, no other begins. Its zero value is
// ready; it must not be copied.
type Calls struct{ strays atomic.Int64 }

// Within calls f on a goroutine of its own. It returns what f returned, a [*Panic], or the error of a context that ended a
// second ago while f goes on; what f returns later is lost.
func Within[T any](ctx context.Context, c *Calls, f func(context.Context) (T, error)) (value T, err error) {
	if c.strays.Load() >= maxStrays {
		return value, ErrStrays
	}
	type result struct {
		value T
		err   error
	}
	var over atomic.Bool // whichever of both sides comes second finds it set
	done := make(chan result, 1)
	go func() {
		r := result{err: &Panic{}}
		defer func() {
			done <- r
			if over.Swap(true) {
				c.strays.Add(-1)
			}
		}()
		r.value, r.err = Call(func() (T, error) { return f(ctx) })
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-late.C:
	}
	c.strays.Add(1)
	if over.Swap(true) {
		c.strays.Add(-1)
	}
	return value, ctx.Err()
}
