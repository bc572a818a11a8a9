// Package tokencache caches verified tokens, so that a token is not verified again for each request.
//
// The keys of a [Cache] are hashes, so it does not contain a token. It has a limit on its entries and bytes, and each
// entry expires at the time that the caller names. Concurrent callers with the same new token wait for one verification.
// The cache verifies nothing: callers must put only verified values into it. Reading a value needs no lock, so that many
// cores can read the same token at once. A Cache is safe for concurrent use, and has nothing to start or close.
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

// Entry is an entry of the cache. Set only its Value, and give it to [Cache.Put]. The entry contains the value instead of a
// pointer to it, so that each entry is one object in memory.
type Entry[T any] = cache.Entry[T]

// Policy limits a cache. A zero field means the default.
type Policy struct {
	// Entries is the largest number of entries, by default 10,000.
	Entries int
	// Bytes is the largest size of all entries, by default 64 MiB.
	Bytes int
}

const (
	shards   = 64
	overhead = 96 // The size in bytes of an entry without its value, and of its share of a table.

	maxWaiting = 1000 // The largest number of callers that wait for the verification of another caller.
)

// Stats are the counters of a cache. Hits counts the calls of Get that found a value. Misses counts the callers of Begin that
// must verify their token. Waiting is the number of those that wait for the verification of another caller.
type Stats struct {
	Hits, Misses            uint64
	Entries, Bytes, Waiting int
}

// Cache keeps values of type T. Use [New].
type Cache[T any] struct {
	shards  [shards]shard[T]
	hits    Counter
	misses  atomic.Uint64
	waiting atomic.Int64
}

// shard is a part of the cache with its own lock. The lock is not held during a verification.
type shard[T any] struct {
	entries cache.Map[T]
	_       [64]byte // Keeps the lock in another cache line, so that adding tokens does not slow down reading others.

	mu     sync.Mutex
	flying []flight // The running verifications: few, or about a thousand while keys are being fetched.
	_      [64]byte
}

// flight is a running verification.
type flight struct {
	key  Key
	done chan struct{} // Nil until a caller waits.
}

// New makes a cache.
func New[T any](p Policy) *Cache[T] {
	if p.Entries <= 0 {
		p.Entries = 10_000
	}
	if p.Bytes <= 0 {
		p.Bytes = 64 << 20
	}
	c := &Cache[T]{hits: NewCounter()}
	for i := range c.shards {
		c.shards[i].entries.Bound(max(1, p.Entries/shards), p.Bytes/shards)
	}
	return c
}

func (c *Cache[T]) shard(k Key) *shard[T] { return &c.shards[k[0]%shards] }

// Get returns the value of a key, if there is one and it may be used now.
func (c *Cache[T]) Get(k Key, now time.Time) (*T, bool) {
	s, at := c.shard(k), now.UnixMicro()
	e := s.entries.Get(k)
	switch {
	case e == nil:
	case at >= e.From && at < e.Until:
		c.hits.Add()
		return &e.Value, true
	default:
		s.mu.Lock()
		s.entries.DropEntry(e)
		s.mu.Unlock()
	}
	return nil, false
}

// Begin coordinates concurrent callers with the same token. It returns true to the first caller, which must verify the
// token and then call [Cache.End]. For every other caller it waits until End is called or ctx ends, and returns false. That
// caller must call [Cache.Get], and verify the token itself if there is no value. If 1000 callers wait already, Begin
// returns false at once. Begin counts a miss if there is no value when it returns, so that Get does not count a request
// twice.
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
	if f.done == nil { // Made only now, because callers seldom wait.
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

// End ends the wait of all callers of [Cache.Begin] with this key.
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

// flight returns the index of the running verification of a key, or -1.
func (s *shard[T]) flight(k Key) int {
	return slices.IndexFunc(s.flying, func(f flight) bool { return f.key == k })
}

// Put adds an entry whose value has this size in bytes. The entry may be used at from and after it, but only before until.
func (c *Cache[T]) Put(k Key, e *Entry[T], size int, from, until time.Time) {
	e.Key, e.From, e.Until, e.Size = k, from.UnixMicro(), until.UnixMicro(), size+overhead
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries.Put(e)
}

// Drop removes the entry of a key, if there is one.
func (c *Cache[T]) Drop(k Key) {
	s := c.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries.Drop(k)
}

// Stats returns the counters.
func (c *Cache[T]) Stats() Stats {
	out := Stats{Hits: c.hits.Load(), Misses: c.misses.Load(), Waiting: int(c.waiting.Load())}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		out.Entries += s.entries.Len()
		out.Bytes += s.entries.Bytes()
		s.mu.Unlock()
	}
	return out
}
