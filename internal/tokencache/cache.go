// Package tokencache keeps what was verified about tokens, so that a token seen again is not verified again.
//
// A [Cache] is keyed by a hash, so that it holds no token; it is bounded in entries and bytes, ends each entry at the
// time that its caller names, and lets concurrent callers with one new token wait for one verification. Only what its
// caller has verified enters it. It is safe for concurrent use, and has nothing to start or close. A value that is kept is
// read without a lock, so that one token sent on many cores is no bottleneck.
package tokencache

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/cache"
)

// Key is the SHA-256 of a token.
type Key = cache.Key

// Entry is a place for a value, of which its maker fills in the Value. The value is its own, so that one object is kept.
type Entry[T any] = cache.Entry[T]

// Policy bounds a cache. A zero field means its default.
type Policy struct {
	Entries int // 10,000
	Bytes   int // 64 MiB
}

const (
	shards   = 64
	overhead = 96 // bytes that an entry costs beside its value: itself, and its share of a table

	maxWaiting = 1000 // callers that wait for another's verification
)

// Stats are the counters of a cache. Hits are looks that found something; Misses are callers of Begin that have to verify.
type Stats struct {
	Hits, Misses   uint64
	Entries, Bytes int
}

// Cache keeps values of type T. Use [New].
type Cache[T any] struct {
	shards  [shards]shard[T]
	hits    counter
	misses  atomic.Uint64
	waiting atomic.Int64
}

// shard has a lock of its own; it is never held while anything is verified.
type shard[T any] struct {
	entries cache.Map[T]
	_       [64]byte // a lock that is taken for new tokens must not slow down the reading of others

	mu     sync.Mutex
	flying []flight // few, as long as no caller has to wait for keys; then a thousand or so
	_      [64]byte
}

// flight is a verification under way.
type flight struct {
	key  Key
	done chan struct{} // nil as long as no caller waits
}

// New makes a cache.
func New[T any](p Policy) *Cache[T] {
	if p.Entries <= 0 {
		p.Entries = 10_000
	}
	if p.Bytes <= 0 {
		p.Bytes = 64 << 20
	}
	c := &Cache[T]{hits: newCounter()}
	for i := range c.shards {
		c.shards[i].entries.Bound(max(1, p.Entries/shards), p.Bytes/shards)
	}
	return c
}

func (c *Cache[T]) shard(k Key) *shard[T] { return &c.shards[k[0]%shards] }

// Get returns what is kept and may be used now.
func (c *Cache[T]) Get(k Key, now time.Time) (*T, bool) {
	s, at := c.shard(k), now.UnixMicro()
	e := s.entries.Get(k)
	switch {
	case e == nil:
	case at >= e.From && at < e.Until:
		c.hits.add()
		return &e.Value, true
	default:
		s.mu.Lock()
		s.entries.DropEntry(e)
		s.mu.Unlock()
	}
	return nil, false
}

// Begin lets the first of concurrent callers verify: it is told so, and must call End. The others wait until it has, or their
// context ends; they then look with Get, and verify for themselves if nothing is there. Where a thousand wait, the next
// does not. A caller that returns to nothing kept is counted as a miss, so that one request is not counted at each look.
func (c *Cache[T]) Begin(ctx context.Context, k Key) (first bool) {
	s := c.shard(k)
	defer func() {
		if s.entries.Get(k) == nil {
			c.misses.Add(1)
		}
	}()
	s.mu.Lock()
	i := s.flight(k)
	if i < 0 {
		s.flying = append(s.flying, flight{key: k})
		s.mu.Unlock()
		return true
	}
	f := &s.flying[i]
	if f.done == nil { // callers hardly ever wait
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

// Put keeps the value of an entry, which has this size in bytes, to be used from one time until before another.
func (c *Cache[T]) Put(k Key, e *Entry[T], size int, from, until time.Time) {
	e.Key, e.From, e.Until, e.Size = k, from.UnixMicro(), until.UnixMicro(), size+overhead
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries.Put(e)
}

// Drop forgets a value.
func (c *Cache[T]) Drop(k Key) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries.Drop(k)
}

// Stats returns the counters.
func (c *Cache[T]) Stats() Stats {
	out := Stats{Hits: c.hits.load(), Misses: c.misses.Load()}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		out.Entries += s.entries.Len()
		out.Bytes += s.entries.Bytes()
		s.mu.Unlock()
	}
	return out
}
