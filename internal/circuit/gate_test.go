package circuit_test

import (
	"context"
	"errors"
	"fmt"
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

var keys atomic.Int64

// other is a key that no call had before.
func other() circuit.Key { return circuit.Key([]byte(fmt.Sprintf("%032d", keys.Add(1)))) }

func try(g *circuit.Gate, outcome circuit.Outcome) error { return tryKey(g, other(), outcome) }

func tryKey(g *circuit.Gate, k circuit.Key, outcome circuit.Outcome) error {
	return g.Do(context.Background(), k, func() (circuit.Outcome, error) {
		if outcome == circuit.Failure || outcome == circuit.Suspect {
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
	fail(t, g, 4) // they try again
	require.NoError(t, try(g, circuit.Unknown))
	require.True(t, g.Stats().Open)
	require.NoError(t, try(g, circuit.Success))
	fail(t, g, 4)
	assert.Equal(t, circuit.Stats{Calls: 21, Failures: 17, Opened: 1, Refused: 2}, g.Stats())
}

// An endpoint that is still down gets few calls in each pause.
func TestKeysThatFailWhileItIsOpenKeepItOpen(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	fail(t, g, 5)
	for range 3 {
		c.advance(5 * time.Second)
		fail(t, g, 5)
		require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
	}
	assert.EqualValues(t, 1, g.Stats().Opened)
}

// A sender of one token at which the endpoint fails neither opens the circuit nor keeps it open.
func TestAKeyFailsOnce(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	bad := other()
	again := func() {
		for range 10 {
			c.advance(2 * time.Second)
			require.ErrorIs(t, tryKey(g, bad, circuit.Failure), errDown)
		}
	}
	again()
	require.NoError(t, try(g, circuit.Success))
	fail(t, g, 5)
	c.advance(5 * time.Second)
	again()
	require.NoError(t, try(g, circuit.Success))
	require.False(t, g.Stats().Open)
}

func TestFailuresLongApartDoNotOpenIt(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	for range 20 {
		c.advance(15 * time.Second)
		fail(t, g, 1)
	}
	assert.Zero(t, g.Stats().Opened)
}

func TestSuspectKeysNeverOpenIt(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	for range 1000 {
		require.ErrorIs(t, try(g, circuit.Suspect), errDown)
		require.NoError(t, try(g, circuit.Success))
	}
	for range 1000 {
		require.ErrorIs(t, try(g, circuit.Suspect), errDown)
	}
	assert.Equal(t, circuit.Stats{Calls: 3000, Failures: 2000}, g.Stats())
}

func TestASuspectKeyDoesNotTryAgain(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	bad := other()
	require.ErrorIs(t, tryKey(g, bad, circuit.Suspect), errDown)
	fail(t, g, 5)
	c.advance(5 * time.Second)
	require.ErrorIs(t, tryKey(g, bad, circuit.Suspect), circuit.ErrOpen)
	require.ErrorIs(t, try(g, circuit.Suspect), errDown)
	require.False(t, g.Stats().Open, "the endpoint was reached")
}

// An endpoint that is down for some may answer others with a fault of its own; that hides nothing.
func TestASuspectKeyDoesNotHideThatItIsDown(t *testing.T) {
	g := circuit.New(circuit.Policy{}, new(clock).now)
	fail(t, g, 4)
	require.ErrorIs(t, try(g, circuit.Suspect), errDown)
	fail(t, g, 1)
	require.True(t, g.Stats().Open)
}

func TestAKeyIsNotSuspectForEver(t *testing.T) {
	for name, clears := range map[string]func(*circuit.Gate, *clock, circuit.Key){
		"success": func(g *circuit.Gate, c *clock, k circuit.Key) {
			c.advance(2 * time.Second)
			require.NoError(t, tryKey(g, k, circuit.Success))
		},
		"a minute": func(_ *circuit.Gate, c *clock, _ circuit.Key) { c.advance(55 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			var c clock
			g := circuit.New(circuit.Policy{}, c.now)
			k := other()
			require.ErrorIs(t, tryKey(g, k, circuit.Suspect), errDown)
			clears(g, &c, k)
			fail(t, g, 5)
			c.advance(5 * time.Second)
			require.NoError(t, tryKey(g, k, circuit.Success))
		})
	}
}

// A call that is slow to end takes no place of those that try again later.
func TestWhatTriedBeforeItClosedTakesNoPlaceLater(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{Failures: 2}, c.now)
	fail(t, g, 2)
	c.advance(5 * time.Second)
	slow := func() (circuit.Outcome, error) {
		require.NoError(t, try(g, circuit.Success))
		fail(t, g, 2)
		return circuit.Success, nil
	}
	require.NoError(t, g.Do(context.Background(), other(), slow))
	c.advance(5 * time.Second)
	require.NoError(t, g.Do(context.Background(), other(), func() (circuit.Outcome, error) {
		require.NoError(t, try(g, circuit.Unknown))
		return circuit.Unknown, nil
	}))
}

// Keys that are known to be down may be all that there are.
func TestAKeyThatFoundItDownTriesAgain(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{Failures: 1}, c.now)
	only := other()
	require.ErrorIs(t, tryKey(g, only, circuit.Failure), errDown)
	c.advance(5 * time.Second)
	require.NoError(t, tryKey(g, only, circuit.Success))
	require.False(t, g.Stats().Open)
}

func TestAKeyThatFailedRests(t *testing.T) {
	for _, outcome := range []circuit.Outcome{circuit.Failure, circuit.Suspect} {
		var c clock
		g := circuit.New(circuit.Policy{}, c.now)
		bad := other()
		for range 3 {
			require.ErrorIs(t, tryKey(g, bad, outcome), errDown)
			c.advance(2*time.Second - 1)
			require.ErrorIs(t, tryKey(g, bad, outcome), circuit.ErrResting)
			require.NoError(t, try(g, circuit.Success))
			c.advance(1)
		}
		require.NoError(t, tryKey(g, bad, circuit.Success))
		require.NoError(t, tryKey(g, bad, circuit.Success))
		require.ErrorIs(t, tryKey(g, bad, outcome), errDown)
		c.advance(-time.Hour)
		require.NoError(t, tryKey(g, bad, circuit.Success), "a clock that was set back")
	}
}

// What is remembered of keys is bounded, and the latest is.
func TestManyKeysThatFailRest(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{}, c.now)
	for range 5000 {
		c.advance(time.Millisecond)
		bad := other()
		require.ErrorIs(t, tryKey(g, bad, circuit.Suspect), errDown)
		require.ErrorIs(t, tryKey(g, bad, circuit.Suspect), circuit.ErrResting)
	}
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

func TestFewTryAgainAtOnceEachKeyByItself(t *testing.T) {
	var c clock
	g := circuit.New(circuit.Policy{Failures: 2}, c.now)
	fail(t, g, 2)
	c.advance(5 * time.Second)
	first := other()
	require.NoError(t, g.Do(context.Background(), first, func() (circuit.Outcome, error) {
		assert.ErrorIs(t, tryKey(g, first, circuit.Success), circuit.ErrOpen)
		assert.NoError(t, g.Do(context.Background(), other(), func() (circuit.Outcome, error) {
			assert.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
			return circuit.Unknown, nil
		}))
		assert.NoError(t, try(g, circuit.Unknown), "its place was given back")
		return circuit.Success, nil
	}))
	require.NoError(t, try(g, circuit.Success))
}

// A slow answer of the time before says nothing of the endpoint now.
func TestWhatBeganBeforeTheCircuitOpenedDoesNotCloseIt(t *testing.T) {
	g := circuit.New(circuit.Policy{Failures: 1}, new(clock).now)
	require.NoError(t, g.Do(context.Background(), other(), func() (circuit.Outcome, error) {
		fail(t, g, 1)
		return circuit.Success, nil
	}))
	require.ErrorIs(t, try(g, circuit.Success), circuit.ErrOpen)
}

func TestAPanicGivesItsSlotBack(t *testing.T) {
	g := circuit.New(circuit.Policy{Concurrent: 1}, nil)
	require.Panics(t, func() {
		_ = g.Do(context.Background(), other(), func() (circuit.Outcome, error) { panic("x") })
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
				assert.NoError(t, g.Do(t.Context(), other(), func() (circuit.Outcome, error) {
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
				_ = g.Do(t.Context(), other(), func() (circuit.Outcome, error) { <-release; return circuit.Failure, errDown })
			}()
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		impatient, patient := make(chan error, 1), make(chan error, 1)
		go func() {
			impatient <- g.Do(ctx, other(), func() (circuit.Outcome, error) { return circuit.Success, nil })
		}()
		go func() { patient <- try(g, circuit.Success) }()
		synctest.Wait()
		assert.Equal(t, 2, g.Stats().Waiting)
		cancel()
		assert.ErrorIs(t, <-impatient, context.Canceled)
		close(release)
		assert.ErrorIs(t, <-patient, circuit.ErrOpen)
		assert.ErrorIs(t, g.Do(ctx, other(), nil), context.Canceled)
	})
}
