// Package cache has what the caches of this module share: a bounded map that is read without a lock.
package cache

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"sync/atomic"
)

// Key is a SHA-256, so that a cache holds no token.
type Key = [32]byte

// Map keeps entries within bounds: where there is no room, the entry that ends first of a few gives way. Get needs no lock
// and never waits; all other methods are to be called with one lock of the owner's held. [Map.Bound] comes first. The memory of a Map is
// that of the most entries it held at a time, however many come and go.
type Map[V any] struct {
	table              atomic.Pointer[table[V]]
	seed               uint64 // so that no sender can choose tokens that share a bucket
	count, bytes       int
	maxCount, maxBytes int
}

// Entry is what is kept under a key. It is put into one map, once, and but for its Value not changed after that.
type Entry[V any] struct {
	Key         Key
	From, Until int64 // when it may be used: from From on, and before Until, in µs since 1970; the map looks at no clock
	Size        int   // in bytes

	next  [2]atomic.Pointer[Entry[V]] // in its bucket
	Value V
}

// table is an array of buckets, each a list of entries. A reader follows a list while a writer changes it: an entry that is
// taken out still leads to those behind it, and one that comes in goes to the front.
type table[V any] struct {
	buckets []atomic.Pointer[Entry[V]] // a power of two
	seed    uint64
	shift   int
	link    int  // which next of its entries it uses: a table that takes its place uses the other
	uncut   bool // the other next of its entries is still set
}

const (
	fewest  = 8 // buckets
	sampled = 8 // entries looked at to find one that gives way
)

// Bound sets the most entries, at least 1, and the most bytes of all sizes together. It is called before any other method.
func (m *Map[V]) Bound(entries, bytes int) {
	m.maxCount, m.maxBytes, m.seed = entries, bytes, rand.Uint64()|1
}

// Len is the number of entries.
func (m *Map[V]) Len() int { return m.count }

// Bytes is the size of all entries.
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
		} // else another table has taken its place, and its lists may be cut
	}
}

// Put adds an entry in place of the one with its key. An entry larger than the whole map is not kept.
func (m *Map[V]) Put(e *Entry[V]) {
	m.Drop(e.Key)
	if e.Size > m.maxBytes {
		return
	}
	for m.count >= m.maxCount || m.bytes+e.Size > m.maxBytes {
		m.giveWay()
	}
	m.table.Load().cut()
	if t := m.table.Load(); t == nil || m.count >= len(t.buckets) {
		m.table.Store(t.grown(m.seed))
	}
	m.table.Load().put(e)
	m.count++
	m.bytes += e.Size
}

// Drop takes out the entry of a key, if there is one.
func (m *Map[V]) Drop(k Key) {
	if e := m.Get(k); e != nil {
		m.take(e)
	}
}

// DropEntry takes out this very entry, unless another has taken its place.
func (m *Map[V]) DropEntry(e *Entry[V]) {
	if m.Get(e.Key) == e {
		m.take(e)
	}
}

func (m *Map[V]) take(e *Entry[V]) {
	t := m.table.Load()
	at := t.bucket(e.Key)
	for have := at.Load(); have != e; have = at.Load() {
		at = &have.next[t.link]
	}
	at.Store(e.next[t.link].Load())
	m.count--
	m.bytes -= e.Size
}

// giveWay takes out one of a few entries, that which ends first. The map must not be empty.
func (m *Map[V]) giveWay() {
	t := m.table.Load()
	var first *Entry[V]
	seen := 0
	for i, at := 0, rand.IntN(len(t.buckets)); i < len(t.buckets) && seen < sampled; i++ {
		for e := t.buckets[(at+i)%len(t.buckets)].Load(); e != nil; e = e.next[t.link].Load() {
			if seen++; first == nil || e.Until < first.Until {
				first = e
			}
		}
	}
	m.take(first)
}

// bucket takes the highest bits of a product, for they depend on all others.
func (t *table[V]) bucket(k Key) *atomic.Pointer[Entry[V]] {
	return &t.buckets[binary.LittleEndian.Uint64(k[1:])*t.seed>>t.shift] // the first byte of a key chooses among maps
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

// grown returns a table twice as large. Its lists use the other link of each entry, so that readers of the old one go on.
func (t *table[V]) grown(seed uint64) *table[V] {
	if t == nil {
		return newTable[V](fewest, seed, 0)
	}
	out := newTable[V](2*len(t.buckets), seed, 1-t.link)
	for e := range t.all {
		out.put(e)
	}
	out.uncut = true
	return out
}

// cut forgets the lists of the table before, which would keep alive what is taken out.
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
