package oidcauth

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/answers"
)

// Cache bounds what is kept of verified JWTs, so that a token seen again is not verified again. Its zero value means the
// defaults. What is kept is keyed by a hash: no token stays in memory.
//
// An entry ends with the token, with MaxAge, and within a second of the moment at which the key that verified it is no
// longer held. Its time is compared at each request, and the deny list is asked; the user is looked up, and claims that
// UserInfo has to be asked for are resolved and checked, at each request too. Tokens that are refused are never kept.
// Opaque tokens have Issuer.Introspection.MaxAge instead.
type Cache struct {
	Disabled   bool          // verify every token anew
	Entries    int           // 0: 10,000
	Bytes      int           // 0: 64 MiB
	MaxAge     time.Duration // 0: 5 min; at most 1 h
	UserMaxAge time.Duration // how long a token's user is believed to be found and enabled; 0: looked up at each request; at most 1 h
}

// Stats are the counters of what is kept.
type Stats struct{ Tokens, UserInfo, Introspection CacheStats }

// CacheStats are the counters of one cache since New.
type CacheStats struct {
	Hits, Misses   uint64
	Entries, Bytes int
}

// Stats returns the counters, of all issuers together.
func (a *Authenticator) Stats() Stats {
	s := a.engine.Stats()
	return Stats{
		Tokens:        CacheStats{s.Tokens.Hits, s.Tokens.Misses, s.Tokens.Entries, s.Tokens.Bytes},
		UserInfo:      statsOf(s.UserInfo),
		Introspection: statsOf(s.Introspection),
	}
}

func statsOf(s answers.Stats) CacheStats {
	return CacheStats{s.Hits, s.Calls, s.Entries + s.Refusals, s.Bytes}
}
