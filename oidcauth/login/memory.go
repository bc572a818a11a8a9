package login

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/cache"
)

// The defaults of a [Memory].
const (
	DefaultEntries = 100_000
	DefaultBytes   = 256 << 20
)

// Memory is a [Store] in the memory of one process. Sessions are lost when the process ends. The zero Memory is ready to use. It is safe
// for concurrent use, and must not be copied.
//
// If it is full, it drops one of the entries that end first. The user of a dropped session signs in again.
type Memory struct {
	// Entries is the largest number of entries. If 0, it is [DefaultEntries].
	Entries int
	// Bytes limits the memory of all entries. If 0, it is [DefaultBytes].
	Bytes int
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time

	once    sync.Once
	mu      sync.Mutex // held while entries change
	entries cache.Map[[]byte]
}

// entryOverhead is about the memory of an entry besides its value.
const entryOverhead = 200

var _ Swapper = (*Memory)(nil)

func (m *Memory) init() {
	m.once.Do(func() {
		entries, size := m.Entries, m.Bytes
		if entries <= 0 {
			entries = DefaultEntries
		}
		if size <= 0 {
			size = DefaultBytes
		}
		m.entries.Bound(entries, size)
	})
}

// FindCtx returns a copy of the value.
func (m *Memory) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.init()
	value := m.value(token)
	return bytes.Clone(value), value != nil, nil
}

// CommitCtx stores a copy of the value.
func (m *Memory) CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.init()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(token, value, expiry)
	return nil
}

// DeleteCtx deletes the value.
func (m *Memory) DeleteCtx(ctx context.Context, token string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.init()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries.Drop(sha256.Sum256([]byte(token)))
	return nil
}

// SwapCtx stores a copy of the value if the present one equals old.
func (m *Memory) SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.init()
	m.mu.Lock()
	defer m.mu.Unlock()
	if present := m.value(token); !bytes.Equal(present, old) || (present == nil) != (old == nil) {
		return false, nil
	}
	m.put(token, value, expiry)
	return true, nil
}

// Len returns the number of entries. Entries that have ended count until they are replaced or dropped.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entries.Len()
}

// value returns nil if there is no value. A stored value is never nil.
func (m *Memory) value(token string) []byte {
	e := m.entries.Get(sha256.Sum256([]byte(token)))
	if e == nil || m.now().UnixMicro() >= e.Until {
		return nil
	}
	return e.Value
}

func (m *Memory) put(token string, value []byte, expiry time.Time) {
	kept := append([]byte{}, value...)
	m.entries.Put(&cache.Entry[[]byte]{
		Key: sha256.Sum256([]byte(token)), Until: expiry.UnixMicro(), Size: len(kept) + entryOverhead, Value: kept,
	})
}

func (m *Memory) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}
