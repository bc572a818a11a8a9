package oidctest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/login"
)

// TestSessionStore tests an implementation of [login.Store], and of [login.Swapper] if it is one. It returns nil, or an error that joins
// every fault found. The store may hold other values. The test stores values under tokens of its own, which end within an hour. It waits
// until values expire, at most 3 s.
//
// It requires the following:
//
//   - Every caller finds a value as soon as it was committed, byte for byte, and until its expiry. A later commit replaces value and
//     expiry. A token without a value is not found, and is no error.
//   - A deleted value is not found. To delete it again is no error.
//   - 32 goroutines that use tokens of their own do not disturb each other.
//   - A cancelled context gives an error.
//   - SwapCtx stores a value if the present value equals the old one, or if old is nil and there is none. Otherwise it changes nothing.
//     A deleted or expired value equals no old one. Of 32 goroutines that swap the same old value, exactly one succeeds.
func TestSessionStore(s login.Store) error {
	t := &storeTest{store: s, prefix: fmt.Sprintf("oidctest-%016x-", rand.Uint64())}
	t.try("session store", func() {
		t.keeps()
		t.deletes()
		t.expires()
		t.keepsApart()
		t.cancelled("a cancelled context", t.refusesCancelled)
		if swapper, ok := s.(login.Swapper); ok {
			t.swaps(swapper)
			t.swapsOnce(swapper)
		}
	})
	return t.err()
}

type storeTest struct {
	faults
	store  login.Store
	prefix string
}

// ofBytes returns a value with each byte, so that a store of texts changes it.
func ofBytes(first byte) []byte {
	out := []byte{first}
	for b := range 256 {
		out = append(out, byte(b))
	}
	return out
}

func (t *storeTest) put(name string, value []byte, life time.Duration) {
	if err := t.store.CommitCtx(context.Background(), t.prefix+name, value, time.Now().Add(life)); err != nil {
		t.add("CommitCtx: %w", err)
	}
}

func (t *storeTest) drop(name string) {
	if err := t.store.DeleteCtx(context.Background(), t.prefix+name); err != nil {
		t.add("DeleteCtx: %w", err)
	}
}

// wants requires this value, or with nil that there is none.
func (t *storeTest) wants(what, name string, want []byte) {
	value, found, err := t.store.FindCtx(context.Background(), t.prefix+name)
	switch {
	case err != nil:
		t.add("%s: FindCtx: %w", what, err)
	case found != (want != nil):
		t.add("%s: FindCtx reports found as %t, want %t", what, found, want != nil)
	case found && !bytes.Equal(value, want):
		t.add("%s: FindCtx returns another value", what)
	}
}

func (t *storeTest) keeps() {
	t.wants("a token that was not committed", "never", nil)
	t.put("kept", ofBytes(1), time.Hour)
	t.wants("a committed value", "kept", ofBytes(1))
	t.put("kept", ofBytes(2), time.Hour)
	t.wants("a value that was committed again", "kept", ofBytes(2))
	large := bytes.Repeat(ofBytes(3), 256)
	t.put("large", large, time.Hour)
	t.wants("a value of 64 KiB", "large", large)
}

func (t *storeTest) deletes() {
	t.put("deleted", ofBytes(1), time.Hour)
	for range 2 {
		t.drop("deleted")
		t.wants("a deleted value", "deleted", nil)
	}
}

const (
	shortLife = 500 * time.Millisecond
	pollEvery = 20 * time.Millisecond
	lateness  = 2 * time.Second // The longest time after which a value that has expired is still waited for.
)

func (t *storeTest) expires() {
	end := time.Now().Add(shortLife + lateness)
	t.put("short", ofBytes(1), time.Hour)
	t.put("short", ofBytes(2), shortLife)
	t.put("prolonged", ofBytes(1), shortLife)
	t.put("prolonged", ofBytes(2), time.Hour)
	if swapper, ok := t.store.(login.Swapper); ok {
		t.put("swapped", ofBytes(1), time.Hour)
		t.swap(swapper, "a short expiry", "swapped", ofBytes(1), ofBytes(2), shortLife, true)
		t.goes("a swapped value", "swapped", end)
		t.swap(swapper, "an expired value", "swapped", ofBytes(2), ofBytes(3), time.Hour, false)
	}
	t.goes("a value", "short", end)
	t.wants("a value whose expiry was prolonged", "prolonged", ofBytes(2))
}

