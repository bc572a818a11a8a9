//go:build unix

package redisstore_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

func TestListConforms(t *testing.T) {
	require.NoError(t, oidctest.TestDenyList(listOn(t, newServer(t), patient)))
}

// The list keeps the same as a Memory, whatever is added in whatever order.
func TestListKeepsWhatMemoryKeeps(t *testing.T) {
	list, memory := listOn(t, newServer(t), patient), &denylist.Memory{}
	base := time.Now().Truncate(time.Microsecond)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	var keys []string
	for i := range 8 {
		keys = append(keys, fmt.Sprint(i))
	}
	for range 500 {
		e := denylist.Entry{Key: keys[random.IntN(len(keys))]}
		e.Until = base.Add(time.Hour + time.Duration(random.IntN(1000))*time.Microsecond)
		if random.IntN(20) > 0 {
			e.Before = base.Add(time.Duration(random.IntN(1000)-500) * time.Microsecond)
		}
		require.Equal(t, add(t, memory, e), add(t, list, e), "seed %d", seed)
	}
	want, have := find(t, memory, keys...), find(t, list, keys...)
	require.Len(t, have, len(want))
	for i := range want {
		require.Equal(t, want[i].Key, have[i].Key)
		require.True(t, want[i].Before.Equal(have[i].Before), "seed %d: %v, want %v", seed, have[i], want[i])
		require.True(t, want[i].Until.Equal(have[i].Until), "seed %d: %v, want %v", seed, have[i], want[i])
	}
}

func TestEntryEndsWithItsTimeAndNotBefore(t *testing.T) {
	s := newServer(t)
	client := newClient(t, &redis.Options{Addr: s.address})
	list := newList(t, redisstore.Config{Client: client, Prefix: "p:", Timeout: patient})
	until := time.Now().Add(time.Hour)
	ends := func() time.Time {
		at, err := client.PExpireTime(t.Context(), "p:k").Result()
		require.NoError(t, err)
		return time.UnixMilli(0).Add(at)
	}
	require.True(t, add(t, list, denylist.Entry{Key: "k", Until: until}))
	require.False(t, ends().Before(until))
	later := until.Add(time.Hour)
	require.False(t, add(t, list, denylist.Entry{Key: "k", Until: later}))
	require.False(t, ends().Before(later))
	require.False(t, add(t, list, denylist.Entry{Key: "k", Until: until}))
	require.False(t, ends().Before(later), "it is kept until the later of two")

	require.True(t, add(t, list, denylist.Entry{Key: "short", Until: time.Now().Add(again)}))
	require.Eventually(t, func() bool { return len(find(t, list, "short")) == 0 }, patience, again)
	require.True(t, add(t, list, denylist.Entry{Key: "ended", Until: time.Now().Add(-time.Hour)}))
	require.Empty(t, find(t, list, "ended"))
}

// Extreme times must not be lost, and must not cover less.
func TestTimesOutOfReachAreKept(t *testing.T) {
	list := listOn(t, newServer(t), patient)
	year := func(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }
	for name, e := range map[string]denylist.Entry{
		"long ago":   {Before: year(2), Until: year(9999)},
		"far ahead":  {Before: year(9999), Until: year(200_000)},
		"nanosecond": {Before: year(2001).Add(1), Until: year(2199)},
	} {
		e.Key = name
		require.True(t, add(t, list, e))
		found := find(t, list, name)
		require.Len(t, found, 1, name)
		require.False(t, found[0].Before.IsZero(), name)
		if e.Before.Before(year(2200)) {
			require.False(t, found[0].Before.Before(e.Before), name)
		}
	}
}

func TestPrefixesKeepListsApart(t *testing.T) {
	client := newClient(t, &redis.Options{Addr: newServer(t).address})
	one := newList(t, redisstore.Config{Client: client, Prefix: "one:", Timeout: patient})
	other := newList(t, redisstore.Config{Client: client, Timeout: patient})
	e := denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)}
	require.True(t, add(t, one, e))
	require.Empty(t, find(t, other, "k"))
	require.True(t, add(t, other, e))
	require.Equal(t, int64(1), client.Exists(t.Context(), redisstore.DefaultPrefix+"k").Val())
}

func TestNoKeysFindNothing(t *testing.T) {
	require.Empty(t, find(t, listOn(t, newServer(t), patient)))
}
