package oidcauth

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/claims"
)

const (
	userInfoAge     = 5 * time.Minute // an answer is used no longer, and never beyond the token's exp
	userInfoEntries = 1000
	userInfoTimeout = 10 * time.Second
)

// userInfoCache keeps UserInfo's answers of one issuer, by the hash of the token so that it holds no token. Concurrent
// requests with one token share one call; failures are not kept.
type userInfoCache struct {
	mu      sync.Mutex
	entries map[[sha256.Size]byte]*userInfoEntry
}

var errFetcherPanicked = errors.New("oidcauth: the UserInfo fetcher panicked")

type userInfoEntry struct {
	until time.Time
	done  chan struct{} // closed when set and err are there
	set   claims.Set
	err   error
}

func (c *userInfoCache) get(ctx context.Context, f claims.Fetcher, t *attempt) (claims.Set, error) {
	key := sha256.Sum256([]byte(t.raw))
	c.mu.Lock()
	e := c.entries[key]
	if e == nil || !t.now.Before(e.until) {
		e = &userInfoEntry{until: t.now.Add(userInfoAge), done: make(chan struct{})}
		if t.expiry.Before(e.until) {
			e.until = t.expiry
		}
		c.put(key, e, t.now)
		go c.fetch(context.WithoutCancel(ctx), f, t.raw, key, e)
	}
	c.mu.Unlock()
	select {
	case <-e.done:
		return e.set, e.err
	case <-ctx.Done():
		return claims.Set{}, ctx.Err()
	}
}

// put makes room first: of what has expired, else of anything. mu is held.
func (c *userInfoCache) put(key [sha256.Size]byte, e *userInfoEntry, now time.Time) {
	if len(c.entries) >= userInfoEntries {
		for k, old := range c.entries {
			if !now.Before(old.until) {
				delete(c.entries, k)
			}
		}
		for k := range c.entries {
			if len(c.entries) < userInfoEntries {
				break
			}
			delete(c.entries, k)
		}
	}
	if c.entries == nil {
		c.entries = make(map[[sha256.Size]byte]*userInfoEntry)
	}
	c.entries[key] = e
}

// fetch is not tied to the request that began it: others wait for it too.
func (c *userInfoCache) fetch(ctx context.Context, f claims.Fetcher, raw string, key [sha256.Size]byte, e *userInfoEntry) {
	ctx, cancel := context.WithTimeout(ctx, userInfoTimeout)
	defer cancel()
	defer close(e.done)
	e.err = errFetcherPanicked // stands if the next line does not return
	defer c.forgetFailure(key, e)
	e.set, e.err = f.UserInfo(ctx, raw)
}

// forgetFailure also keeps a caller's panicking Fetcher from ending the process: this goroutine is not net/http's.
func (c *userInfoCache) forgetFailure(key [sha256.Size]byte, e *userInfoEntry) {
	_ = recover()
	if e.err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == e {
		delete(c.entries, key)
	}
}
