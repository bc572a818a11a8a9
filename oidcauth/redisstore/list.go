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

// List is a [denylist.List] in Redis. [New] makes one; the zero List is unusable. It is safe for concurrent use, and
// many processes may share its entries. Its errors contain neither keys nor credentials.
type List struct {
	client  redis.UniversalClient
	prefix  string
	timeout time.Duration
}

var _ denylist.List = (*List)(nil)

// New returns a list. It does not access Redis. Its error joins a [*ConfigError] for each fault of c.
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

// Add keeps an entry until its Until, atomically for all replicas. Times are rounded up to the microsecond and
// clamped to the years 1700 to 2200. After an error it is unknown whether the entry is kept; adding it again is
// harmless. If Redis 7.0 or later is out of memory, the error matches [denylist.ErrFull].
func (l *List) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	if err := e.Validate(); err != nil {
		return false, err
	}
	// The client may repeat the call if the answer was lost. The random number makes the repetition return the same
	// result.
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

// Find returns the entries of these keys that Redis keeps, in one round trip. A cluster needs one for each node; they
// run in parallel.
func (l *List) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	found, err := within(ctx, l.timeout, func(ctx context.Context) ([]denylist.Entry, error) { return l.find(ctx, keys) })
	if err != nil {
		return nil, fmt.Errorf("redisstore: find: %w", err)
	}
	return found, nil
}

// find uses a pipeline. An MGET would need all keys in one slot, and a client-side cache could answer it.
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

// within returns when the timeout ends, even if the client ignores the context, as a cluster client does while it
// learns its commands. The abandoned call continues until the client's own timeouts end it.
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
