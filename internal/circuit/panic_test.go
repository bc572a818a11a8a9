package circuit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/circuit"
)

// Whichever reading of the clock panics, nothing is lost by it: neither the lock nor a place.
func TestClockThatPanicsCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for broken := range 8 {
			var at clock
			reading, from := 0, 0
			g := circuit.New(circuit.Policy{Concurrent: 1, Failures: 1}, func() time.Time {
				if reading++; from > 0 && reading-from == broken {
					panic("no clock")
				}
				return at.now()
			})
			fail(t, g, 1)
			at.advance(5 * time.Second) // the pause is over
			from = reading
			func() {
				defer func() { _ = recover() }()
				_ = try(g, circuit.Failure)
			}()
			from = 0
			at.advance(5 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			err := g.Do(ctx, other(), func() (circuit.Outcome, error) { return circuit.Success, nil })
			cancel()
			require.NoError(t, err, "reading %d", broken)
			assert.Zero(t, g.Stats().InFlight)
			assert.False(t, g.Stats().Open)
		}
	})
}
