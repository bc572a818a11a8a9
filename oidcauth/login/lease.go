package login

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	leasedTime = 12 * time.Second // from the call that stores the lease until the end of the calls to the provider
	// leaseLife is how long a replica watches a lease that does not change. Its holder has then ended its calls, and one more that stores
	// their outcome.
	leaseLife = leasedTime + storeTime
	leaseSeen = time.Hour // how long a replica remembers that it saw a lease
)

// lease names the refresh that may call the provider. A provider that rotates refresh tokens ends the session if two refreshes use one
// token. A lease states no time, because the clocks of replicas differ. A replica that has seen the same lease for leaseLife takes over.
type lease struct {
	By string `json:"b"` // random, and new for each refresh
}

// leases remembers when this replica first saw each lease. The zero leases is ready to use.
type leases struct {
	mu   sync.Mutex
	seen recent[time.Time]
}

// age returns how long this replica has seen the lease.
func (l *leases) age(by string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, found := l.seen.get(by, now)
	if !found {
		first = now
		l.seen.put(by, first, now, now.Add(leaseSeen))
	}
	return now.Sub(first)
}

// isLeased reports whether another refresh may call the provider.
func (rp *RelyingParty) isLeased(rec *record) bool {
	return rec.Lease != nil && rp.leases.age(rec.Lease.By, rp.now()) < leaseLife
}

// refresh refreshes the session, or waits until another replica has done so.
func (rp *RelyingParty) refresh(ctx context.Context, r *http.Request, s session) (*session, error) {
	own := randomText()
	for {
		if err := rp.reload(ctx, &s); err != nil {
			return nil, err
		}
		switch {
		case !rp.isDue(s.record.Tokens):
			return &s, nil
		case rp.isLeased(&s.record):
			select {
			case <-time.After(storePoll):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			continue
		}
		rec := s.record
		rec.Lease = &lease{By: own}
		deadline := time.Now().Add(leasedTime) // counted from before another replica can see the lease
		swapped, err := rp.swap(ctx, &s, rec)
		if err != nil {
			return nil, err
		}
		if swapped {
			return rp.refreshLeased(ctx, r, s, own, deadline)
		}
	}
}

// reload reads the session again.
func (rp *RelyingParty) reload(ctx context.Context, s *session) error {
	present, err := rp.load(ctx, s.key)
	if err != nil {
		return err
	}
	if present == nil {
		return &endedError{why: reason.SessionUnknown}
	}
	*s = *present
	return nil
}
