package answers_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/answers"
)

func fill(t *testing.T, c *answers.Cache[string], n, size int) answers.Stats {
	t.Helper()
	a := &asker{size: size}
	for i := range n {
		_, err := c.Get(t.Context(), fmt.Sprint(i), asked(now, time.Time{}), a.load)
		require.NoError(t, err)
	}
	return c.Stats()
}

func TestDefaultBounds(t *testing.T) {
	require.Equal(t, 1000, fill(t, answers.New[string](answers.Policy{}), 1000, 0).Entries)
	require.Equal(t, 1000, fill(t, answers.New[string](answers.Policy{}), 1001, 0).Entries)
	const overhead = 256 // of an entry
	require.Equal(t, 8<<20, fill(t, answers.New[string](answers.Policy{}), 8, 1<<20-overhead).Bytes)
	require.Equal(t, 8<<20, fill(t, answers.New[string](answers.Policy{}), 9, 1<<20-overhead).Bytes)
}

// While the provider hangs, so many requests and no more wait for it, be it about one token or about many.
func TestRequestsThatWaitAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ tokens, requests, refused int }{
		"as many as may, one token": {1, 1000, 0},
		"one too many":              {1, 1001, 1},
		"many tokens":               {64, 1010, 10},
		"as many calls as may":      {64, 64, 0},
		"one call too many":         {65, 65, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := answers.New[string](answers.Policy{})
				release := make(chan struct{})
				hang := func(context.Context) (answers.Answer[string], error) {
					<-release
					return answers.Answer[string]{}, nil
				}
				said := make(chan error, c.requests)
				var all sync.WaitGroup
				for i := range c.requests {
					all.Go(func() {
						_, err := cache.Get(context.Background(), fmt.Sprint(i%c.tokens), asked(now, time.Time{}), hang)
						said <- err
					})
				}
				synctest.Wait()
				require.Len(t, said, c.refused)
				for range c.refused {
					require.ErrorIs(t, <-said, answers.ErrBusy)
				}
				close(release)
				all.Wait()
				_, err := cache.Get(t.Context(), "0", asked(now, time.Time{}), hang)
				require.NoError(t, err)
			})
		})
	}
}

// A token that has ended, but not by more than the leeway, is asked about anew each time, and still once at a time.
func TestCallsAboutATokenAtItsEndAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := answers.New[string](answers.Policy{})
		release := make(chan struct{})
		for range 100 {
			go func() {
				_, _ = cache.Get(context.Background(), "t", asked(now, now), func(context.Context) (answers.Answer[string], error) {
					<-release
					return answers.Answer[string]{}, nil
				})
			}()
		}
		synctest.Wait()
		require.EqualValues(t, 1, cache.Stats().Calls)
		close(release)
	})
}
