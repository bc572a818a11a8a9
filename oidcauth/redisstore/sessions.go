package redisstore

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/knownbearer/knownbearer/oidcauth/login"
)

//go:embed swap.lua
var swapScript string

const (
	// DefaultSessionPrefix is the default of [Config.Prefix] for [NewSessions].
	DefaultSessionPrefix = "knownbearer:session:"
	// MaxSessionBytes is the largest value that [Sessions] stores.
	MaxSessionBytes = 1 << 20

	maxSessionToken = 512
	markBytes       = 16
)

var (
	// ErrTooLarge reports a value of more than [MaxSessionBytes], which is not stored.
	ErrTooLarge = errors.New("redisstore: the value is larger than 1 MiB")

	errToken        = errors.New("the token is empty or longer than 512 bytes")
	errForeignValue = errors.New("the key holds a value that is not of this store")
)

// Sessions is a [login.Swapper] in Redis. [NewSessions] makes one; the zero Sessions is unusable. It is safe for concurrent use, and
// many processes may share its values. Its errors contain neither tokens, values nor credentials.
type Sessions struct {
	client  redis.UniversalClient
	prefix  string
	timeout time.Duration
}

var _ login.Swapper = (*Sessions)(nil)

// NewSessions returns a store of sessions. It does not access Redis. Its error joins a [*ConfigError] for each fault of c. If c.Prefix is
// empty, it is [DefaultSessionPrefix].
func NewSessions(c Config) (*Sessions, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	s := &Sessions{client: c.Client, prefix: c.Prefix, timeout: c.Timeout}
	if s.prefix == "" {
		s.prefix = DefaultSessionPrefix
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	return s, nil
}

// FindCtx returns the value of a token. found is false if there is none, or if its expiry has passed.
func (s *Sessions) FindCtx(ctx context.Context, token string) (value []byte, found bool, err error) {
	stored, err := asked(ctx, s, "find", token, func(ctx context.Context) ([]byte, error) {
		stored, err := s.client.Get(ctx, s.prefix+token).Bytes()
		if errors.Is(err, redis.Nil) {
			return nil, nil
		}
		if err == nil && (len(stored) < markBytes || len(stored) > markBytes+MaxSessionBytes) {
			err = errForeignValue
		}
		return stored, err
	})
	if err != nil || stored == nil {
		return nil, false, err
	}
	return stored[markBytes:], true, nil
}

// CommitCtx stores a value until its expiry, and replaces a former value. An expiry in the past deletes it. After an error it is unknown
// whether the value is stored.
func (s *Sessions) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	left := lifeUntil(expiry)
	if left <= 0 {
		return s.DeleteCtx(ctx, token)
	}
	if len(value) > MaxSessionBytes {
		return ErrTooLarge
	}
	_, err := asked(ctx, s, "commit", token, func(ctx context.Context) (string, error) {
		return s.client.Set(ctx, s.prefix+token, marked(value), left).Result()
	})
	return err
}

// DeleteCtx deletes a value. It returns nil if there is none.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := asked(ctx, s, "delete", token, func(ctx context.Context) (int64, error) {
		return s.client.Del(ctx, s.prefix+token).Result()
	})
	return err
}

// SwapCtx stores a value until its expiry if the present value equals old, atomically for all replicas. A nil old requires that there is
// no value. swapped reports whether the value was stored. After an error, it is unknown whether the value is stored.
func (s *Sessions) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (swapped bool, err error) {
	if len(value) > MaxSessionBytes {
		return false, ErrTooLarge
	}
	required := "0"
	if old != nil {
		required = "1"
	}
	args := []any{required, old, marked(value), lifeUntil(expiry).Milliseconds()}
	return asked(ctx, s, "swap", token, func(ctx context.Context) (bool, error) {
		return s.client.Eval(ctx, swapScript, []string{s.prefix + token}, args...).Bool()
	})
}

// marked puts a random mark before the value. The client of Redis repeats a call if its answer is lost. The script then finds the mark of the
// first call, and reports the swap as done.
func marked(value []byte) []byte {
	out := make([]byte, markBytes, markBytes+len(value))
	_, _ = rand.Read(out) // It never fails.
	return append(out, value...)
}

// lifeUntil returns the time to live in whole milliseconds. It counts from now, so that the clock of Redis does not matter.
func lifeUntil(expiry time.Time) time.Duration {
	if expiry.After(latest) {
		expiry = latest
	}
	left := time.Until(expiry)
	if left <= 0 {
		return 0
	}
	return max(left.Truncate(time.Millisecond), time.Millisecond)
}

// asked returns the answer of Redis to a call, which is limited by the timeout.
func asked[T any](ctx context.Context, s *Sessions, what, token string, call func(context.Context) (T, error)) (value T, err error) {
	if token == "" || len(token) > maxSessionToken {
		err = errToken
	} else {
		value, err = within(ctx, s.timeout, call)
	}
	if err != nil {
		var none T
		return none, fmt.Errorf("redisstore: %s: %w", what, err)
	}
	return value, nil
}
