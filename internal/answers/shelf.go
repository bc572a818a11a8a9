package answers

import "time"

// shelf keeps entries within bounds. It is used with the cache's lock held.
type shelf[T any] struct {
	entries            map[key]*entry[T]
	sizes              map[key]int
	bytes              int
	maxCount, maxBytes int
}

func newShelf[T any](count, bytes int) shelf[T] {
	return shelf[T]{entries: make(map[key]*entry[T]), sizes: make(map[key]int), maxCount: count, maxBytes: bytes}
}

// put keeps an entry; one larger than the whole shelf is not kept.
func (s *shelf[T]) put(k key, e *entry[T], size int, now time.Time) {
	s.drop(k)
	if size > s.maxBytes || !now.Before(e.until) {
		return
	}
	s.makeRoom(size, now)
	s.entries[k], s.sizes[k] = e, size
	s.bytes += size
}

func (s *shelf[T]) drop(k key) {
	s.bytes -= s.sizes[k]
	delete(s.entries, k)
	delete(s.sizes, k)
}

// makeRoom drops what has ended, and then anything.
func (s *shelf[T]) makeRoom(size int, now time.Time) {
	full := func() bool { return len(s.entries) >= s.maxCount || s.bytes+size > s.maxBytes }
	if !full() {
		return
	}
	for k, e := range s.entries {
		if !now.Before(e.until) {
			s.drop(k)
		}
	}
	for k := range s.entries {
		if !full() {
			return
		}
		s.drop(k)
	}
}
