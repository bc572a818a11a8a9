package answers_test

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

	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/guard"
)

var now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

var errRefused = errors.New("refused")

func policy() answers.Policy {
	return answers.Policy{
		Entries: 3, Bytes: 4000, Age: time.Minute, RefusedAge: time.Second, FlightLimit: 2,
		Refusal: func(err error) bool { return errors.Is(err, errRefused) },
	}
}

// asker counts its calls.
type asker struct {
	calls atomic.Int64
	size  int
	end   time.Time
	err   error
}

func (a *asker) load(context.Context) (answers.Answer[string], error) {
	return answers.Answer[string]{Value: fmt.Sprint("answer ", a.calls.Add(1)), Size: a.size, End: a.end}, a.err
}

func asked(at, end time.Time) answers.Question { return answers.Question{Now: at, End: end} }

func TestAnswerIsKeptUntilItsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end   time.Time
		after time.Duration
		calls int64
	}{
		"within its age":        {time.Time{}, 59 * time.Second, 1},
		"beyond its age":        {time.Time{}, time.Minute, 2},
		"within the token's":    {now.Add(10 * time.Second), 9 * time.Second, 1},
		"beyond the token's":    {now.Add(10 * time.Second), 10 * time.Second, 2},
		"the token's is longer": {now.Add(time.Hour), time.Minute, 2},
	} {
		t.Run(name, func(t *testing.T) {
			cache, a := answers.New[string](policy()), &asker{}
			_, err := cache.Get(t.Context(), "t", asked(now, c.end), a.load)
			require.NoError(t, err)
			_, err = cache.Get(t.Context(), "t", asked(now.Add(c.after), c.end), a.load)
			require.NoError(t, err)
			require.Equal(t, c.calls, a.calls.Load())
		})
	}
}

func TestRefusalIsKeptBrieflyAndFailureNotAtAll(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{err: errRefused}
	for _, after := range []time.Duration{0, 999 * time.Millisecond} {
		_, err := cache.Get(t.Context(), "t", asked(now.Add(after), time.Time{}), a.load)
		require.ErrorIs(t, err, errRefused)
	}
	require.EqualValues(t, 1, a.calls.Load())
	a.err = errors.New("down")
	for range 2 {
		_, err := cache.Get(t.Context(), "t", asked(now.Add(time.Second), time.Time{}), a.load)
		require.ErrorIs(t, err, a.err)
	}
	require.EqualValues(t, 3, a.calls.Load())
	require.Zero(t, cache.Stats().Entries)
	require.Zero(t, cache.Stats().Bytes)
}

func TestEntriesAndBytesAreBounded(t *testing.T) {
	for name, size := range map[string]int{"entries": 10, "bytes": 1500, "larger than all": 5000} {
		t.Run(name, func(t *testing.T) {
			cache, a := answers.New[string](policy()), &asker{size: size}
			for i := range 200 {
				_, err := cache.Get(t.Context(), fmt.Sprint(i), asked(now, time.Time{}), a.load)
				require.NoError(t, err)
				s := cache.Stats()
				require.LessOrEqual(t, s.Entries, 3)
				require.LessOrEqual(t, s.Bytes, 4000)
			}
			require.EqualValues(t, 200, a.calls.Load())
		})
	}
}

func TestExpiredEntriesGiveWayFirst(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{}
	for i, end := range []time.Duration{time.Second, time.Second, time.Minute} {
		_, err := cache.Get(t.Context(), fmt.Sprint(i), asked(now, now.Add(end)), a.load)
		require.NoError(t, err)
	}
	later := now.Add(30 * time.Second)
	_, err := cache.Get(t.Context(), "new", asked(later, time.Time{}), a.load)
	require.NoError(t, err)
	_, err = cache.Get(t.Context(), "2", asked(later, now.Add(time.Minute)), a.load)
	require.NoError(t, err)
	require.EqualValues(t, 4, a.calls.Load(), "the one that lives was kept")
}

func TestCallersShareOneCallThatNoneOfThemEnds(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{}
	started, release := make(chan struct{}), make(chan struct{})
	slow := func(ctx context.Context) (answers.Answer[string], error) {
		close(started)
		<-release
		require.NoError(t, ctx.Err())
		return a.load(ctx)
	}
	first, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := cache.Get(first, "t", asked(now, time.Time{}), slow)
		gone <- err
	}()
	<-started
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			answer, err := cache.Get(t.Context(), "t", asked(now, time.Time{}), a.load)
			assert.NoError(t, err)
			assert.Equal(t, "answer 1", answer.Value)
		})
	}
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	close(release)
	wg.Wait()
	require.EqualValues(t, 1, a.calls.Load())
}

func TestCallsUnderWayAreBounded(t *testing.T) {
	cache := answers.New[string](policy())
	release := make(chan struct{})
	var under sync.WaitGroup
	under.Add(2)
	hang := func(context.Context) (answers.Answer[string], error) {
		under.Done()
		<-release
		return answers.Answer[string]{}, nil
	}
	var wg sync.WaitGroup
	for _, token := range []string{"a", "b"} {
		wg.Go(func() { _, _ = cache.Get(t.Context(), token, asked(now, time.Time{}), hang) })
	}
	under.Wait()
	_, err := cache.Get(t.Context(), "c", asked(now, time.Time{}), hang)
	require.ErrorIs(t, err, answers.ErrBusy)
	close(release)
	wg.Wait()
	a := &asker{}
	_, err = cache.Get(t.Context(), "c", asked(now, time.Time{}), a.load)
	require.NoError(t, err)
}

