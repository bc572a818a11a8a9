package fetch_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
)

func throw() { panic("broken") }

// No caller waits for the load while the value is still served: its panic is logged once.
func TestPanicBehindAValueHeldIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		h := fetch.NewHeld(func(context.Context) (int, error) {
			throw()
			return 1, nil
		}, fetch.Policy{Logger: slog.New(slog.NewJSONHandler(&out, nil))}, nil)
		h.Put(7)
		for range 5 {
			<-time.After(11 * time.Minute)
			n, ok := h.Get()
			require.True(t, ok)
			require.Equal(t, 7, n)
			synctest.Wait()
		}
		var p *guard.Panic
		require.ErrorAs(t, h.Status().Err, &p)
		require.Equal(t, 1, strings.Count(out.String(), "ERROR"), out.String())
		assert.Contains(t, out.String(), "broken")
		assert.Contains(t, out.String(), "fetch_test.throw")
	})
}

func TestClockThatPanicsDuringAFlightIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		h := fetch.NewHeld(func(context.Context) (int, error) { return 7, nil }, fetch.Policy{}, func() time.Time {
			if asked++; asked == 2 || asked == 3 { // the first is for the budget, by the caller
				panic("no clock")
			}
			return time.Now()
		})
		var p *guard.Panic
		require.ErrorAs(t, h.Refresh(t.Context()), &p)
		require.NoError(t, h.Refresh(t.Context()))
	})
}

func TestLoadThatEndsItsGoroutineIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := fetch.NewHeld(func(context.Context) (int, error) { runtime.Goexit(); return 7, nil }, fetch.Policy{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var p *guard.Panic
		require.ErrorAs(t, h.Refresh(ctx), &p)
	})
}

// A load that ignores its context is abandoned, and the next one may begin.
func TestLoadThatIgnoresItsContextIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var loads atomic.Int64
		h := fetch.NewHeld(func(context.Context) (int64, error) {
			n := loads.Add(1)
			if n == 1 {
				<-release
			}
			return n, nil
		}, fetch.Policy{}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, h.Refresh(ctx), context.DeadlineExceeded)
		require.NoError(t, h.Refresh(ctx))
		close(release)
		synctest.Wait()
		n, ok := h.Get()
		require.True(t, ok)
		require.EqualValues(t, 2, n, "what came late is not held")
	})
}
