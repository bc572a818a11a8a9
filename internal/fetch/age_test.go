package fetch_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// A reader may compute the age of a value while a flight replaces it. The new value must not start another flight.
func TestValueReplacedWhileItsAgeIsComputedIsNotDue(t *testing.T) {
	var c clock
	var flights atomic.Int64
	var meanwhile func()
	h := fetch.NewHeld(func(context.Context) (int, error) { flights.Add(1); return 7, nil }, impatient, func() time.Time {
		if do := meanwhile; do != nil {
			meanwhile = nil
			do()
		}
		return c.now()
	})
	synctest.Test(t, func(t *testing.T) {
		require.NoError(t, h.Refresh(context.Background()))
		c.advance(10*time.Minute + 1)
		meanwhile = func() { require.NoError(t, h.Refresh(context.Background())) }
		_, ok := h.Get()
		require.True(t, ok)
		synctest.Wait()
		require.EqualValues(t, 2, flights.Load())
	})
}

// The age of a value counts from the request, however late the answer came.
func TestAgeCountsFromTheBeginningOfTheFlight(t *testing.T) {
	var c clock
	var flights atomic.Int64
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{}, 2)
		h := fetch.NewHeld(func(context.Context) (int, error) { flights.Add(1); <-release; return 7, nil }, impatient, c.now)
		done := make(chan error)
		go func() { done <- h.Refresh(context.Background()) }()
		synctest.Wait()
		asked := c.now()
		c.advance(10*time.Minute + 1)
		release <- struct{}{}
		require.NoError(t, <-done)
		synctest.Wait() // A flight that is still ending keeps the next one from starting.
		require.Equal(t, asked, h.Status().FetchedAt)
		_, ok := h.Get()
		require.True(t, ok)
		synctest.Wait()
		require.EqualValues(t, 2, flights.Load())
		release <- struct{}{}
	})
}

// If the clock is ahead when a value arrives, the value must not be kept longer by as much.
func TestValueIsDueAfterTheClockWasSetBack(t *testing.T) {
	const ahead = 300 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		var c clock
		var flights atomic.Int64
		fails := false
		h := fetch.NewHeld(func(context.Context) (int64, error) {
			n := flights.Add(1)
			if fails {
				return 0, errLoad
			}
			return n, nil
		}, impatient, c.now)
		c.advance(ahead)
		require.NoError(t, h.Refresh(context.Background()))
		back := func() {
			synctest.Wait()
			c.advance(-ahead)
			h.Get()
			c.advance(5 * time.Second) // The budget is empty after the clock was set.
			h.Get()
			synctest.Wait()
		}
		back()
		v, ok := h.Get()
		require.True(t, ok)
		require.EqualValues(t, 2, v, "fetched again within the interval")

		fails = true
		back()
		require.EqualValues(t, 3, flights.Load())
		_, ok = h.Get()
		require.True(t, ok, "what is held serves while the endpoint fails")
		c.advance(24 * time.Hour)
		_, ok = h.Get()
		require.False(t, ok, "and no longer than a day")
		require.True(t, h.Status().Stale)
	})
}
