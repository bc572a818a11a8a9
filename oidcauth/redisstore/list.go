package redisstore

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

//go:embed add.lua
var addScript string

// List is a [denylist.List] in Redis. It is safe for concurrent use, and for use by many processes. [New] makes one; the zero
// List is of no use.
//
// Its errors name neither keys nor credentials.
type List struct {
	client  redis.UniversalClient
	prefix  string
	timeout time.Duration
}

var _ denylist.List = (*List)(nil)

// New returns the list that is, or will be, in Redis, which is not asked yet. Its error joins a [*ConfigError] for each fault.
func New(c Config) (*List, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	l := &List{client: c.Client, prefix: c.Prefix, timeout: c.Timeout}
	if l.prefix == "" {
		l.prefix = DefaultPrefix
	}
	if l.timeout == 0 {
		l.timeout = DefaultTimeout
	}
	return l, nil
}

// Add keeps an entry until its Until has come, in one step for all replicas. Times are kept to the microsecond, rounded up, of
// the years 1700 to 2200. An error leaves open whether the entry is kept; adding it again does no harm. It is a
// [denylist.ErrFull] when Redis, 7.0 or later, is out of memory.
func (l *List) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	if err := e.Validate(); err != nil {
		return false, err
	}
	// The client may try again after an answer that was lost: who adds it is told the same again.
	args := append(fields(e), rand.Uint64())
	added, err := within(ctx, l.timeout, func(ctx context.Context) (bool, error) {
		return l.client.Eval(ctx, addScript, []string{l.prefix + e.Key}, args...).Bool()
	})
	if redis.IsOOMError(err) {
		err = errors.Join(denylist.ErrFull, err)
	}
	if err != nil {
		return false, fmt.Errorf("redisstore: add: %w", err)
	}
	return added, nil
}

// Find returns the entries of these keys that Redis still keeps. It is one round trip; in a cluster one for each node, at
// the same time.
func (l *List) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	found, err := within(ctx, l.timeout, func(ctx context.Context) ([]denylist.Entry, error) { return l.find(ctx, keys) })
	if err != nil {
		return nil, fmt.Errorf("redisstore: find: %w", err)
	}
	return found, nil
}

// find uses a pipeline: keys of one MGET would have to be in one slot, and a pipeline is never answered by a client-side cache.
func (l *List) find(ctx context.Context, keys []string) ([]denylist.Entry, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	pipe := l.client.Pipeline()
	answers := make([]*redis.SliceCmd, len(keys))
	for i, k := range keys {
		answers[i] = pipe.HMGet(ctx, l.prefix+k, "until", "before")
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	var out []denylist.Entry
	for i, a := range answers {
		values, err := a.Result()
		if err != nil {
			return nil, err
		}
		e, kept, err := entry(keys[i], values)
		if err != nil {
			return nil, err
		}
		if kept {
			out = append(out, e)
		}
	}
	return out, nil
}

type result[T any] struct {
	value T
	err   error
}

// within does not wait longer for what the client does outside the context, such as a cluster client that learns its
// commands. That goes on until the client's own timeouts end it.
func within[T any](ctx context.Context, timeout time.Duration, call func(context.Context) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	done := make(chan result[T], 1)
	go func() {
		value, err := call(ctx)
		done <- result[T]{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