// goes waits until the value has expired.
func (t *storeTest) goes(what, name string, end time.Time) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for ; time.Now().Before(end); <-poll.C {
		if _, found, err := t.store.FindCtx(context.Background(), t.prefix+name); err != nil || !found {
			break
		}
	}
	t.wants(what+" after its expiry", name, nil)
}

func (t *storeTest) keepsApart() {
	t.parallel("concurrent calls", func(i int) {
		name := fmt.Sprint("own-", i)
		for round := range byte(4) {
			t.put(name, ofBytes(round), time.Hour)
			t.wants("concurrent calls", name, ofBytes(round))
		}
		t.drop(name)
		t.wants("concurrent calls after a delete", name, nil)
	})
}

func (t *storeTest) refusesCancelled(ctx context.Context) {
	if _, _, err := t.store.FindCtx(ctx, t.prefix+"kept"); err == nil {
		t.add("a cancelled context: FindCtx gives no error")
	}
	if err := t.store.CommitCtx(ctx, t.prefix+"late", ofBytes(1), time.Now().Add(time.Hour)); err == nil {
		t.add("a cancelled context: CommitCtx gives no error")
	}
	if err := t.store.DeleteCtx(ctx, t.prefix+"kept"); err == nil {
		t.add("a cancelled context: DeleteCtx gives no error")
	}
}

func (t *storeTest) swap(s login.Swapper, what, name string, old, value []byte, life time.Duration, want bool) {
	swapped, err := s.SwapCtx(context.Background(), t.prefix+name, old, value, time.Now().Add(life))
	switch {
	case err != nil:
		t.add("%s: SwapCtx: %w", what, err)
	case swapped != want:
		t.add("%s: SwapCtx reports %t, want %t", what, swapped, want)
	}
}

func (t *storeTest) swaps(s login.Swapper) {
	const name = "swap"
	t.swap(s, "an old value where there is none", name, ofBytes(1), ofBytes(2), time.Hour, false)
	t.wants("after a swap that failed", name, nil)
	t.swap(s, "nil where there is no value", name, nil, ofBytes(1), time.Hour, true)
	t.swap(s, "nil where there is a value", name, nil, ofBytes(2), time.Hour, false)
	t.swap(s, "another old value", name, ofBytes(2), ofBytes(3), time.Hour, false)
	t.wants("after a swap that failed", name, ofBytes(1))
	t.swap(s, "the old value", name, ofBytes(1), ofBytes(2), time.Hour, true)
	t.swap(s, "the old value for the second time", name, ofBytes(1), ofBytes(3), time.Hour, false)
	t.wants("after a swap", name, ofBytes(2))
	t.drop(name)
	t.swap(s, "a deleted value", name, ofBytes(2), ofBytes(3), time.Hour, false)
	t.wants("after a swap of a deleted value", name, nil)
}

func (t *storeTest) swapsOnce(s login.Swapper) {
	for what, old := range map[string][]byte{"no value": nil, "one value": ofBytes(1)} {
		name := "once " + what
		if old != nil {
			t.put(name, old, time.Hour)
		}
		var swapped, winner atomic.Int64
		t.parallel("concurrent swaps", func(i int) {
			won, err := s.SwapCtx(context.Background(), t.prefix+name, old, ofBytes(byte(100+i)), time.Now().Add(time.Hour))
			if err != nil {
				t.add("concurrent swaps: %w", err)
			}
			if won {
				swapped.Add(1)
				winner.Store(int64(i))
			}
		})
		if n := swapped.Load(); n != 1 {
			t.add("concurrent swaps of %s: %d of %d succeed, want 1", what, n, callers)
			continue
		}
		t.wants("after concurrent swaps", name, ofBytes(byte(100+winner.Load())))
	}
}
