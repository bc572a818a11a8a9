package pipeline

import (
	"slices"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/churn"
)

const (
	maxShare  = 100    // entries of one user in the deny list that are kept one by one
	maxOwn    = 1000   // of those that no entry for the user would cover
	maxShares = 10_000 // users who are counted
	sampled   = 8      // users looked at to find one who is not counted any more
)

// shares count what each user has caused to be kept in the deny list, so that one user does not fill it. What is beyond a
// user's share is kept in one entry, which covers all tokens of the user up to a time. Each process counts what it adds
// itself.
type shares struct {
	mu    sync.Mutex
	users churn.Map[string, []int64] // by the subject's key: when the entries end, in Unix seconds
}

// subjectKey is the key of the entry that covers a user; empty where no user is named.
func subjectKey(iss, sub string) string {
	if sub == "" {
		return ""
	}
	return denialKey(ofSubject, iss, sub)
}

// holderKey is the key of the entry that covers the user or, where a token names none, its client: an application gets as many
// tokens as it likes. It is empty where neither is named.
func (t *Run) holderKey() string {
	if sub := t.told("sub"); sub != "" {
		return subjectKey(t.issuerName(), sub)
	}
	for _, claim := range clientClaims {
		if client := t.told(claim); client != "" {
			return denialKey(ofClient, t.issuerName(), client)
		}
	}
	return ""
}

// usedUp tells whether the user's share is used up; a token that names no user has no share.
func (s *shares) usedUp(user string, now time.Time) bool { return s.has(user, maxShare, now) }

func (s *shares) has(user string, entries int, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.current(user, now)) >= entries
}

// count adds an entry that is kept until then.
func (s *shares) count(user string, now, until time.Time) {
	if user == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ends := s.current(user, now)
	if len(ends) == 0 && s.users.Len() >= maxShares {
		s.giveWay(now)
	}
	s.users.Set(user, append(ends, until.Unix()))
}

// current are the user's entries that have not ended.
func (s *shares) current(user string, now time.Time) []int64 {
	ends, known := s.users.Get(user)
	if !known {
		return nil
	}
	ends = slices.DeleteFunc(ends, func(end int64) bool { return end <= now.Unix() })
	if len(ends) == 0 {
		s.users.Delete(user)
	} else {
		s.users.Set(user, ends)
	}
	return ends
}

// giveWay drops, of a few users in random order, the one who has the fewest entries.
func (s *shares) giveWay(now time.Time) {
	var fewest string
	least, n := maxOwn+1, 0
	for user := range s.users.All() {
		if has := len(s.current(user, now)); has < least {
			fewest, least = user, has
		}
		if n++; n == sampled || least == 0 {
			break
		}
	}
	s.users.Delete(fewest)
}
