package denylist

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultEntries is the default of [Memory.Entries]. A full list of this size takes about 28 MB.
const DefaultEntries = 100_000

// Memory is a [List] in the memory of one process. The zero Memory is empty and ready to use. It is safe for
// concurrent use, and must not be copied.
type Memory struct {
	// Entries is the largest number of entries that are kept. If 0, it is [DefaultEntries].
	Entries int
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time

	mu      sync.Mutex   // Held by those who write; Find needs no lock.
	entries sync.Map     // An Entry by its key.
	count   atomic.Int64 // The number of entries.
	ends    ends         // When each entry ends; the entry itself may end later.
	looked  int          // How often an end was compared with the clock.
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
	if old, ok := m.entry(e.Key, now); ok {
		m.entries.Store(e.Key, old.With(e))
		return false, nil
	}
	if m.full() {
		m.dropEnded(now)
	}
	if m.full() {
		return false, ErrFull
	}
	if _, had := m.entries.Swap(e.Key, e); !had {
		m.count.Add(1)
		m.ends.push(end{e.Until, e.Key})
	}
	return true, nil
}

// entry returns an entry whose Until has not passed.
func (m *Memory) entry(key string, now time.Time) (Entry, bool) {
	v, _ := m.entries.Load(key)
	e, ok := v.(Entry)
	return e, ok && now.Before(e.Until)
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
	var out []Entry
	for _, k := range keys {
		if e, ok := m.entry(k, now); ok {
			out = append(out, e)
		}
	}
	return out, nil
}

// Empty reports whether the list holds no entry. For an empty *Memory, an Authenticator omits Find. It always calls
// Find of a type that embeds a Memory.
func (m *Memory) Empty() bool { return m.count.Load() == 0 }

// Len returns the number of entries that take room in the list, and the largest possible number. Entries that have ended take
// room until the list is full.
func (m *Memory) Len() (entries, limit int) {
	limit = m.Entries
	if limit <= 0 {
		limit = DefaultEntries
	}
	return int(m.count.Load()), limit
}

func (m *Memory) full() bool {
	entries, limit := m.Len()
	return entries >= limit
}

// dropEnded looks only at the entries that may have ended, because a full list may be asked for room at each request.
func (m *Memory) dropEnded(now time.Time) {
	for len(m.ends) > 0 {
		m.looked++
		if now.Before(m.ends[0].at) {
			return
		}
		first := m.ends.pop()
		v, _ := m.entries.Load(first.key)
		if e, _ := v.(Entry); now.Before(e.Until) { // it was prolonged
			m.ends.push(end{e.Until, e.Key})
			continue
		}
		m.entries.Delete(first.key)
		m.count.Add(-1)
	}
}

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
