package cache_test

import (
	"crypto/sha256"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/cache"
)

func keyOf(i int) cache.Key { return sha256.Sum256([]byte(strconv.Itoa(i))) }

func entry(key, value, size int) *cache.Entry[int] {
	return &cache.Entry[int]{Key: keyOf(key), Value: value, Size: size}
}

func bounded(entries, bytes int) *cache.Map[int] {
	var m cache.Map[int]
	m.Bound(entries, bytes)
	return &m
}

func TestMapIsAMap(t *testing.T) {
	m, want := bounded(1000, math.MaxInt), map[int]int{}
	require.Nil(t, m.Get(keyOf(1)))
	m.Drop(keyOf(1))
	for i := range 20_000 {
		key := rand.IntN(311)
		switch rand.IntN(3) {
		case 0:
			m.Drop(keyOf(key))
			delete(want, key)
		default:
			m.Put(entry(key, i, 7))
			want[key] = i
		}
		require.Equal(t, len(want), m.Len())
		require.Equal(t, 7*len(want), m.Bytes())
	}
	for key := range 311 {
		value, ok := want[key]
		e := m.Get(keyOf(key))
		require.Equal(t, ok, e != nil)
		if ok {
			require.Equal(t, value, e.Value)
		}
	}
}

func TestBoundsAreKept(t *testing.T) {
	for name, c := range map[string]struct{ entries, bytes, size, want int }{
		"entries":           {10, math.MaxInt, 1, 10},
		"one entry":         {1, math.MaxInt, 1, 1},
		"bytes":             {1000, 50, 7, 7},
		"all bytes for one": {1000, 50, 50, 1},
		"too large for all": {1000, 50, 51, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := bounded(c.entries, c.bytes)
			for i := range 500 {
				m.Put(entry(i, i, c.size))
			}
			require.Equal(t, c.want, m.Len())
			require.Equal(t, c.want*c.size, m.Bytes())
		})
	}
}

// Of few entries the one that ends first gives way; of many, one that ends early does.
func TestEntryThatEndsFirstGivesWay(t *testing.T) {
	m := bounded(8, math.MaxInt)
	for i, until := range []int64{5, 3, 8, 1, 7, 2, 6, 4, 9} {
		m.Put(&cache.Entry[int]{Key: keyOf(i), Until: until})
	}
	require.Nil(t, m.Get(keyOf(3)))
	require.NotNil(t, m.Get(keyOf(8)))

	m = bounded(1000, math.MaxInt)
	for i := range 1000 {
		m.Put(&cache.Entry[int]{Key: keyOf(i), Until: int64(i)})
	}
	for i := range 200 {
		m.Put(&cache.Entry[int]{Key: keyOf(1000 + i), Until: 2000})
	}
	late := 0
	for i := range 200 {
		if m.Get(keyOf(800+i)) != nil {
			late++
		}
	}
	require.Greater(t, late, 190)
}

// An entry that a reader has found may have been replaced before the reader wants it dropped.
func TestOnlyTheVeryEntryIsDropped(t *testing.T) {
	m := bounded(10, math.MaxInt)
	old, anew := entry(1, 1, 3), entry(1, 2, 4)
	m.Put(old)
	m.Put(anew)
	m.DropEntry(old)
	require.Equal(t, 4, m.Bytes())
	require.Equal(t, 2, m.Get(keyOf(1)).Value)
	m.DropEntry(anew)
	m.DropEntry(anew)
	require.Zero(t, m.Len())
	require.Zero(t, m.Bytes())
}

// Readers find an entry that stays at any time, while others come, go and have the map grow.
func TestReadersFindWhatStays(t *testing.T) {
	const stay = 8
	for range 4 {
		m := bounded(10_000, math.MaxInt)
		for i := range stay {
			m.Put(entry(i, i, 1))
		}
		var done atomic.Bool
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := 0; !done.Load(); i++ {
					e := m.Get(keyOf(i % stay))
					if !assert.NotNil(t, e) || !assert.Equal(t, i%stay, e.Value) {
						return
					}
				}
			})
		}
		for i := range 3000 {
			m.Put(entry(stay+i, i, 1))
			if i%3 > 0 {
				m.Drop(keyOf(stay + rand.IntN(i+1)))
			}
		}
		done.Store(true)
		wg.Wait()
	}
}

// 300,000 entries that come and go leave hardly more memory behind than ten thousand did.
func TestMapDoesNotGrow(t *testing.T) {
	const held = 1000
	m := bounded(held, math.MaxInt)
	put := func(from, to int) {
		for i := from; i < to; i++ {
			m.Put(entry(i, i, 1))
		}
	}
	put(0, 10*held)
	before := heap()
	put(10*held, 300*held)
	require.Less(t, heap(), before+100<<10)
	require.Equal(t, held, m.Len())
}

// What is taken out is free, though the table grew while it was in.
func TestWhatIsTakenOutIsForgotten(t *testing.T) {
	const count, size = 130, 1 << 18 // the table has just grown
	var m cache.Map[*[size]byte]
	m.Bound(1000, math.MaxInt)
	put := func(i int) { m.Put(&cache.Entry[*[size]byte]{Key: keyOf(i), Value: new([size]byte)}) }
	before := heap()
	for i := range count {
		put(i)
	}
	for i := range count {
		if i%4 > 0 {
			m.Drop(keyOf(i))
		}
	}
	put(count)
	require.Less(t, heap(), before+uint64(m.Len()+4)*size)
	runtime.KeepAlive(&m)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
