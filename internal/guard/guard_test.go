package guard_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/guard"
)

func throw() (int, error) { panic("broken" + strings.Repeat("x", 1000)) }

func TestPanicKeepsValueAndStack(t *testing.T) {
	_, err := guard.Call(throw)
	var p *guard.Panic
	require.ErrorAs(t, err, &p)
	assert.Contains(t, p.Value, "broken")
	assert.Contains(t, string(p.Stack), "guard_test.throw")
	assert.Less(t, len(err.Error()), 400)
}

// A panic whose value is an error must not count as the result, because it would be kept as a refusal.
func TestPanicWrapsNothing(t *testing.T) {
	_, err := guard.Call(func() (int, error) { panic(context.Canceled) })
	assert.NotErrorIs(t, err, context.Canceled)
}

func TestCallThatReturnsIsLeftAlone(t *testing.T) {
	n, err := guard.Call(func() (int, error) { return 7, context.Canceled })
	assert.Equal(t, 7, n)
	assert.ErrorIs(t, err, context.Canceled)
	n, err = guard.Within(t.Context(), &guard.Calls{}, func(context.Context) (int, error) { return 7, context.Canceled })
	assert.Equal(t, 7, n)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestCallThatEndsItsGoroutineIsAnError(t *testing.T) {
	_, err := guard.Within(t.Context(), &guard.Calls{}, func(context.Context) (int, error) {
		runtime.Goexit()
		return 7, nil
	})
	var p *guard.Panic
	require.ErrorAs(t, err, &p)
	assert.Nil(t, p.Value)
}

var errOwn = errors.New("its own words")

func TestCallMayTellItselfThatItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := guard.Within(ctx, &guard.Calls{}, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, errOwn
		})
		assert.ErrorIs(t, err, errOwn)
	})
}

// A call that ignores its context is abandoned, and counted until it returns.
func TestCallsThatDoNotReturnAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls guard.Calls
		release := make(chan struct{})
		ended := make(chan error, 2000)
		begin := func(n int) {
			for range n {
				go func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					_, err := guard.Within(ctx, &calls, func(context.Context) (int, error) {
						<-release
						return 1, nil
					})
					ended <- err
				}()
			}
			synctest.Wait()
		}
		begin(1000)
		for range 1000 {
			require.ErrorIs(t, <-ended, context.DeadlineExceeded)
		}
		begin(1)
		require.ErrorIs(t, <-ended, guard.ErrStrays)
		close(release)
		synctest.Wait()
		begin(1)
		require.NoError(t, <-ended)
	})
}
