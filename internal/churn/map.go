// Package churn provides a map for entries that come and go, as in a cache.
//
// A Go map in which entries are added and deleted keeps growing, even if it never contains more of them, because it does not
// reuse every slot of a deleted entry. With Go 1.26, a map that always contains 1000 entries takes 3.5 times its first
// memory after 100,000 replacements, 8 times after a million and 16 times after ten million. A [Map] is copied from time
// to time, which releases that memory. TestBuiltInMapGrows fails once the built-in map no longer grows; then this
// package is not needed.
package churn

import (
	"iter"
	"maps"
)

// Map is a map whose memory follows its number of entries. The zero Map is empty and ready to use. It is not safe for
// concurrent use.
type Map[K comparable, V any] struct {
	entries map[K]V
	deleted int // The number of deletions since the last copy.
}

// The map is copied after so many deletions, and so many for each entry. Copying is then rare enough to cost almost
// nothing.
const (
	fewest = 64
	each   = 4
)

// Get returns the value of a key.
func (m *Map[K, V]) Get(k K) (V, bool) {
	v, ok := m.entries[k]
	return v, ok
}

// Set sets the value of a key.
func (m *Map[K, V]) Set(k K, v V) {
	if m.entries == nil {
		m.entries = map[K]V{}
	}
	m.entries[k] = v
}

// Delete deletes a key.
func (m *Map[K, V]) Delete(k K) {
	before := len(m.entries)
	delete(m.entries, k)
	if len(m.entries) == before {
		return
	}
	if m.deleted++; m.deleted > max(fewest, each*len(m.entries)) {
		next := make(map[K]V, len(m.entries))
		maps.Copy(next, m.entries)
		m.entries, m.deleted = next, 0
	}
}

// Len returns the number of entries.
func (m *Map[K, V]) Len() int { return len(m.entries) }

// All iterates over the entries in no order. An entry that is deleted meanwhile may still be returned.
func (m *Map[K, V]) All() iter.Seq2[K, V] { return maps.All(m.entries) }
