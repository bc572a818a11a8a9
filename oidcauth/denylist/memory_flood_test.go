package denylist_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// A flood of 300,000 entries, as of used DPoP proofs, leaves a full list of the default size in bounded memory.
func TestFloodLeavesBoundedMemory(t *testing.T) {
	const flood, most = 3 * denylist.DefaultEntries, 48 << 20
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	m := &denylist.Memory{Now: func() time.Time { return now }}
	for i := range uint64(flood) {
		var text [8]byte
		binary.BigEndian.PutUint64(text[:], i)
		sum := sha256.Sum256(text[:])
		_, err := m.Add(t.Context(), denylist.Entry{Key: base64.RawURLEncoding.EncodeToString(sum[:]), Until: now.Add(2 * time.Minute)})
		if i < denylist.DefaultEntries {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, denylist.ErrFull)
		}
	}
	retained := heap() - before
	t.Logf("%d MiB", retained>>20)
	require.Less(t, retained, int64(most))
	kept, _ := m.Len()
	require.Equal(t, denylist.DefaultEntries, kept)
}