func TestPanickingCallIsAnError(t *testing.T) {
	cache := answers.New[string](policy())
	_, err := cache.Get(t.Context(), "t", asked(now, time.Time{}), func(context.Context) (answers.Answer[string], error) { panic("broken") })
	var p *guard.Panic
	require.ErrorAs(t, err, &p)
}

func TestAnswerThatSaysItsEndIsNotKeptBeyondIt(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{end: now.Add(10 * time.Second)}
	for _, after := range []time.Duration{0, 9 * time.Second, 10 * time.Second} {
		_, err := cache.Get(t.Context(), "t", asked(now.Add(after), time.Time{}), a.load)
		require.NoError(t, err)
	}
	require.EqualValues(t, 2, a.calls.Load())
}

func TestRefusalsDriveNoAnswerOut(t *testing.T) {
	cache, good, bad := answers.New[string](policy()), &asker{}, &asker{err: errRefused}
	_, err := cache.Get(t.Context(), "good", asked(now, time.Time{}), good.load)
	require.NoError(t, err)
	for i := range 100 {
		_, err := cache.Get(t.Context(), fmt.Sprint(i), asked(now, time.Time{}), bad.load)
		require.ErrorIs(t, err, errRefused)
		require.LessOrEqual(t, cache.Stats().Refusals, 3)
	}
	_, err = cache.Get(t.Context(), "good", asked(now, time.Time{}), good.load)
	require.NoError(t, err)
	require.EqualValues(t, 1, good.calls.Load())
}

// The age of an answer that is dated in the future is unknown.
func TestAnswerIsDueWhenTheClockWasSetBack(t *testing.T) {
	for name, fails := range map[string]error{"answer": nil, "refusal": errRefused} {
		t.Run(name, func(t *testing.T) {
			cache, a := answers.New[string](policy()), &asker{err: fails}
			for _, at := range []time.Duration{0, -time.Second, -2 * time.Second, -time.Hour, -time.Hour} {
				_, err := cache.Get(t.Context(), "t", asked(now.Add(at), time.Time{}), a.load)
				require.ErrorIs(t, err, fails)
			}
			require.EqualValues(t, 3, a.calls.Load(), "a second is the difference between two requests")
		})
	}
}

func TestAnswerOfAnotherMarkIsAskedForAnew(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{}
	get := func(after time.Duration, mark string) answers.Reply[string] {
		said, err := cache.Get(t.Context(), "t", answers.Question{Now: now.Add(after), Mark: mark}, a.load)
		require.NoError(t, err)
		return said
	}
	require.Equal(t, answers.Reply[string]{"answer 1", now, ""}, get(0, ""))
	require.Equal(t, answers.Reply[string]{"answer 2", now.Add(time.Second), "m"}, get(time.Second, "m"))
	require.Equal(t, answers.Reply[string]{"answer 2", now.Add(time.Second), "m"}, get(2*time.Second, "m"))
	require.Equal(t, answers.Reply[string]{"answer 2", now.Add(time.Second), "m"}, get(2*time.Second, ""), "the latest serves who wants any")
	require.Equal(t, "answer 3", get(2*time.Second, "n").Value)
	require.Equal(t, 1, cache.Stats().Entries)
}

// What the provider says last is what it says: an answer gives way to a refusal, and a refusal to an answer.
func TestLatestWordCounts(t *testing.T) {
	cache, a := answers.New[string](policy()), &asker{}
	for i, fails := range []error{nil, errRefused, nil, errRefused} {
		a.err = fails
		_, err := cache.Get(t.Context(), "t", answers.Question{Now: now, Mark: fmt.Sprint(i)}, a.load)
		require.ErrorIs(t, err, fails)
		_, err = cache.Get(t.Context(), "t", asked(now, time.Time{}), a.load)
		require.ErrorIs(t, err, fails)
		require.EqualValues(t, i+1, a.calls.Load())
		require.Equal(t, 1, cache.Stats().Entries+cache.Stats().Refusals)
	}
}

// A call that was under way when a newer answer was asked for must not overwrite it.
func TestReplacedCallIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache, a := answers.New[string](policy()), &asker{}
		release := make(chan struct{})
		slow := func(ctx context.Context) (answers.Answer[string], error) {
			<-release
			return answers.Answer[string]{Value: "old"}, nil
		}
		old := make(chan answers.Reply[string], 1)
		go func() {
			said, err := cache.Get(context.Background(), "t", asked(now, time.Time{}), slow)
			assert.NoError(t, err)
			old <- said
		}()
		synctest.Wait()
		said, err := cache.Get(t.Context(), "t", answers.Question{Now: now, Mark: "m"}, a.load)
		require.NoError(t, err)
		require.Equal(t, "answer 1", said.Value)
		close(release)
		require.Equal(t, "old", (<-old).Value)
		synctest.Wait()
		said, err = cache.Get(t.Context(), "t", asked(now, time.Time{}), slow)
		require.NoError(t, err)
		require.Equal(t, "answer 1", said.Value)
	})
}

// Calls that were replaced are under way still.
func TestReplacedCallsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := answers.New[string](policy())
		release := make(chan struct{})
		for _, mark := range []string{"", "a", "b", "c"} {
			go func() {
				_, err := cache.Get(context.Background(), "t", answers.Question{Now: now, Mark: mark}, func(context.Context) (answers.Answer[string], error) {
					<-release
					return answers.Answer[string]{}, nil
				})
				assert.True(t, err == nil || errors.Is(err, answers.ErrBusy))
			}()
			synctest.Wait()
		}
		require.EqualValues(t, 2, cache.Stats().Calls)
		close(release)
		synctest.Wait()
		_, err := cache.Get(t.Context(), "t", answers.Question{Now: now, Mark: "d"}, (&asker{}).load)
		require.NoError(t, err)
	})
}
