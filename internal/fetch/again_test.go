package fetch_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// A read right after a failed flight must not spend the budget of the next one. A later read starts a flight.
func TestFailedFlightIsNotRepeatedByALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flights atomic.Int64
		h := fetch.NewHeld(func(context.Context) (int, error) {
			flights.Add(1)
			return 0, errors.New("down")
		}, fetch.Policy{}, nil)
		require.Error(t, h.Refresh(t.Context()))
		for range 10 {
			_, ok := h.Get()
			require.False(t, ok)
			synctest.Wait()
		}
		require.EqualValues(t, 1, flights.Load())
		<-time.After(5 * time.Second) // of the bubble
		h.Get()
		synctest.Wait()
		require.EqualValues(t, 2, flights.Load())
	})
}

// After the clock was set back, the next flight does not wait until it reaches the time of the failed one.
func TestFailedFlightIsRepeatedAfterTheClockWasSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var flights, back atomic.Int64
		h := fetch.NewHeld(func(context.Context) (int, error) {
			flights.Add(1)
			return 0, errors.New("down")
		}, fetch.Policy{}, func() time.Time { return time.Now().Add(-time.Duration(back.Load())) })
		require.Error(t, h.Refresh(t.Context()))
		back.Store(int64(time.Hour))
		for range 4 {
			<-time.After(5 * time.Second) // of the bubble
			h.Get()
			synctest.Wait()
		}
		require.Greater(t, flights.Load(), int64(1))
	})
}

// A flight that is under way is waited for, also by a caller that needs none any more: it began before the call, and is not fresh.
func TestFlightUnderWayIsNotFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := fetch.NewHeld(func(context.Context) (int, error) { <-release; return 0, errLoad }, fetch.Policy{}, nil)
		go func() { _ = h.Refresh(t.Context()) }()
		synctest.Wait()
		type answer struct {
			fresh bool
			err   error
		}
		second := make(chan answer, 1)
		go func() {
			fresh, err := h.Renew(t.Context(), func() bool { return false })
			second <- answer{fresh, err}
		}()
		synctest.Wait()
		require.Empty(t, second)
		close(release)
		got := <-second
		require.False(t, got.fresh)
		require.ErrorIs(t, got.err, errLoad)
	})
}

// Many requests that end at once must not keep other callers from waiting.
func TestCallersThatLeaveMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := fetch.NewHeld(func(context.Context) (int, error) { <-release; return 7, nil }, fetch.Policy{}, nil)
		ctx, leave := context.WithCancel(t.Context())
		for range 1000 {
			go func() { _ = h.Refresh(ctx) }()
		}
		synctest.Wait()
		require.ErrorIs(t, h.Refresh(t.Context()), fetch.ErrTooSoon)
		leave()
		synctest.Wait()
		late := make(chan error)
		go func() { late <- h.Refresh(t.Context()) }()
		synctest.Wait()
		close(release)
		require.NoError(t, <-late)
	})
}

func TestNoFlightStartsThatIsNotNeededAnyMore(t *testing.T) {
	flights := 0
	h := fetch.NewHeld(func(context.Context) (int, error) { flights++; return flights, nil }, impatient, new(clock).now)
	needed := func() bool { _, ok := h.Get(); return !ok }
	for range 3 {
		fresh, err := h.Renew(context.Background(), needed)
		require.NoError(t, err)
		require.True(t, fresh)
	}
	require.Equal(t, 1, flights)
}
