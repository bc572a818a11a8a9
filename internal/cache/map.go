// Package cache provides the bounded map on which the caches of this module are built. Reading it needs no lock.
package cache

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
)

// Key is the SHA-256 of a token, so that a cache does not contain the token.
type Key = [32]byte

// Map is a map with a limit on its entries and on their size. If it is full, it looks at a few entries and removes the
// one that expires first. Call [Map.Bound] before any other method. [Map.Get] needs no lock and never waits. All other
// methods must be called while the owner of the map holds a lock. The table of a Map never shrinks: it has room for the
// largest number of entries that the map contained at one time.
type Map[V any] struct {
	table              atomic.Pointer[table[V]]
	seed               uint64 // Random, so that a sender cannot choose tokens that share a bucket.
	count, bytes       int
	maxCount, maxBytes int
}

// Entry is an entry of a map. Put it into one map, and only once. After that, change only its Value.
type Entry[V any] struct {
	Key Key
	// From and Until limit the time in which the entry may be used, in microseconds since 1970: from From on, and before
	// Until. The caller of Get compares them with its clock, because the map has no clock.
	From, Until int64
	// Size is the size in bytes.
	Size int

	next  [2]atomic.Pointer[Entry[V]] // The next entry in the bucket, for each of two tables.
	Value V
}

// table is an array of buckets. Each bucket is a list of entries. A reader may follow a list while a writer changes it,
// because a removed entry still points to the next one, and a new entry is added at the front.
type table[V any] struct {
	buckets []atomic.Pointer[Entry[V]] // Their number is a power of two.
	seed    uint64
	shift   int
	link    int  // The index in Entry.next that this table uses. The table that replaces it uses the other index.
	uncut   bool // Reports that the other pointer in Entry.next is still set.
}

const (
	minBuckets = 8
	maxSampled = 8 // The number of entries among which the map chooses the one to remove.
)

// Bound sets the largest number of entries, which is at least 1, and the largest sum of their sizes in bytes.
func (m *Map[V]) Bound(entries, bytes int) {
	m.maxCount, m.maxBytes, m.seed = entries, bytes, rand.Uint64()|1
}

// Len returns the number of entries.
func (m *Map[V]) Len() int { return m.count }

// Bytes returns the sum of the sizes of all entries.
func (m *Map[V]) Bytes() int { return m.bytes }

// Get returns the entry of a key, or nil.
func (m *Map[V]) Get(k Key) *Entry[V] {
	for {
		t := m.table.Load()
		if t == nil {
			return nil
		}
		if e := t.find(k); e != nil || m.table.Load() == t {
			return e
		} // Another table has replaced this one, whose lists may be cut by now.
	}
}

// Put adds an entry, and replaces the entry with the same key. It ignores an entry that is larger than the whole map.
func (m *Map[V]) Put(e *Entry[V]) {
	m.Drop(e.Key)
	if e.Size > m.maxBytes {
		return
	}
	for m.count >= m.maxCount || m.bytes+e.Size > m.maxBytes {
		m.evict()
	}
	m.table.Load().cut()
	if t := m.table.Load(); t == nil || m.count >= len(t.buckets) {
		m.table.Store(t.grown(m.seed))
	}
	m.table.Load().put(e)
	m.count++
	m.bytes += e.Size
}

// Drop removes the entry of a key, if there is one.
func (m *Map[V]) Drop(k Key) {
	if e := m.Get(k); e != nil {
		m.remove(e)
	}
}

// DropEntry removes this entry, unless another entry with its key has replaced it.
func (m *Map[V]) DropEntry(e *Entry[V]) {
	if m.Get(e.Key) == e {
		m.remove(e)
	}
}

func (m *Map[V]) remove(e *Entry[V]) {
	t := m.table.Load()
	at := t.bucket(e.Key)
	for other := at.Load(); other != e; other = at.Load() {
		at = &other.next[t.link]
	}
	at.Store(e.next[t.link].Load())
	m.count--
	m.bytes -= e.Size
}

// evict looks at a few entries and removes the one that expires first. The map must not be empty.
func (m *Map[V]) evict() {
	t := m.table.Load()
	var first *Entry[V]
	seen := 0
	for i, at := 0, rand.IntN(len(t.buckets)); i < len(t.buckets) && seen < maxSampled; i++ {
		for e := t.buckets[(at+i)%len(t.buckets)].Load(); e != nil; e = e.next[t.link].Load() {
			if seen++; first == nil || e.Until < first.Until {
				first = e
			}
		}
	}
	m.remove(first)
}

// bucket uses the highest bits of a product, because they depend on all bits of the key and of the seed.
func (t *table[V]) bucket(k Key) *atomic.Pointer[Entry[V]] {
	return &t.buckets[binary.LittleEndian.Uint64(k[1:])*t.seed>>t.shift] // Callers choose a map by the first byte of the key.
}

func (t *table[V]) find(k Key) *Entry[V] {
	e := t.bucket(k).Load()
	for e != nil && e.Key != k {
		e = e.next[t.link].Load()
	}
	return e
}

func (t *table[V]) put(e *Entry[V]) {
	b := t.bucket(e.Key)
	e.next[t.link].Store(b.Load())
	b.Store(e)
}

// grown returns a table that is twice as large and has the same entries. Its lists use the other pointer of each entry, so
// that readers can still follow the lists of the old table.
func (t *table[V]) grown(seed uint64) *table[V] {
	if t == nil {
		return newTable[V](minBuckets, seed, 0)
	}
	out := newTable[V](2*len(t.buckets), seed, 1-t.link)
	for e := range t.all {
		out.put(e)
	}
	out.uncut = true
	return out
}

// cut clears the lists of the previous table. Otherwise they would keep removed entries in memory.
func (t *table[V]) cut() {
	if t == nil || !t.uncut {
		return
	}
	for e := range t.all {
		e.next[1-t.link].Store(nil)
	}
	t.uncut = false
}

func (t *table[V]) all(yield func(*Entry[V]) bool) {
	for i := range t.buckets {
		for e := t.buckets[i].Load(); e != nil; e = e.next[t.link].Load() {
			if !yield(e) {
				return
			}
		}
	}
}

func newTable[V any](buckets int, seed uint64, link int) *table[V] {
	return &table[V]{buckets: make([]atomic.Pointer[Entry[V]], buckets), seed: seed, shift: 64 - bits.TrailingZeros(uint(buckets)), link: link}
}
