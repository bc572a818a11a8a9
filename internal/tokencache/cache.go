// Package tokencache keeps what was verified about tokens, so that a token seen again is not verified again.
//
// A [Cache] is keyed by a hash, so that it holds no token; it is bounded in entries and bytes, ends each entry at the
// time that its caller names, and lets concurrent callers with one new token wait for one verification. Only what its
// caller has verified enters it. It is safe for concurrent use, and has nothing to start or close.
package tokencache

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/churn"
)

// Key is the SHA-256 of a token.
type Key = [sha256.Size]byte

// Policy bounds a cache. A zero field means its default.
type Policy struct {
	Entries int // 10,000
	Bytes   int // 64 MiB
}

const (
	shards   = 64
	overhead = 120 // bytes that an entry costs beside its value: its place in a map that is seldom full
	sampled  = 8   // entries looked at to find one that gives way

	maxWaiting = 1000 // callers that wait for another's verification
)

// Stats are the counters of a cache.
type Stats struct {
	Hits, Misses   uint64
	Entries, Bytes int
}

// Cache keeps values of type T. Use [New].
type Cache[T any] struct {
	shards  [shards]shard[T]
	waiting atomic.Int64
}

// shard has a lock of its own; it is never held while anything is verified.
type shard[T any] struct {
	mu                 sync.Mutex
	entries            churn.Map[Key, entry[T]]
	flying             []flight // few, as long as nobody has to wait for keys; then a thousand or so
	bytes              int
	maxCount, maxBytes int
	hits, misses       uint64

	_ [64]byte // shards on one cache line would wait for each other
}

// flight is a verification under way.
type flight struct {
	key  Key
	done chan struct{} // nil while nobody waits
}

type entry[T any] struct {
	value       *T
	from, until int64 // µs since 1970
	size        int
}

// New makes a cache.
func New[T any](p Policy) *Cache[T] {
	if p.Entries <= 0 {
		p.Entries = 10_000
	}
	if p.Bytes <= 0 {
		p.Bytes = 64 << 20
	}
	c := &Cache[T]{}
	for i := range c.shards {
		c.shards[i].maxCount, c.shards[i].maxBytes = max(1, p.Entries/shards), p.Bytes/shards
	}
	return c
}

func (c *Cache[T]) shard(k Key) *shard[T] { return &c.shards[k[0]%shards] }

// Get returns what is kept and may be used now.
func (c *Cache[T]) Get(k Key, now time.Time) (*T, bool) {
	s, at := c.shard(k), now.UnixMicro()
	s.mu.Lock()
	e, ok := s.entries.Get(k)
	if ok && (at < e.from || at >= e.until) {
		s.drop(k, e)
		e, ok = entry[T]{}, false
	}
	if ok {
		s.hits++
	} else {
		s.misses++
	}
	s.mu.Unlock()
	return e.value, ok
}

// Begin lets the first of concurrent callers verify: it is told so, and must call End. The others wait until it has, or their
// context ends; they then look with Get, and verify for themselves if nothing is there. Where a thousand wait, the next
// does not.
func (c *Cache[T]) Begin(ctx context.Context, k Key) (first bool) {
	s := c.shard(k)
	s.mu.Lock()
	i := s.flight(k)
	if i < 0 {
		s.flying = append(s.flying, flight{key: k})
		s.mu.Unlock()
		return true
	}
	f := &s.flying[i]
	if f.done == nil { // hardly ever does anybody wait
		f.done = make(chan struct{})
	}
	done := f.done
	s.mu.Unlock()
	if c.waiting.Add(1) <= maxWaiting {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	c.waiting.Add(-1)
	return false
}

// End lets those go on that wait for the first.
func (c *Cache[T]) End(k Key) {
	s := c.shard(k)
	s.mu.Lock()
	i, last := s.flight(k), len(s.flying)-1
	if i < 0 {
		s.mu.Unlock()
		return
	}
	done := s.flying[i].done
	s.flying[i] = s.flying[last]
	s.flying[last] = flight{}
	s.flying = s.flying[:last]
	s.mu.Unlock()
	if done != nil {
		close(done)
	}
}

// flight finds a verification that is under way; -1: there is none.
func (s *shard[T]) flight(k Key) int {
	return slices.IndexFunc(s.flying, func(f flight) bool { return f.key == k })
}

// Put keeps a value of this size in bytes, to be used from one time until before another.
func (c *Cache[T]) Put(k Key, value *T, size int, from, until time.Time) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.entries.Get(k); ok {
		s.drop(k, old)
	}
	e := entry[T]{value: value, from: from.UnixMicro(), until: until.UnixMicro(), size: size + overhead}
	if e.size > s.maxBytes {
		return
	}
	for s.entries.Len() >= s.maxCount || s.bytes+e.size > s.maxBytes {
		s.giveWay()
	}
	s.entries.Set(k, e)
	s.bytes += e.size
}

// Drop forgets a value.
func (c *Cache[T]) Drop(k Key) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.entries.Get(k); ok {
		s.drop(k, e)
	}
}

// giveWay drops one of a few entries, that which ends first. It is called with the lock held, on a shard that is not empty.
func (s *shard[T]) giveWay() {
	var worst Key
	var first entry[T]
	n := 0
	for k, e := range s.entries.All() { // in random order
		if n == 0 || e.until < first.until {
			worst, first = k, e
		}
		if n++; n == sampled {
			break
		}
	}
	s.drop(worst, first)
}

func (s *shard[T]) drop(k Key, e entry[T]) {
	s.entries.Delete(k)
	s.bytes -= e.size
}

// Stats returns the counters.
func (c *Cache[T]) Stats() Stats {
	var out Stats
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		out.Entries += s.entries.Len()
		out.Bytes += s.bytes
		out.Hits += s.hits
		out.Misses += s.misses
		s.mu.Unlock()
	}
	return out
}
