package oidctest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// TestDenyList tests an implementation of [denylist.List]. It returns nil, or an error that joins every fault found.
// The list may hold other entries. The test adds entries with keys of its own, which end within an hour.
//
// It requires the following:
//
//   - Every caller finds an entry as soon as it was added, and until its Until. It finds no key that was not added.
//   - Two entries with the same key become their union, and the second Add reports that its key is not new.
//   - If 32 goroutines add the same key, exactly one of them is told that it is new.
//   - A cancelled context gives an error.
//   - An Authenticator with this list refuses a token as soon as it was revoked. The test starts a [Provider] to
//     issue it.
func TestDenyList(l denylist.List) error {
	t := &listTest{list: l, prefix: fmt.Sprintf("oidctest-%016x-", rand.Uint64())}
	t.try("deny list", func() {
		t.keeps()
		t.merges()
		t.addsOnce()
		t.cancelled("a cancelled context", func(ctx context.Context) {
			if _, err := l.Find(ctx, t.prefix+"kept"); err == nil {
				t.add("a cancelled context: Find gives no error")
			}
			if _, err := l.Add(ctx, t.entry("late")); err == nil {
				t.add("a cancelled context: Add gives no error")
			}
		})
		t.refuses()
		t.isAsked()
	})
	return t.err()
}

type listTest struct {
	faults
	list   denylist.List
	prefix string
}

func (t *listTest) entry(name string) denylist.Entry {
	return denylist.Entry{Key: t.prefix + name, Until: time.Now().Add(time.Hour).Truncate(time.Second)}
}

func (t *listTest) put(e denylist.Entry, isNew bool) {
	added, err := t.list.Add(context.Background(), e)
	if err != nil {
		t.add("Add: %w", err)
	} else if added != isNew {
		t.add("Add reports %t for whether the key is new, want %t", added, isNew)
	}
}

// found returns the entries that were found, by the name that the test gave them.
func (t *listTest) found(names ...string) map[string]denylist.Entry {
	keys := make([]string, 0, len(names))
	for _, n := range names {
		keys = append(keys, t.prefix+n)
	}
	entries, err := t.list.Find(context.Background(), keys...)
	if err != nil {
		t.add("Find: %w", err)
	}
	out := map[string]denylist.Entry{}
	for _, e := range entries {
		if len(e.Key) < len(t.prefix) {
			t.add("Find returns an entry of a key that was not asked for")
			continue
		}
		out[e.Key[len(t.prefix):]] = e
	}
	return out
}

func (t *listTest) keeps() {
	t.put(t.entry("kept"), true)
	before := t.entry("before")
	before.Before = time.Now().Truncate(time.Second)
	t.put(before, true)
	found := t.found("kept", "before", "never")
	if e, ok := found["kept"]; !ok || !e.Before.IsZero() {
		t.add("an entry for all tokens: found %t with Before %v, want true with the zero time", ok, e.Before)
	}
	if e, ok := found["before"]; !ok || !e.Before.Equal(before.Before) {
		t.add("an entry for tokens issued until a time: found %t with Before %v, want %v", ok, e.Before, before.Before)
	}
	if len(found) != 2 {
		t.add("Find returns %d entries, want 2", len(found))
	}
	ended := t.entry("ended")
	ended.Until = time.Now().Add(-time.Second)
	if _, err := t.list.Add(context.Background(), ended); err == nil && len(t.found("ended")) > 0 {
		t.add("an entry is found after its Until")
	}
}

func (t *listTest) merges() {
	early, late := t.entry("merged"), t.entry("merged")
	early.Before, late.Before = time.Unix(1000, 0), time.Unix(2000, 0)
	t.put(late, true)
	t.put(early, false)
	if e := t.found("merged")["merged"]; !e.Before.Equal(late.Before) {
		t.add("two entries of one key: Before is %v, want the later one, %v", e.Before, late.Before)
	}
	t.put(t.entry("merged"), false)
	if e := t.found("merged")["merged"]; !e.Before.IsZero() {
		t.add("an entry for all tokens and one with Before: Before is %v, want the zero time", e.Before)
	}
}

func (t *listTest) addsOnce() {
	var added atomic.Int64
	t.parallel("concurrent calls", func(int) {
		isNew, err := t.list.Add(context.Background(), t.entry("once"))
		if err != nil {
			t.add("concurrent calls: %w", err)
		}
		if isNew {
			added.Add(1)
		}
	})
	if n := added.Load(); n != 1 {
		t.add("concurrent calls: %d of %d report that the key is new, want 1", n, callers)
	}
}

func (t *listTest) refuses() {
	for what, e := range map[string]denylist.Entry{
		"no key":   {Until: time.Now().Add(time.Hour)},
		"no Until": {Key: t.prefix + "endless"},
	} {
		if _, err := t.list.Add(context.Background(), e); err == nil {
			t.add("an entry with %s gives no error", what)
		}
	}
}

// isAsked checks that the list decides about requests, whatever its other methods say.
func (t *listTest) isAsked() {
	p, err := Start()
	if err != nil {
		t.add("start a provider: %w", err)
		return
	}
	defer p.Close()
	config := p.Config("oidctest")
	config.Revocation.DenyList, config.Logger = t.list, slog.New(slog.DiscardHandler)
	auth, err := oidcauth.New(config)
	if err != nil {
		t.add("oidcauth.New with the list: %w", err)
		return
	}
	token := p.Token("oidctest", Claims{"sub": "alice"})
	check := func() error {
		_, err := auth.Check(&http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}})
		return err
	}
	for range 2 { // The second check may use a cached token.
		if err := check(); err != nil {
			t.add("a token is refused before it is revoked: %w", err)
		}
	}
	if err := auth.Revoke(context.Background(), token, ""); err != nil {
		t.add("Revoke: %w", err)
	}
	var refused *oidcauth.Error
	if err := check(); !errors.As(err, &refused) || refused.Reason != reason.TokenRevoked {
		t.add("a revoked token is not refused as revoked: %v", err)
	}
}
