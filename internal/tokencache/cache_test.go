package tokencache_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/tokencache"
)

func keyOf(token string) tokencache.Key { return sha256.Sum256([]byte(token)) }

func of[T any](value T) *tokencache.Entry[T] { return &tokencache.Entry[T]{Value: value} }

var now = time.Unix(1_800_000_000, 0)

func TestEntryIsUsedWithinItsTimeOnly(t *testing.T) {
	for name, c := range map[string]struct {
		at   time.Duration
		want bool
	}{"before": {-time.Second, false}, "from": {0, true}, "within": {59 * time.Second, true}, "at its end": {time.Minute, false}} {
		t.Run(name, func(t *testing.T) {
			cache := tokencache.New[string](tokencache.Policy{})
			kept, k := of("v"), keyOf("token")
			cache.Put(k, kept, 1, now, now.Add(time.Minute))
			got, ok := cache.Get(k, now.Add(c.at))
			require.Equal(t, c.want, ok)
			require.Equal(t, c.want, got == &kept.Value)
			if !ok {
				require.Zero(t, cache.Stats().Entries)
				require.Zero(t, cache.Stats().Bytes)
			}
		})
	}
}

func TestEntriesAndBytesAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		policy tokencache.Policy
		size   int
	}{
		"entries":           {tokencache.Policy{Entries: 128}, 1},
		"bytes":             {tokencache.Policy{Bytes: 256 << 10}, 1 << 10},
		"larger than shard": {tokencache.Policy{Bytes: 64 << 10}, 2 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			cache := tokencache.New[int](c.policy)
			for i := range 5000 {
				cache.Put(keyOf(fmt.Sprint(i)), of(i), c.size, now, now.Add(time.Hour))
			}
			s := cache.Stats()
			if c.policy.Entries > 0 {
				require.LessOrEqual(t, s.Entries, c.policy.Entries)
			}
			if c.policy.Bytes > 0 {
				require.LessOrEqual(t, s.Bytes, c.policy.Bytes)
			}
		})
	}
}

// Of eight entries, which is as many as are looked at, the one that ends first gives way.
func TestEntryThatEndsFirstGivesWay(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{Entries: 64 * 8})
	key := func(i int) tokencache.Key { return tokencache.Key{1: byte(i)} } // all in one shard
	for i, minutes := range []int{5, 3, 8, 1, 7, 2, 6, 4, 9} {
		cache.Put(key(i), of(i), 1, now, now.Add(time.Duration(minutes)*time.Minute))
	}
	require.Equal(t, 8, cache.Stats().Entries)
	_, ok := cache.Get(key(3), now)
	require.False(t, ok)
}

func TestReplacedAndDroppedEntriesLeaveNoBytes(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{})
	k := keyOf("token")
	for i := range 10 {
		cache.Put(k, of(i), 100*i, now, now.Add(time.Hour))
	}
	require.Equal(t, 1, cache.Stats().Entries)
	cache.Drop(k)
	cache.Drop(k)
	require.Zero(t, cache.Stats().Bytes)
}

func TestOneVerificationForConcurrentFirstSights(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{})
	k := keyOf("token")
	var verifications, served atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, ok := cache.Get(k, now); ok {
				served.Add(1)
				return
			}
			if cache.Begin(context.Background(), k) {
				defer cache.End(k)
				if _, ok := cache.Get(k, now); !ok {
					verifications.Add(1)
					cache.Put(k, of(7), 8, now, now.Add(time.Minute))
				}
				served.Add(1)
				return
			}
			_, ok := cache.Get(k, now)
			assert.True(t, ok)
			served.Add(1)
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, verifications.Load())
	require.EqualValues(t, 100, served.Load())
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{})
	k := keyOf("token")
	require.True(t, cache.Begin(context.Background(), k))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.False(t, cache.Begin(ctx, k))
	cache.End(k)
	require.True(t, cache.Begin(context.Background(), k))
	cache.End(k)
}

// Hits and misses are counted on many cores at once, and not one is lost.
func TestHitsAndMissesAreCounted(t *testing.T) {
	cache := tokencache.New[int](tokencache.Policy{})
	cache.Put(keyOf("token"), of(7), 8, now, now.Add(time.Minute))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				cache.Get(keyOf("token"), now)
				if k := keyOf("another"); cache.Begin(context.Background(), k) {
					cache.End(k)
				}
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 8000, cache.Stats().Hits)
	require.EqualValues(t, 8000, cache.Stats().Misses)
}
