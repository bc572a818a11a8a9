package oidctest_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func TestMemoryOfSessionsConforms(t *testing.T) {
	require.NoError(t, oidctest.TestSessionStore(&login.Memory{}))
	require.NoError(t, oidctest.TestSessionStore(struct{ login.Store }{&login.Memory{}}), "without SwapCtx")
}

// brokenStore is a Memory with some methods replaced.
type brokenStore struct {
	*login.Memory
	find   func(*login.Memory, context.Context, string) ([]byte, bool, error)
	commit func(*login.Memory, context.Context, string, []byte, time.Time) error
	drop   func(*login.Memory, context.Context, string) error
	swap   func(*login.Memory, context.Context, string, []byte, []byte, time.Time) (bool, error)
}

func (b *brokenStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if b.find != nil {
		return b.find(b.Memory, ctx, token)
	}
	return b.Memory.FindCtx(ctx, token)
}

func (b *brokenStore) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	if b.commit != nil {
		return b.commit(b.Memory, ctx, token, value, expiry)
	}
	return b.Memory.CommitCtx(ctx, token, value, expiry)
}

func (b *brokenStore) DeleteCtx(ctx context.Context, token string) error {
	if b.drop != nil {
		return b.drop(b.Memory, ctx, token)
	}
	return b.Memory.DeleteCtx(ctx, token)
}

func (b *brokenStore) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	if b.swap != nil {
		return b.swap(b.Memory, ctx, token, old, value, expiry)
	}
	return b.Memory.SwapCtx(ctx, token, old, value, expiry)
}

func TestBrokenSessionStoresAreCaught(t *testing.T) {
	for name, b := range map[string]*brokenStore{
		"forgets": {commit: func(*login.Memory, context.Context, string, []byte, time.Time) error { return nil }},
		"keeps the first value": {commit: func(m *login.Memory, ctx context.Context, token string, value []byte, expiry time.Time) error {
			_, err := m.SwapCtx(ctx, token, nil, value, expiry)
			return err
		}},
		"keeps the first expiry": {commit: func(m *login.Memory, ctx context.Context, token string, value []byte, expiry time.Time) error {
			if _, found, _ := m.FindCtx(ctx, token); found && time.Until(expiry) < time.Minute {
				expiry = time.Now().Add(time.Hour)
			}
			return m.CommitCtx(ctx, token, value, expiry)
		}},
		"cuts a text": {commit: func(m *login.Memory, ctx context.Context, token string, value []byte, expiry time.Time) error {
			value, _, _ = bytes.Cut(value, []byte{0})
			return m.CommitCtx(ctx, token, value, expiry)
		}},
		"finds anything": {find: func(_ *login.Memory, ctx context.Context, _ string) ([]byte, bool, error) {
			return []byte("value"), true, ctx.Err()
		}},
		"does not delete": {drop: func(_ *login.Memory, ctx context.Context, _ string) error { return ctx.Err() }},
		"ignores the context": {find: func(m *login.Memory, _ context.Context, token string) ([]byte, bool, error) {
			return m.FindCtx(context.Background(), token)
		}},
		"swaps anything": {swap: func(m *login.Memory, ctx context.Context, token string, _, value []byte, expiry time.Time) (bool, error) {
			return true, m.CommitCtx(ctx, token, value, expiry)
		}},
		"swaps what was deleted": {swap: func(m *login.Memory, ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
			if _, found, _ := m.FindCtx(ctx, token); !found {
				old = nil
			}
			return m.SwapCtx(ctx, token, old, value, expiry)
		}},
		"swaps nothing": {swap: func(_ *login.Memory, ctx context.Context, _ string, _, _ []byte, _ time.Time) (bool, error) {
			return true, ctx.Err()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b.Memory = &login.Memory{}
			require.Error(t, oidctest.TestSessionStore(b))
		})
	}
}
