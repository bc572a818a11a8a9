// Package denylist keeps what was revoked or logged out, until it has expired by itself: a JWT that was revoked would
// verify again.
//
// [Memory] is a list of one process. Replicas share one through an implementation of [List] of their own, which
// oidctest.TestDenyList tests; package redisstore, a module of its own, has one for Redis.
package denylist

import (
	"context"
	"errors"
	"time"
)

// Entry denies what its key covers: a token, a session, the tokens of a subject. The zero Entry is invalid.
type Entry struct {
	Key    string    // at most 64 bytes of ASCII; a hash, so that a list holds neither a token nor a name
	Before time.Time // only tokens issued at or before it; zero: all
	Until  time.Time // until when it must be kept
}

// List keeps entries. It must be safe for concurrent use.
type List interface {
	// Add keeps an entry, and tells whether its key is new. Of two entries with one key, the list keeps what covers both:
	// the later Before, or none if one has none, and the later Until. An entry that cannot be kept is an error, such
	// as [ErrFull]: none is ever forgotten before its time.
	Add(ctx context.Context, e Entry) (added bool, err error)
	// Find returns the entries of these keys, in any order. An error means that nobody knows.
	Find(ctx context.Context, keys ...string) ([]Entry, error)
}

var (
	// ErrFull says that the list holds as many entries as it may.
	ErrFull = errors.New("denylist: the list is full")
	// ErrEntry says that an entry has no key, one that is too long, or no Until.
	ErrEntry = errors.New("denylist: not an entry")
)

const maxKey = 64

// Validate refuses what no list can keep.
func (e Entry) Validate() error {
	if e.Key == "" || len(e.Key) > maxKey || e.Until.IsZero() {
		return ErrEntry
	}
	return nil
}

// With is what covers both entries of one key.
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
