// Package guard calls foreign code, which may panic, end its goroutine, or never return.
//
// A panic on one of this module's goroutines would end the process, because only that goroutine could recover it.
// [Call] returns it as a [*Panic], which keeps the value and the stack for the operator. [Calls] gives a call a time
// limit, and bounds how many calls continue after their limit.
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

// Panic is the error of a call that panicked. It does not unwrap to the panic's value, even if that is an error,
// because the value is not a result of the call.
type Panic struct {
	// Value is the panic's value. It is nil if the code ended its goroutine (runtime.Goexit).
	Value any
	// Stack is the stack of the panic, at most 16 KiB.
	Stack []byte
}

const (
	maxValue = 300
	maxStack = 16 << 10
)

// Error returns at most 300 bytes of the value.
func (p *Panic) Error() string {
	if p.Value == nil {
		return "the code that was called ended its goroutine"
	}
	return "the called code panicked: " + record.Clip(fmt.Sprint(p.Value), maxValue)
}

// Call calls f. It returns the result of f, or a [*Panic] as the error. If f calls runtime.Goexit, only the deferred functions of the caller
// run.
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

// ErrStrays reports that too many calls have not returned within their time limit.
var ErrStrays = errors.New("too many calls have not returned within their time limit")

const (
	maxStrays = 1000
	grace     = time.Second // The time in which a call that ends with its context can still return its own error.
)

// Calls counts the calls that continue after their time limit. While there are 1000 of them, no further call begins.
// The zero Calls is ready to use. It must not be copied.
type Calls struct{ strays atomic.Int64 }

// Within calls f on a new goroutine. It returns the result of f, or a [*Panic] as the error. If f continues a second after ctx has
// ended, Within returns ctx.Err(), and the result of f is lost.
func Within[T any](ctx context.Context, c *Calls, f func(context.Context) (T, error)) (value T, err error) {
	if c.strays.Load() >= maxStrays {
		return value, ErrStrays
	}
	type result struct {
		value T
		err   error
	}
	var over atomic.Bool // The side that comes second finds it set.
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
