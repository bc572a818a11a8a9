package denylist

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/internal/churn"
)

// DefaultEntries is the default of [Memory.Entries]. So many entries take about 20 MB.
const DefaultEntries = 100_000

// Memory is a [List] in the memory of one process. The zero Memory is empty and ready to use. It is safe for
// concurrent use, and must not be copied.
type Memory struct {
	// Entries is the largest number of entries that are kept. If 0, it is [DefaultEntries].
	Entries int
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time

	mu      sync.RWMutex
	entries churn.Map[string, Entry]
	count   atomic.Int64 // The number of entries, so that Empty needs no lock.
}

// Add keeps an entry until its Until. If the list is full, it first drops entries that have ended; if all are still
// valid, the error is [ErrFull].
func (m *Memory) Add(ctx context.Context, e Entry) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := e.Validate(); err != nil {
		return false, err
	}
	now := m.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	old, known := m.entries.Get(e.Key)
	if known && !now.Before(old.Until) {
		known = false
	}
	if known {
		m.entries.Set(e.Key, old.With(e))
		return false, nil
	}
	if m.full() {
		m.dropEnded(now)
	}
	if m.full() {
		return false, ErrFull
	}
	m.entries.Set(e.Key, e)
	m.count.Store(int64(m.entries.Len()))
	return true, nil
}

// Find returns the entries of these keys whose Until has not passed.
func (m *Memory) Find(ctx context.Context, keys ...string) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.Empty() {
		return nil, nil
	}
	now := m.now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []Entry
	for _, k := range keys {
		if e, ok := m.entries.Get(k); ok && now.Before(e.Until) {
			out = append(out, e)
		}
	}
	return out, nil
}

// Empty reports whether the list holds no entry. It counts for a Memory only: a type that embeds one is always asked
// by Find.
func (m *Memory) Empty() bool { return m.count.Load() == 0 }

func (m *Memory) full() bool {
	most := m.Entries
	if most <= 0 {
		most = DefaultEntries
	}
	return m.entries.Len() >= most
}

func (m *Memory) dropEnded(now time.Time) {
	for k, e := range m.entries.All() {
		if !now.Before(e.Until) {
			m.entries.Delete(k)
		}
	}
	m.count.Store(int64(m.entries.Len()))
}

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
