package login

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"sync"
	"time"
)

var errTooLarge = errors.New("login: the session is larger than 256 KiB")

// swapper makes a [Swapper] of any [Store]. If the store is not a Swapper, a value is compared and stored in two calls under a lock, which
// holds within this process only.
type swapper struct {
	Store
	seed  maphash.Seed
	locks [64]sync.Mutex
}

func newSwapper(s Store) Swapper {
	if s, ok := s.(Swapper); ok {
		return timed{s}
	}
	return timed{&swapper{Store: s, seed: maphash.MakeSeed()}}
}

func (s *swapper) lock(token string) *sync.Mutex {
	return &s.locks[maphash.String(s.seed, token)%uint64(len(s.locks))]
}

// SwapCtx compares and stores while it holds a lock.
func (s *swapper) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	lock := s.lock(token)
	lock.Lock()
	defer lock.Unlock()
	present, found, err := s.FindCtx(ctx, token)
	if err != nil || found != (old != nil) || !bytes.Equal(present, old) {
		return false, err
	}
	return true, s.CommitCtx(ctx, token, value, expiry)
}

// DeleteCtx deletes while it holds a lock, so that no swap restores the value.
func (s *swapper) DeleteCtx(ctx context.Context, token string) error {
	lock := s.lock(token)
	lock.Lock()
	defer lock.Unlock()
	return s.Store.DeleteCtx(ctx, token)
}
