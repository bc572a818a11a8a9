// Package nearmiss lets a user store tell the caller of a lookup that a row almost matched. The store still returns no user for
// the row. The context of the lookup carries the message, so that it also passes through stores that wrap others.
package nearmiss

import (
	"context"
	"sync/atomic"
)

type key struct{}

// Context is the context of one lookup. It must not be copied after its first use, and it is safe for concurrent use.
type Context struct {
	context.Context
	inOtherCase atomic.Bool
}

// Value returns the Context itself for the key of this package.
func (c *Context) Value(k any) any {
	if k == (key{}) {
		return c
	}
	return c.Context.Value(k)
}

// InOtherCase reports whether the store returned a row whose value differs only by case.
func (c *Context) InOtherCase() bool { return c.inOtherCase.Load() }

// InOtherCase tells the caller of a lookup that a row has the searched value in another case.
func InOtherCase(ctx context.Context) {
	if c, ok := ctx.Value(key{}).(*Context); ok {
		c.inOtherCase.Store(true)
	}
}
