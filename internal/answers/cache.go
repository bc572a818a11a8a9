// Package answers keeps what a provider said about tokens: UserInfo, introspection.
//
// A [Cache] is bounded in entries and bytes, is keyed by a hash so that it holds no token, and never answers beyond the
// end that its caller names, nor, where the clock was set back, before the moment at which it asked. Concurrent callers
// with one token share one call, which no caller's context ends; at most 64 calls are under way, and 1000 callers wait for
// them. A call that has not returned after 11 s gives its place to another, and what it answers later is lost; 1000 such calls
// may go on. A call that panics is a [*guard.Panic]. A Cache is safe for concurrent use, and has nothing to start or close.
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
	overhead   = 256 // bytes that an entry costs beside its answer, roughly

	// A request that came a little before the one that asked may use its answer. An answer from further ahead is due: the clock
	// was set back, and its age is unknown.
	ahead = time.Second
)

// ErrBusy reports that too many calls are under way, or that too many callers wait for them.
var ErrBusy = errors.New("too many calls under way")

// Policy bounds a cache. A zero field means its default.
type Policy struct {
	Entries     int              // 1000; of refusals besides, as many
	Bytes       int              // of all answers; 8 MiB
	Age         time.Duration    // of an answer; 5 min
	RefusedAge  time.Duration    // of a refusal; 10 s
	Refusal     func(error) bool // which errors are answers too, and kept as such; nil: none
	FlightLimit int              // calls under way; 64
}

// Answer is what the provider said.
type Answer[T any] struct {
	Value T
	Size  int       // in bytes
	End   time.Time // the last moment at which it may be used; zero: it does not say
}

// Question says when a token is asked about, and which answers serve.
type Question struct {
	Now  time.Time
	End  time.Time // the last moment at which the answer may be used; zero: none but the cache's own
	Mark string    // only an answer to a question with this mark serves; empty: any
}

// Said is an answer, with the question that the provider was asked: it may have been an earlier one.
type Said[T any] struct {
	Value T
	Asked time.Time
	Mark  string
}

// Load asks the provider.
type Load[T any] func(context.Context) (Answer[T], error)

// Stats are the counters of a cache.
type Stats struct {
	Hits, Calls              uint64
	Entries, Refusals, Bytes int
}

// Cache keeps answers of type T. Use [New].
type Cache[T any] struct {
	policy Policy
	left   guard.Calls
	hits   atomic.Uint64

	mu      sync.Mutex                      // never held during a call, nor to read what is kept
	flying  churn.Map[cache.Key, *entry[T]] // the latest call about a token
	kept    cache.Map[*entry[T]]            // answers
	refused cache.Map[*entry[T]]            // apart, so that no flood of bad tokens drives the answers about good ones out
	waiting int
	calls   uint64

	underWay int // calls, those that a later one has replaced included
}

type entry[T any] struct {
	from, until time.Time // when it may be used
	asked       time.Time
	mark        string
	done        chan struct{} // closed when answer and err are there
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

// Get returns the answer about a token: the one kept, the one under way, or a new one.
func (c *Cache[T]) Get(ctx context.Context, token string, q Question, load Load[T]) (Said[T], error) {
	e, err := c.find(sha256.Sum256([]byte(token)), q, load)
	if err != nil {
		return Said[T]{}, err
	}
	select {
	case <-e.done:
	default:
		if err := c.wait(ctx, e); err != nil {
			return Said[T]{}, err
		}
	}
	return Said[T]{e.Value, e.asked, e.mark}, e.err
}

func (c *Cache[T]) wait(ctx context.Context, e *entry[T]) error {
	if !c.queue(1) {
		return ErrBusy
	}
	defer c.queue(-1)
	select {
	case <-e.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// queue counts callers in and out, unless there are too many.
func (c *Cache[T]) queue(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting+n > maxWaiting {
		return false
	}
	c.waiting += n
	return true
}

func (c *Cache[T]) find(k cache.Key, q Question, load Load[T]) (*entry[T], error) {
	if e := c.held(k, q); e != nil {
		c.hits.Add(1)
		return e, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.held(k, q); e != nil { // a call has just ended
		c.hits.Add(1)
		return e, nil
	}
	if e, ok := c.flying.Get(k); ok && e.serves(q) { // what is being asked now is never too old
		c.hits.Add(1)
		return e, nil
	}
	if c.underWay >= c.policy.FlightLimit {
		return nil, ErrBusy
	}
	e := &entry[T]{
		from: q.Now.Add(-ahead), until: earliest(q.Now.Add(c.policy.Age), q.End), asked: q.Now, mark: q.Mark, done: make(chan struct{}),
	}
	c.flying.Set(k, e)
	c.underWay++
	c.calls++
	go c.fly(k, e, q, load)
	return e, nil
}

// held returns the answer that is kept and may be used; nil: there is none. It needs no lock.
func (c *Cache[T]) held(k cache.Key, q Question) *entry[T] {
	for _, m := range [...]*cache.Map[*entry[T]]{&c.kept, &c.refused} {
		if have := m.Get(k); have != nil {
			if e := have.Value; e.serves(q) && !q.Now.Before(e.from) && q.Now.Before(e.until) {
				return e
			}
		}
	}
	return nil
}

// keep puts an answer into a map, unless it has ended before it came.
func (e *entry[T]) keep(m *cache.Map[*entry[T]], k cache.Key, size int, now time.Time) {
	m.Drop(k)
	if now.Before(e.until) {
		m.Put(&cache.Entry[*entry[T]]{Key: k, Value: e, Until: e.until.UnixMicro(), Size: size})
	}
}

func (e *entry[T]) serves(q Question) bool { return q.Mark == "" || q.Mark == e.mark }

func earliest(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// fly is not tied to the request that began it: others wait for it too. What a later call has replaced is not kept.
func (c *Cache[T]) fly(k cache.Key, e *entry[T], q Question, load Load[T]) {
	ctx, cancel := context.WithTimeout(context.Background(), maxFlight)
	defer cancel()
	type landing struct {
		Answer[T]
		refused bool
	}
	said, err := guard.Within(ctx, &c.left, func(ctx context.Context) (landing, error) {
		answer, err := load(ctx)
		refused := err != nil && c.policy.Refusal(err) // not under the lock, for it may run code of the service's own
		return landing{answer, refused}, err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.underWay--
	e.Answer, e.err = said.Answer, err
	close(e.done) // before it is kept: a caller that finds it there does not wait
	if latest, _ := c.flying.Get(k); latest != e {
		return
	}
	c.flying.Delete(k)
	switch {
	case err == nil:
		e.until = earliest(e.until, said.End)
		c.refused.Drop(k) // the provider has changed its mind
		e.keep(&c.kept, k, overhead+said.Size, q.Now)
	case said.refused:
		e.until = earliest(q.Now.Add(c.policy.RefusedAge), q.End)
		c.kept.Drop(k)
		e.keep(&c.refused, k, overhead, q.Now)
	}
}

// Stats returns the counters.
func (c *Cache[T]) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Hits: c.hits.Load(), Calls: c.calls, Entries: c.kept.Len(), Refusals: c.refused.Len(), Bytes: c.kept.Bytes(),
	}
}
