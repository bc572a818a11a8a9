package circuit_test

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

	"github.com/knownbearer/knownbearer/internal/circuit"
)

var errDown = errors.New("down")

type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1e9, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func try(g *circuit.Gate, outcome circuit.Outcome) error {
	return g.Do(context.Background(), func() (circuit.Outcome, error) {
		if outcome == circuit.Failure {
			return outcome, errDown
		}
		return outcome, nil
	})
}

func fail(t *testing.T, g *circuit.Gate, times int) {
	t.Helper()
	for range times {
		require.ErrorIs(t, try(g, circuit.Failure), errDown)
	}
}

func TestOpensAfterFailuresInARowAndHalfOpensAfterThePause(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	fail(t, g, 4)
	require.NoError(t, try(g, circuit.Success)) // they are no longer in a row
	fail(t, g, 4)
	require.NoError(t, try(g, circuit.Unknown)) // which changes nothing
	fail(t, g, 1)
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
	c.advance(5*time.Second - 1)
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
	c.advance(1)
	fail(t, g, 1) // one may try, and fails
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
	c.advance(5 * time.Second)
	require.NoError(t, try(g, circuit.Unknown))
	require.True(t, g.Stats().Open)
	require.NoError(t, try(g, circuit.Success))
	fail(t, g, 4)
	assert.Equal(t, circuit.Stats{Calls: 18, Failures: 14, Opened: 1, Refused: 3}, g.Stats())
}

func TestAClockSetBackDoesNotKeepItOpen(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	fail(t, g, 5)
	c.advance(-time.Hour)
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
	c.advance(5 * time.Second)
	require.NoError(t, try(g, circuit.Success))
}

func TestOneAtATimeTriesAgain(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{Failures: 1}, c.now)
	fail(t, g, 1)
	c.advance(5 * time.Second)
	require.NoError(t, g.Do(context.Background(), func() (circuit.Outcome, error) {
		assert.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
		return circuit.Success, nil
	}))
	require.NoError(t, try(g, circuit.Success))
}

// A slow answer of the time before says nothing of the endpoint now.
func TestWhatBeganBeforeTheCircuitOpenedDoesNotCloseIt(t *testing.T) {
	g := circuit.New(circuit.Policy{Failures: 1}, new(clock).now)
	require.NoError(t, g.Do(context.Background(), func() (circuit.Outcome, error) {
		fail(t, g, 1)
		return circuit.Success, nil
	}))
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
}

func TestAPanicGivesItsSlotBack(t *testing.T) {
	g := circuit.New(circuit.Policy{Concurrent: 1}, nil)
	require.Panics(t, func() {
		_ = g.Do(context.Background(), func() (circuit.Outcome, error) { panic("x") })
	})
	require.NoError(t, try(g, circuit.Success))
}

func TestCallsAndCallersThatWaitAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := circuit.New(circuit.Policy{}, nil)
		release := make(chan struct{})
		var inFlight, most atomic.Int32
		var callers sync.WaitGroup
		for range 128 {
			callers.Go(func() {
				assert.NoError(t, g.Do(t.Context(), func() (circuit.Outcome, error) {
					most.Store(max(most.Load(), inFlight.Add(1)))
					<-release
					inFlight.Add(-1)
					return circuit.Success, nil
				}))
			})
		}
		synctest.Wait()
		assert.Equal(t, circuit.Stats{Calls: 64, InFlight: 64, Waiting: 64}, g.Stats())
		assert.ErrorIs(t, try(g, circuit.Success), circuit.ErrBusy)
		close(release)
		callers.Wait()
		assert.EqualValues(t, 64, most.Load())
		assert.Equal(t, circuit.Stats{Calls: 128, Refused: 1}, g.Stats())
	})
}

func TestWhoWaitsLeavesWithItsContextOrWhenTheCircuitOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := circuit.New(circuit.Policy{Concurrent: 2, Failures: 1}, nil)
		release := make(chan struct{})
		for range 2 {
			go func() {
				_ = g.Do(t.Context(), func() (circuit.Outcome, error) { <-release; return circuit.Failure, errDown })
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := make(chan error, 1), make(chan error, 1)
		go func() {
			impatient <- g.Do(ctx, func() (circuit.Outcome, error) { return circuit.Success, nil })
		}()
		go func() { patient <- try(g, circuit.Success) }()
		synctest.Wait()
		assert.Equal(t, 2, g.Stats().Waiting)
		cancel()
		assert.ErrorIs(t, <-impatient, context.Canceled)
		close(release)
		assert.ErrorIs(t, <-patient, circuit.ErrOpen)
		assert.ErrorIs(t, g.Do(ctx, nil), context.Canceled)
	})
}
