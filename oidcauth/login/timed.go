package login

import (
	"context"
	"time"
)

// storeTime limits each call to a store, in which a request waits.
const storeTime = 5 * time.Second

// timed is a store with a limit on the time of each call.
type timed struct{ Swapper }

func (s timed) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	return s.Swapper.FindCtx(ctx, token)
}

func (s timed) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	return s.Swapper.CommitCtx(ctx, token, value, expiry)
}

func (s timed) DeleteCtx(ctx context.Context, token string) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	return s.Swapper.DeleteCtx(ctx, token)
}

func (s timed) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	return s.Swapper.SwapCtx(ctx, token, old, value, expiry)
}
