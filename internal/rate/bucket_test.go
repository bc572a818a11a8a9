package rate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/rate"
)

func TestBurstThenOnePerInterval(t *testing.T) {
	b := rate.Bucket{Interval: time.Second, Burst: 2}
	now := time.Unix(1000, 0)
	took := func(at time.Time) bool { _, ok := b.Take(at); return ok }
	require.Equal(t, []bool{true, true, false}, []bool{took(now), took(now), took(now)})
	require.Equal(t, []bool{true, false}, []bool{took(now.Add(time.Second)), took(now.Add(time.Second))})
	require.Equal(t, []bool{true, true, false}, []bool{took(now.Add(time.Hour)), took(now.Add(time.Hour)), took(now.Add(time.Hour))})
}

func TestTokenTakenAheadIsWaitedFor(t *testing.T) {
	b := rate.Bucket{Interval: time.Second, Burst: 1, Wait: time.Second}
	now := time.Unix(1000, 0)
	var delays []time.Duration
	for range 2 {
		delay, ok := b.Take(now)
		require.True(t, ok)
		delays = append(delays, delay)
	}
	require.Equal(t, []time.Duration{0, time.Second}, delays)
	_, ok := b.Take(now)
	require.False(t, ok)
}

func TestClockSetBackDoesNotStarve(t *testing.T) {
	b := rate.Bucket{Interval: time.Second, Burst: 1}
	now := time.Unix(1000, 0)
	_, ok := b.Take(now)
	require.True(t, ok)
	now = now.Add(-24 * time.Hour)
	b.Take(now)
	_, ok = b.Take(now.Add(2 * time.Second))
	require.True(t, ok)
}

func TestLeftTakesNoToken(t *testing.T) {
	b := rate.Bucket{Interval: time.Second, Burst: 2, Wait: time.Minute}
	now := time.Unix(1000, 0)
	left := func(at time.Time) []any { n, next := b.Left(at); return []any{n, next} }
	for range 3 {
		require.Equal(t, []any{2, time.Time{}}, left(now))
	}
	for i, want := range [][]any{{1, time.Time{}}, {0, now.Add(time.Second)}, {0, now.Add(2 * time.Second)}} {
		_, ok := b.Take(now)
		require.True(t, ok)
		require.Equal(t, want, left(now), i)
	}
	require.Equal(t, []any{0, now.Add(2 * time.Second)}, left(now.Add(time.Second)))
	require.Equal(t, []any{1, time.Time{}}, left(now.Add(2*time.Second)))
	require.Equal(t, []any{2, time.Time{}}, left(now.Add(time.Hour)))
}
