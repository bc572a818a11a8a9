package usermap

import (
	"context"
	"sync/atomic"
)

// An Entry maps a claim value to a user of a [Table]. An entry with an empty Value matches nothing.
type Entry struct {
	// Value is the claim's value, compared exactly.
	Value string
	// Claim, Issuer and Tenant restrict the entry to queries that hold exactly these. An empty one restricts nothing.
	Claim, Issuer, Tenant string
	// User is the user of the value.
	User User
}

func (e *Entry) matches(q *Query) bool {
	return anyOr(e.Claim, q.Claim) && anyOr(e.Issuer, q.Issuer) && anyOr(e.Tenant, q.Tenant)
}

func anyOr(want, got string) bool { return want == "" || want == got }

// A Table is a [Finder] over entries in memory. The zero Table is empty and ready to use.
//
// Its methods are safe for concurrent use and do not block each other. A Table must not be copied.
type Table struct {
	byValue atomic.Pointer[map[string][]Entry] // The map is never changed once it is stored.
}

// NewTable returns a table of the given entries.
func NewTable(entries ...Entry) *Table {
	t := new(Table)
	t.Replace(entries...)
	return t
}

// Replace replaces all entries at once: a concurrent lookup sees either the old or the new ones. It copies the slice,
// but not what a [User.Value] points to.
func (t *Table) Replace(entries ...Entry) {
	byValue := make(map[string][]Entry, len(entries))
	for _, e := range entries {
		byValue[e.Value] = append(byValue[e.Value], e)
	}
	delete(byValue, "")
	t.byValue.Store(&byValue)
}

// FindUsers returns the users of all matching entries, in the order of the entries. Its only error is ctx.Err().
func (t *Table) FindUsers(ctx context.Context, q Query) ([]User, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	byValue := t.byValue.Load()
	if byValue == nil {
		return nil, nil
	}
	var users []User
	for _, e := range (*byValue)[q.Value] {
		if e.matches(&q) {
			users = append(users, e.User)
		}
	}
	return users, nil
}

// ComparesTenant reports whether every entry has a Tenant. See [TenantComparer].
func (t *Table) ComparesTenant() bool {
	byValue := t.byValue.Load()
	if byValue == nil {
		return true
	}
	for _, entries := range *byValue {
		for _, e := range entries {
			if e.Tenant == "" {
				return false
			}
		}
	}
	return true
}
