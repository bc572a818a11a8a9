package tokencache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/tokencache"
)

// Beyond the bound callers do not wait: they verify for themselves.
func TestCallersThatWaitAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := tokencache.New[int](tokencache.Policy{})
		k := keyOf("token")
		require.True(t, cache.Begin(context.Background(), k))
		returned := make(chan struct{}, 2000)
		wait := func(n int) {
			for range n {
				go func() {
					_ = cache.Begin(context.Background(), k)
					returned <- struct{}{}
				}()
			}
			synctest.Wait()
		}
		wait(1000)
		require.Empty(t, returned)
		wait(3)
		require.Len(t, returned, 3)
		cache.End(k)
		synctest.Wait()
		require.Len(t, returned, 1003)
	})
}

func TestDefaultBounds(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{})
	for i := range 30_000 {
		cache.Put(keyOf(string(rune(i))), of(i), 0, now, now.Add(time.Hour))
	}
	require.LessOrEqual(t, cache.Stats().Entries, 10_000)
	require.Greater(t, cache.Stats().Entries, 9_900)
	cache = tokencache.New[int](tokencache.Policy{})
	for i := range 2000 {
		cache.Put(keyOf(string(rune(i))), of(i), 128<<10, now, now.Add(time.Hour))
	}
	require.LessOrEqual(t, cache.Stats().Bytes, 64<<20)
	require.Greater(t, cache.Stats().Bytes, 50<<20)
}
