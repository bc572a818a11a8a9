// Package answers caches the answers of a provider about tokens, from UserInfo and introspection.
//
// A [Cache] has a limit on its entries and bytes. Its keys are hashes, so it does not contain a token. It returns an
// answer only before the end that the caller names. If the clock was set back, it does not return an answer from the
// future either.
//
// Concurrent callers with the same token share one call to the provider. Its context has the values of the first caller's
// context, such as its trace. The call continues if a caller's context ends. At most 64 calls run at once, and at most 1000
// callers wait for them. After 11 s without a result, a call no longer counts, and its result is ignored. At most 1000 calls
// may continue in this way. If a call panics, its error is a [*guard.Panic].
//
// A Cache is safe for concurrent use, and has nothing to start or close.
package answers

import (
	"context"
	"crypto/sha256"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/cache"
	"github.com/knownbearer/knownbearer/internal/churn"
	"github.com/knownbearer/knownbearer/internal/guard"
)

const (
	maxFlights = 64
	maxWaiting = 1000
	maxFlight  = 10 * time.Second
	overhead   = 256 // The approximate size in bytes of an entry without its answer.

	// maxAhead is how far in the future an answer may be. A request that began a little before the call may use its answer.
	// If an answer is further in the future, the clock was set back, and the age of the answer is unknown.
	maxAhead = time.Second
)

// ErrBusy reports that too many calls are running, or that too many callers wait for them.
var ErrBusy = errors.New("too many calls under way")

// Policy limits a cache. A zero field means the default.
type Policy struct {
	// Entries is the largest number of answers, by default 1000. The cache keeps as many refusals in addition.
	Entries int
	// Bytes is the largest size of all answers, by default 8 MiB.
	Bytes int
	// Age is the time for which an answer is used, by default 5 minutes.
	Age time.Duration
	// RefusedAge is the time for which a refusal is used, by default 10 seconds.
	RefusedAge time.Duration
	// Refusal reports whether an error is a refusal. The cache keeps refusals, but no other errors. If nil, no error is
	// a refusal.
	Refusal func(error) bool
	// FlightLimit is the largest number of calls that run at once, by default 64.
	FlightLimit int
}

// Answer is an answer of the provider.
type Answer[T any] struct {
	Value T
	// Size is the size in bytes.
	Size int
	// End is the time at which the answer expires. It is zero if the answer does not state one.
	End time.Time
}

// Question is a question about a token.
type Question struct {
	// Now is the time of the question.
	Now time.Time
	// End is the time at which an answer expires at the latest. If it is zero, only the cache limits the time.
	End time.Time
	// Mark restricts the answers to those whose question had the same Mark. If it is empty, every answer may be used.
	Mark string
}

// Reply is an answer from the cache or from the provider.
type Reply[T any] struct {
	Value T
	// Asked and Mark are Now and Mark of the question that the provider answered, which may be an earlier question.
	Asked time.Time
	Mark  string
}

// Load calls the provider.
type Load[T any] func(context.Context) (Answer[T], error)

// Stats are the counters of a cache.
type Stats struct {
	Hits, Calls              uint64
	Entries, Refusals, Bytes int
	// Waiting is the number of callers that wait for a call.
	Waiting int
}

// Cache keeps answers of type T. Use [New].
type Cache[T any] struct {
	policy Policy
	left   guard.Calls
	hits   atomic.Uint64

	mu      sync.Mutex                      // Not held during a call, or to read kept and refused.
	flying  churn.Map[cache.Key, *entry[T]] // The latest call about each token.
	kept    cache.Map[*entry[T]]            // The answers.
	refused cache.Map[*entry[T]]            // The refusals. They are apart, so that many bad tokens cannot evict the answers about good ones.
	waiting int
	calls   uint64

	underWay int // The number of running calls, including those that a later call has replaced.
}

type entry[T any] struct {
	from, until time.Time // The time in which the entry may be used.
	asked       time.Time
	mark        string
	done        chan struct{} // Closed when Answer and err are set.
	Answer[T]
	err error
}

// New makes a cache.
func New[T any](p Policy) *Cache[T] {
	number := func(n *int, standard int) {
		if *n <= 0 {
			*n = standard
		}
	}
	duration := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	number(&p.Entries, 1000)
	number(&p.Bytes, 8<<20)
	number(&p.FlightLimit, maxFlights)
	duration(&p.Age, 5*time.Minute)
	duration(&p.RefusedAge, 10*time.Second)
	if p.Refusal == nil {
		p.Refusal = func(error) bool { return false }
	}
	c := &Cache[T]{policy: p}
	c.kept.Bound(p.Entries, p.Bytes)
	c.refused.Bound(p.Entries, math.MaxInt)
	return c
}

// Get returns the answer about a token: from the cache, from a running call, or from a new call.
func (c *Cache[T]) Get(ctx context.Context, token string, q Question, load Load[T]) (Reply[T], error) {
	e, err := c.find(ctx, sha256.Sum256([]byte(token)), q, load)
	if err != nil {
		return Reply[T]{}, err
	}
	select {
	case <-e.done:
	default:
		if err := c.wait(ctx, e); err != nil {
			return Reply[T]{}, err
		}
	}
	return Reply[T]{e.Value, e.asked, e.mark}, e.err
}

func (c *Cache[T]) find(ctx context.Context, k cache.Key, q Question, load Load[T]) (*entry[T], error) {
	if e := c.cached(k, q); e != nil {
		c.hits.Add(1)
		return e, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.cached(k, q); e != nil { // A call has just ended.
		c.hits.Add(1)
		return e, nil
	}
	if e, ok := c.flying.Get(k); ok && e.serves(q) { // The answer of a running call is never too old.
		c.hits.Add(1)
		return e, nil
	}
	if c.underWay >= c.policy.FlightLimit {
		return nil, ErrBusy
	}
	e := &entry[T]{
		from: q.Now.Add(-maxAhead), until: earliest(q.Now.Add(c.policy.Age), q.End), asked: q.Now, mark: q.Mark, done: make(chan struct{}),
	}
	c.flying.Set(k, e)
	c.underWay++
	c.calls++
	go c.fly(context.WithoutCancel(ctx), k, e, q, load)
	return e, nil
}

// cached returns a cached answer that may be used, or nil. It needs no lock.
func (c *Cache[T]) cached(k cache.Key, q Question) *entry[T] {
	for _, m := range [...]*cache.Map[*entry[T]]{&c.kept, &c.refused} {
		if stored := m.Get(k); stored != nil {
			if e := stored.Value; e.serves(q) && !q.Now.Before(e.from) && q.Now.Before(e.until) {
				return e
			}
		}
	}
	return nil
}

// keep puts an answer into a map, unless the answer has expired already.
func (e *entry[T]) keep(m *cache.Map[*entry[T]], k cache.Key, size int, now time.Time) {
	m.Drop(k)
	if now.Before(e.until) {
		m.Put(&cache.Entry[*entry[T]]{Key: k, Value: e, Until: e.until.UnixMicro(), Size: size})
	}
}

// serves reports whether the answer may be used for the Mark of a question.
func (e *entry[T]) serves(q Question) bool { return q.Mark == "" || q.Mark == e.mark }

// earliest returns the earlier of two times. A zero b means no limit.
func earliest(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Stats returns the counters.
func (c *Cache[T]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Hits: c.hits.Load(), Calls: c.calls, Entries: c.kept.Len(), Refusals: c.refused.Len(), Bytes: c.kept.Bytes(), Waiting: c.waiting,
	}
}
