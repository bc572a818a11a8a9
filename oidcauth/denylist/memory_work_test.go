package denylist_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// A full list looks at one entry for each refused Add, and at each entry that ends about once: it does not look through all of them.
func TestFullListLooksAtFewEntries(t *testing.T) {
	const entries, refused, second = 1000, 5000, 10
	at := now
	m := &denylist.Memory{Entries: entries, Now: func() time.Time { return at }}
	add := func(key string, until time.Time) error {
		_, err := m.Add(t.Context(), denylist.Entry{Key: key, Until: until})
		return err
	}
	for i, n := range rand.Perm(entries) {
		require.NoError(t, add(fmt.Sprint(i), now.Add(time.Duration(1+n/second)*time.Second)))
	}
	for i := range refused {
		require.ErrorIs(t, add(fmt.Sprint("refused", i), now.Add(time.Hour)), denylist.ErrFull)
	}
	require.LessOrEqual(t, m.Looked(), refused)
	before := m.Looked()
	for s := range entries / second { // each second as many entries end as are added
		at = now.Add(time.Duration(s+1) * time.Second)
		for i := range second {
			require.NoError(t, add(fmt.Sprint("new", s, "-", i), now.Add(time.Hour)))
		}
		require.ErrorIs(t, add("one more", now.Add(time.Hour)), denylist.ErrFull)
	}
	require.LessOrEqual(t, m.Looked()-before, 3*entries)
	kept, _ := m.Len()
	require.Equal(t, entries, kept)
}

// An entry that was prolonged is kept, although its first end has passed.
func TestFullListKeepsAProlongedEntry(t *testing.T) {
	at := now
	m := &denylist.Memory{Entries: 1, Now: func() time.Time { return at }}
	for _, minutes := range []time.Duration{1, 2} {
		_, err := m.Add(t.Context(), denylist.Entry{Key: "long", Until: now.Add(minutes * time.Minute)})
		require.NoError(t, err)
	}
	other := denylist.Entry{Key: "other", Until: now.Add(time.Hour)}
	at = now.Add(time.Minute)
	_, err := m.Add(t.Context(), other)
	require.ErrorIs(t, err, denylist.ErrFull)
	require.Len(t, find(t, m, "long"), 1)
	at = now.Add(2 * time.Minute)
	_, err = m.Add(t.Context(), other)
	require.NoError(t, err)
	require.Empty(t, find(t, m, "long"))
}
