package denylist_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

var now = time.Unix(1_800_000_000, 0)

func find(t *testing.T, l denylist.List, keys ...string) []denylist.Entry {
	t.Helper()
	found, err := l.Find(t.Context(), keys...)
	require.NoError(t, err)
	return found
}

func TestFullListRemovesNoEntryBeforeItsEnd(t *testing.T) {
	at := now
	m := &denylist.Memory{Entries: 2, Now: func() time.Time { return at }}
	for i := range 2 {
		added, err := m.Add(t.Context(), denylist.Entry{Key: fmt.Sprint(i), Until: now.Add(time.Duration(i+1) * time.Minute)})
		require.NoError(t, err)
		require.True(t, added)
	}
	third := denylist.Entry{Key: "3", Until: now.Add(time.Hour)}
	_, err := m.Add(t.Context(), third)
	require.ErrorIs(t, err, denylist.ErrFull)
	require.Len(t, find(t, m, "0", "1", "3"), 2)
	at = now.Add(time.Minute)
	require.Len(t, find(t, m, "0", "1"), 1, "its time has come")
	_, err = m.Add(t.Context(), third)
	require.NoError(t, err)
	require.Len(t, find(t, m, "0", "1", "3"), 2)
}

func TestZeroMemoryIsReady(t *testing.T) {
	var m denylist.Memory
	require.Empty(t, find(t, &m, "k"))
	_, err := m.Add(t.Context(), denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	require.Len(t, find(t, &m, "k"), 1)
}

func TestConcurrentUse(t *testing.T) {
	var m denylist.Memory
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			_, _ = m.Add(context.Background(), denylist.Entry{Key: fmt.Sprint(i % 4), Until: time.Now().Add(time.Hour)})
			_, _ = m.Find(context.Background(), "0", "1", "2", "3")
		})
	}
	wg.Wait()
	require.Len(t, find(t, &m, "0", "1", "2", "3"), 4)
}

// After an entry has ended, the next one with its key is new, and is not widened by the old one.
func TestEntryThatHasEndedIsNewAgain(t *testing.T) {
	at := now
	m := &denylist.Memory{Entries: 1, Now: func() time.Time { return at }}
	add := func(e denylist.Entry) bool {
		added, err := m.Add(t.Context(), e)
		require.NoError(t, err)
		return added
	}
	require.True(t, add(denylist.Entry{Key: "k", Until: now.Add(time.Minute)}))
	require.False(t, add(denylist.Entry{Key: "k", Until: now.Add(time.Minute)}))
	at = now.Add(time.Minute)
	require.Empty(t, find(t, m, "k"))
	again := denylist.Entry{Key: "k", Before: now, Until: now.Add(time.Hour)}
	require.True(t, add(again))
	require.Equal(t, []denylist.Entry{again}, find(t, m, "k"))
	require.False(t, add(denylist.Entry{Key: "k", Before: now, Until: now.Add(time.Minute)}), "it is the same still")
	require.Equal(t, []denylist.Entry{again}, find(t, m, "k"))
}
