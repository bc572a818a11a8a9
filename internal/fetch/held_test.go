package fetch_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
)

var errLoad = errors.New("load")

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1e9, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

var impatient = fetch.Policy{Wait: -1}

func TestOneFlightForManyCallersAndAtMost1000Wait(t *testing.T) {
	var flights atomic.Int32
	release, started := make(chan struct{}), make(chan struct{})
	h := fetch.NewHeld(func(context.Context) (int, error) {
		flights.Add(1)
		close(started)
		<-release
		return 7, nil
	}, impatient, new(clock).now)
	results := make(chan error, 1036)
	var callers sync.WaitGroup
	for range 1036 {
		callers.Go(func() { results <- h.Refresh(context.Background()) })
	}
	<-started
	for range 36 { // those beyond 1000 return while the flight is still under way
		assert.ErrorIs(t, <-results, fetch.ErrTooSoon)
	}
	close(release)
	callers.Wait()
	for range 1000 {
		assert.NoError(t, <-results)
	}
	assert.EqualValues(t, 1, flights.Load())
	v, ok := h.Get()
	assert.True(t, ok)
	assert.Equal(t, 7, v)
}

func TestCallerCancellationDoesNotCancelTheFlight(t *testing.T) {
	var flights atomic.Int32
	release, started := make(chan struct{}), make(chan struct{})
	h := fetch.NewHeld(func(ctx context.Context) (int, error) {
		if flights.Add(1) > 1 {
			return 0, errLoad
		}
		close(started)
		<-release
		return 7, ctx.Err()
	}, impatient, new(clock).now)
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan error, 1)
	go func() { first <- h.Refresh(ctx) }()
	<-started
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(release)
	// This joins the first flight or, when that has landed, starts one that fails: either way the first is over.
	_ = h.Refresh(context.Background())
	v, ok := h.Get()
	assert.True(t, ok)
	assert.Equal(t, 7, v)
}

func TestRefreshWaitsForItsTurn(t *testing.T) {
	var flights atomic.Int32
	p := fetch.Policy{Interval: time.Millisecond, Burst: 1, Wait: time.Millisecond}
	h := fetch.NewHeld(func(context.Context) (int, error) { flights.Add(1); return 7, nil }, p, new(clock).now)
	require.NoError(t, h.Refresh(context.Background()))
	require.NoError(t, h.Refresh(context.Background()))
	require.ErrorIs(t, h.Refresh(context.Background()), fetch.ErrTooSoon)
	assert.EqualValues(t, 2, flights.Load())
}

func TestFailureKeepsTheLastGoodValueUpToMaxStale(t *testing.T) {
	var c clock
	fail := false
	h := fetch.NewHeld(func(context.Context) (int, error) {
		if fail {
			return 0, errLoad
		}
		return 7, nil
	}, impatient, c.now)
	_, ok := h.Get()
	assert.False(t, ok)
	assert.False(t, h.Status().Ever)
	require.NoError(t, h.Refresh(context.Background()))
	at := c.now()
	fail = true
	require.ErrorIs(t, h.Refresh(context.Background()), errLoad)
	v, ok := h.Get()
	assert.True(t, ok)
	assert.Equal(t, 7, v)
	assert.Equal(t, at, h.Status().FetchedAt)
	assert.ErrorIs(t, h.Status().Err, errLoad)
	c.advance(24*time.Hour + 1)
	_, ok = h.Get()
	assert.False(t, ok)
	assert.True(t, h.Status().Ever)
}

func TestBudgetBoundsAFlood(t *testing.T) {
	var c clock
	var flights atomic.Int32
	h := fetch.NewHeld(func(context.Context) (int, error) { flights.Add(1); return 0, errLoad }, impatient, c.now)
	flood := func() {
		for range 100 {
			require.Error(t, h.Refresh(context.Background()))
		}
	}
	flood()
	assert.EqualValues(t, 3, flights.Load())
	require.ErrorIs(t, h.Refresh(context.Background()), fetch.ErrTooSoon)
	c.advance(5 * time.Second)
	flood()
	assert.EqualValues(t, 4, flights.Load())
	c.advance(time.Hour)
	flood()
	assert.EqualValues(t, 7, flights.Load())
	c.advance(-time.Hour) // a clock set back does not stop refreshing for an hour
	flood()
	c.advance(5 * time.Second)
	flood()
	assert.EqualValues(t, 8, flights.Load())
}

func TestReadingRefreshesAheadOfExpiryWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		var loads atomic.Int64
		release := make(chan struct{}, 2)
		h := fetch.NewHeld(func(context.Context) (int, error) { loads.Add(1); <-release; return 7, nil }, impatient, c.now)
		release <- struct{}{}
		require.NoError(t, h.Refresh(context.Background()))
		synctest.Wait() // A flight that is still ending keeps the next one from starting.
		c.advance(10*time.Minute + 1)
		for range 10 {
			v, ok := h.Get()
			assert.True(t, ok)
			assert.Equal(t, 7, v)
		}
		synctest.Wait()
		assert.EqualValues(t, 2, loads.Load())
		release <- struct{}{}
	})
}

func TestPanicIsAnError(t *testing.T) {
	h := fetch.NewHeld(func(context.Context) (int, error) { panic("x") }, impatient, nil)
	var p *guard.Panic
	assert.ErrorAs(t, h.Refresh(context.Background()), &p)
}
