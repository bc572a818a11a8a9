// Package denylist stores revoked tokens, ended sessions and logouts of users until the tokens expire. Without it, a
// revoked JWT would be accepted until its exp, because its signature still verifies.
//
// [Memory] is the list of one process. Several replicas need a shared [List]: package redisstore, a module of its
// own, keeps one in Redis, and oidctest.TestDenyList tests your own.
package denylist

import (
	"context"
	"errors"
	"time"
)

// Entry denies the tokens that its key stands for: one token, a session, or the tokens of a subject. The zero Entry
// is invalid.
type Entry struct {
	// Key is a hash of at most 64 ASCII bytes, so that a list contains neither tokens nor names.
	Key string
	// Before limits the entry to tokens issued at or before it. The zero time means all tokens.
	Before time.Time
	// Until is the time until which the list must keep the entry.
	Until time.Time
}

// List keeps entries until they end. Implementations must be safe for concurrent use.
type List interface {
	// Add keeps e, and reports whether its key is new. If the list has an entry of the same key, it keeps the union
	// of both, as [Entry.With] makes it. If it cannot keep e, it returns an error such as [ErrFull]: it never drops
	// an entry before its Until.
	Add(ctx context.Context, e Entry) (added bool, err error)
	// Find returns the entries of these keys whose Until has not passed, in any order. An error means that it is
	// unknown whether a key is denied.
	Find(ctx context.Context, keys ...string) ([]Entry, error)
}

var (
	// ErrFull reports that the list has no room for another entry.
	ErrFull = errors.New("denylist: the list is full")
	// ErrEntry reports an entry whose Key is empty or longer than 64 bytes, or whose Until is zero.
	ErrEntry = errors.New("denylist: the entry has no Key, a Key longer than 64 bytes, or no Until")
)

const maxKey = 64

// Validate returns [ErrEntry] if no list can keep the entry.
func (e Entry) Validate() error {
	if e.Key == "" || len(e.Key) > maxKey || e.Until.IsZero() {
		return ErrEntry
	}
	return nil
}

// With returns the entry that covers all that e and other cover: the later Before, or the zero time if one has it,
// and the later Until.
func (e Entry) With(other Entry) Entry {
	if e.Before.IsZero() || other.Before.IsZero() {
		e.Before = time.Time{}
	} else if other.Before.After(e.Before) {
		e.Before = other.Before
	}
	if other.Until.After(e.Until) {
		e.Until = other.Until
	}
	return e
}
