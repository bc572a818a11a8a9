package login_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
)

func TestMemory(t *testing.T) {
	ctx := t.Context()
	now := time.Unix(1000, 0)
	m := &login.Memory{Now: func() time.Time { return now }}
	find := func(token string) (string, bool) {
		value, found, err := m.FindCtx(ctx, token)
		require.NoError(t, err)
		return string(value), found
	}
	_, found := find("a")
	require.False(t, found)
	value := []byte("one")
	require.NoError(t, m.CommitCtx(ctx, "a", value, now.Add(time.Minute)))
	value[0] = 'X' // the caller owns its slice
	got, found := find("a")
	require.True(t, found)
	require.Equal(t, "one", got)

	swap := func(token string, old, value []byte) bool {
		swapped, err := m.SwapCtx(ctx, token, old, value, now.Add(time.Minute))
		require.NoError(t, err)
		return swapped
	}
	require.False(t, swap("a", []byte("other"), []byte("two")))
	require.False(t, swap("a", nil, []byte("two")))
	require.True(t, swap("a", []byte("one"), []byte("two")))
	require.False(t, swap("b", []byte("one"), []byte("two")))
	require.True(t, swap("b", nil, []byte("one")))
	require.Equal(t, 2, m.Len())

	require.NoError(t, m.DeleteCtx(ctx, "a"))
	require.NoError(t, m.DeleteCtx(ctx, "a"))
	_, found = find("a")
	require.False(t, found)
	require.False(t, swap("a", []byte("two"), []byte("three"))) // an ended session stays ended

	now = now.Add(time.Minute)
	_, found = find("b")
	require.False(t, found)
	require.True(t, swap("b", nil, []byte("new")))
}

func TestMemoryIsBoundedInEntriesAndBytes(t *testing.T) {
	ctx := t.Context()
	now := time.Unix(1000, 0)
	for _, m := range []*login.Memory{{Entries: 100}, {Bytes: 100 * 300}} {
		m.Now = func() time.Time { return now }
		require.NoError(t, m.CommitCtx(ctx, "a session", make([]byte, 100), now.Add(10*time.Hour)))
		for i := range 1000 {
			require.NoError(t, m.CommitCtx(ctx, fmt.Sprint(i), make([]byte, 100), now.Add(time.Minute)))
		}
		require.LessOrEqual(t, m.Len(), 100)
		_, found, err := m.FindCtx(ctx, "a session")
		require.NoError(t, err)
		require.True(t, found) // what ends first is dropped first
	}
}

func TestMemorySwapsOnce(t *testing.T) {
	m := &login.Memory{}
	var won atomic.Int32
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			swapped, err := m.SwapCtx(t.Context(), "a", nil, []byte{byte(i)}, time.Now().Add(time.Hour))
			if err != nil {
				t.Error(err)
			}
			if swapped {
				won.Add(1)
			}
		})
	}
	wait.Wait()
	require.EqualValues(t, 1, won.Load())
}

func TestMemoryOfACancelledContext(t *testing.T) {
	m := &login.Memory{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := m.FindCtx(ctx, "a")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, m.CommitCtx(ctx, "a", nil, time.Now()), context.Canceled)
	require.ErrorIs(t, m.DeleteCtx(ctx, "a"), context.Canceled)
	_, err = m.SwapCtx(ctx, "a", nil, nil, time.Now())
	require.ErrorIs(t, err, context.Canceled)
}
