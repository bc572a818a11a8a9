package usermap

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/knownbearer/knownbearer/internal/nearmiss"
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
// Its methods are safe for concurrent use. A lookup that finds a user waits for no other one. A lookup that finds none also looks
// for the value in another case, as a hint for the operator, and the first one prepares that search. A Table must not be copied.
type Table struct {
	content atomic.Pointer[content]
}

// content is never changed once it is stored.
type content struct {
	byValue map[string][]Entry
	// spellings returns the values for each value in lower case. It is computed by the first lookup that finds no user.
	spellings func() map[string][]string
}

func newContent(byValue map[string][]Entry) *content {
	return &content{byValue, sync.OnceValue(func() map[string][]string {
		out := make(map[string][]string, len(byValue))
		for value := range byValue {
			lower := strings.ToLower(value)
			out[lower] = append(out[lower], value)
		}
		return out
	})}
}

// hasInOtherCase reports whether an entry would match if its value had another case.
func (c *content) hasInOtherCase(q *Query) bool {
	for _, value := range c.spellings()[strings.ToLower(q.Value)] {
		for _, e := range c.byValue[value] {
			if value != q.Value && e.matches(q) {
				return true
			}
		}
	}
	return false
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
	t.content.Store(newContent(byValue))
}

// FindUsers returns the users of all matching entries, in the order of the entries. Its only error is ctx.Err().
func (t *Table) FindUsers(ctx context.Context, q Query) ([]User, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := t.content.Load()
	if c == nil {
		return nil, nil
	}
	var users []User
	for _, e := range c.byValue[q.Value] {
		if e.matches(&q) {
			users = append(users, e.User)
		}
	}
	if len(users) == 0 && c.hasInOtherCase(&q) {
		nearmiss.InOtherCase(ctx)
	}
	return users, nil
}

// ComparesTenant reports whether every entry has a Tenant. See [TenantComparer].
func (t *Table) ComparesTenant() bool {
	c := t.content.Load()
	if c == nil {
		return true
	}
	for _, entries := range c.byValue {
		for _, e := range entries {
			if e.Tenant == "" {
				return false
			}
		}
	}
	return true
}
