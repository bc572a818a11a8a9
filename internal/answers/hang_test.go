package answers_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/guard"
)

// As many calls as may be under way ignore their context: others are asked about once their time is over.
func TestCallsThatIgnoreTheirContextGiveTheirPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := answers.New[string](answers.Policy{})
		release := make(chan struct{})
		ended := make(chan error, 64)
		for i := range 64 {
			go func() {
				_, err := cache.Get(t.Context(), fmt.Sprint(i), asked(now, time.Time{}), func(context.Context) (answers.Answer[string], error) {
					<-release
					return answers.Answer[string]{Value: "late"}, nil
				})
				ended <- err
			}()
		}
		synctest.Wait()
		a := &asker{}
		_, err := cache.Get(t.Context(), "good", asked(now, time.Time{}), a.load)
		require.ErrorIs(t, err, answers.ErrBusy)
		for range 64 {
			require.ErrorIs(t, <-ended, context.DeadlineExceeded)
		}
		_, err = cache.Get(t.Context(), "good", asked(now, time.Time{}), a.load)
		require.NoError(t, err)
		close(release)
		synctest.Wait()
		_, err = cache.Get(t.Context(), "0", asked(now, time.Time{}), a.load)
		require.NoError(t, err)
		require.EqualValues(t, 2, a.calls.Load(), "what came late is not kept")
	})
}

type throwing struct{}

func (throwing) Error() string   { return "" }
func (throwing) Is(e error) bool { panic("broken: " + e.Error()) }

// What a service's error does when it is looked at must neither end the process nor keep the lock.
func TestErrorThatPanicsWhenItIsLookedAtIsAnError(t *testing.T) {
	cache := answers.New[string](policy())
	for range 3 {
		_, err := cache.Get(t.Context(), "t", asked(now, time.Time{}), func(context.Context) (answers.Answer[string], error) {
			return answers.Answer[string]{}, throwing{}
		})
		var p *guard.Panic
		require.ErrorAs(t, err, &p)
		assert.Contains(t, p.Value, "broken")
	}
}

func TestCallThatEndsItsGoroutineGivesItsPlaceBack(t *testing.T) {
	cache := answers.New[string](policy())
	for range 3 {
		_, err := cache.Get(t.Context(), "t", asked(now, time.Time{}), func(context.Context) (answers.Answer[string], error) {
			runtime.Goexit()
			return answers.Answer[string]{}, nil
		})
		var p *guard.Panic
		require.ErrorAs(t, err, &p)
	}
}
