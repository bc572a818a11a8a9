package usermap

import (
	"context"
	"sync/atomic"
)

// An Entry of a [Table] maps a claim value to a user. An entry with an empty Value matches nothing.
type Entry struct {
	Value                 string // compared exactly
	Claim, Issuer, Tenant string // compared exactly too; empty: any
	User                  User
}

func (e *Entry) matches(q *Query) bool {
	return anyOr(e.Claim, q.Claim) && anyOr(e.Issuer, q.Issuer) && anyOr(e.Tenant, q.Tenant)
}

func anyOr(want, got string) bool { return want == "" || want == got }

// A Table is a [Finder] over entries in memory. Its zero value is empty and ready to use.
//
// All methods may be called concurrently, without waiting for each other. A Table must not be copied.
type Table struct {
	byValue atomic.Pointer[map[string][]Entry] // what it points to is never changed
}

// NewTable returns a table of these entries.
func NewTable(entries ...Entry) *Table {
	t := new(Table)
	t.Replace(entries...)
	return t
}

// Replace exchanges all entries at once: a concurrent lookup sees either all old or all new ones. It copies the slice, but not
// what a [User.Value] points to.
func (t *Table) Replace(entries ...Entry) {
	byValue := make(map[string][]Entry, len(entries))
	for _, e := range entries {
		byValue[e.Value] = append(byValue[e.Value], e)
	}
	delete(byValue, "")
	t.byValue.Store(&byValue)
}

// FindUsers returns the users of all entries that match, in the order of the entries. It fails only where the context has ended.
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

// ComparesTenant tells whether every entry is bound to a tenant.
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
