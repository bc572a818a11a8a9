package answers

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/churn"
)

// shelf keeps entries within bounds. It is used with the cache's lock held.
type shelf[T any] struct {
	entries            churn.Map[key, *entry[T]]
	bytes              int
	maxCount, maxBytes int
}

func newShelf[T any](count, bytes int) shelf[T] {
	return shelf[T]{maxCount: count, maxBytes: bytes}
}

// put keeps an entry; one larger than the whole shelf is not kept.
func (s *shelf[T]) put(k key, e *entry[T], size int, now time.Time) {
	s.drop(k)
	if size > s.maxBytes || !now.Before(e.until) {
		return
	}
	s.makeRoom(size, now)
	e.size = size
	s.entries.Set(k, e)
	s.bytes += size
}

func (s *shelf[T]) drop(k key) {
	if e, ok := s.entries.Get(k); ok {
		s.bytes -= e.size
		s.entries.Delete(k)
	}
}

// makeRoom drops what has ended, and then anything.
func (s *shelf[T]) makeRoom(size int, now time.Time) {
	full := func() bool { return s.entries.Len() >= s.maxCount || s.bytes+size > s.maxBytes }
	if !full() {
		return
	}
	for k, e := range s.entries.All() {
		if !now.Before(e.until) {
			s.drop(k)
		}
	}
	for k := range s.entries.All() {
		if !full() {
			return
		}
		s.drop(k)
	}
}
