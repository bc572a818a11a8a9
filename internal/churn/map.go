// Package churn has a map for entries that come and go.
//
// A Go map in which entries are added and deleted for ever grows, however few there are at a time: slots of deleted entries
// are not all used again. With Go 1.26, a map that always holds 1000 entries takes 3.5 times its first memory after 100,000
// replacements, 8 times after a million and 16 times after ten million. A cache is just that. A [Map] is copied now and then
// instead. TestBuiltInMapGrows fails once the built-in map no longer grows; this package has no reason then.
package churn

import (
	"iter"
	"maps"
)

// Map is a map whose memory is that of its entries. Its zero value is empty. It is not safe for concurrent use.
type Map[K comparable, V any] struct {
	entries map[K]V
	deleted int // since it was copied
}

// fewest deletions, and fewest for each entry, after which the map is copied: rarely enough to cost next to nothing.
const (
	fewest = 64
	each   = 4
)

// Get returns the value of a key.
func (m *Map[K, V]) Get(k K) (V, bool) {
	v, ok := m.entries[k]
	return v, ok
}

// Set gives a key its value.
func (m *Map[K, V]) Set(k K, v V) {
	if m.entries == nil {
		m.entries = map[K]V{}
	}
	m.entries[k] = v
}

// Delete removes a key.
func (m *Map[K, V]) Delete(k K) {
	before := len(m.entries)
	delete(m.entries, k)
	if len(m.entries) == before {
		return
	}
	if m.deleted++; m.deleted > max(fewest, each*len(m.entries)) {
		anew := make(map[K]V, len(m.entries))
		maps.Copy(anew, m.entries)
		m.entries, m.deleted = anew, 0
	}
}

// Len counts the entries.
func (m *Map[K, V]) Len() int { return len(m.entries) }

// All goes through the entries in no order. Entries may be deleted meanwhile, and may then be met all the same.
func (m *Map[K, V]) All() iter.Seq2[K, V] { return maps.All(m.entries) }
