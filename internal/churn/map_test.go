package churn_test

import (
	"crypto/sha256"
	"maps"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/churn"
)

func key(i int) [32]byte { return sha256.Sum256([]byte(strconv.Itoa(i))) }

func TestMapIsAMap(t *testing.T) {
	var m churn.Map[int, string]
	want := map[int]string{}
	_, ok := m.Get(1)
	require.False(t, ok)
	m.Delete(1)
	for i := range 10_000 {
		k := i * i % 311
		if i%3 == 0 {
			m.Delete(k)
			delete(want, k)
		} else {
			m.Set(k, strconv.Itoa(i))
			want[k] = strconv.Itoa(i)
		}
		require.Equal(t, len(want), m.Len())
		v, ok := m.Get(k)
		require.Equal(t, want[k], v)
		require.Equal(t, i%3 != 0, ok)
	}
	require.Equal(t, want, maps.Collect(m.All()))
}

func TestEverythingMayBeDeletedOnTheWay(t *testing.T) {
	var m churn.Map[int, int]
	for i := range 1000 {
		m.Set(i, i)
	}
	for k := range m.All() {
		m.Delete(k)
	}
	require.Zero(t, m.Len())
}

// After a million entries came and went, the map occupies hardly more memory than after ten thousand.
func TestMapDoesNotGrow(t *testing.T) {
	const held = 1000
	var m churn.Map[[32]byte, [4]int64]
	churned := 0
	churnTo := func(n int) {
		for ; churned < n; churned++ {
			m.Set(key(churned), [4]int64{})
			for k := range m.All() { // any
				if m.Len() > held {
					m.Delete(k)
				}
				break
			}
		}
	}
	churnTo(10 * held)
	before := heap()
	churnTo(1_000_000)
	require.Less(t, heap(), before+200<<10)
	require.Equal(t, held, m.Len())
}

// This is why there is a Map.
func TestBuiltInMapGrows(t *testing.T) {
	const held = 1000
	m := map[[32]byte][4]int64{}
	start := heap()
	for i := range held {
		m[key(i)] = [4]int64{}
	}
	filled := heap() - start
	for i := held; i < 1000*held; i++ {
		for k := range m { // any
			delete(m, k)
			break
		}
		m[key(i)] = [4]int64{}
	}
	require.Greater(t, heap()-start, 4*filled)
	require.Len(t, m, held)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
