package pipeline

import (
	"slices"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/churn"
)

const (
	maxOwnerEntries   = 100    // entries of one owner that the deny list stores one by one
	maxUndatedEntries = 1000   // the same for tokens without iat, which an entry for the owner cannot cover
	maxOwners         = 10_000 // owners whose entries are counted
	sampledOwners     = 8      // owners that evict compares
)

// quotas count the entries of the deny list that each owner has caused, so that one owner cannot fill the list. An owner is a
// user, or the client of tokens that name no user. Beyond the quota, one entry covers all tokens of the owner that were issued
// up to a time. Each process counts only what it adds itself.
type quotas struct {
	mu     sync.Mutex
	owners churn.Map[string, []int64] // the end of each entry in Unix seconds, by the owner's key
}

// exhausted reports whether the owner has used up the quota. For an empty owner it returns false.
func (q *quotas) exhausted(owner string, now time.Time) bool {
	return q.hasAtLeast(owner, maxOwnerEntries, now)
}

func (q *quotas) hasAtLeast(owner string, entries int, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.current(owner, now)) >= entries
}

// count adds an entry of the owner. The entry ends at until.
func (q *quotas) count(owner string, now, until time.Time) {
	if owner == "" {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	ends := q.current(owner, now)
	if len(ends) == 0 && q.owners.Len() >= maxOwners {
		q.evict(now)
	}
	q.owners.Set(owner, append(ends, until.Unix()))
}

// current returns the ends of the owner's entries that have not ended.
func (q *quotas) current(owner string, now time.Time) []int64 {
	ends, known := q.owners.Get(owner)
	if !known {
		return nil
	}
	ends = slices.DeleteFunc(ends, func(end int64) bool { return end <= now.Unix() })
	if len(ends) == 0 {
		q.owners.Delete(owner)
	} else {
		q.owners.Set(owner, ends)
	}
	return ends
}

// evict removes the owner with the fewest entries among a few owners in random order.
func (q *quotas) evict(now time.Time) {
	var fewest string
	least, n := maxUndatedEntries+1, 0
	for owner := range q.owners.All() {
		if entries := len(q.current(owner, now)); entries < least {
			fewest, least = owner, entries
		}
		if n++; n == sampledOwners || least == 0 {
			break
		}
	}
	q.owners.Delete(fewest)
}
