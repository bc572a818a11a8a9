package oidcauth

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/answers"
)

// Cache bounds what is kept of verified JWTs, so that a token that is seen again is not verified again. Its zero value means the
// defaults. What is kept is keyed by a hash, so that no token stays in memory.
//
// An entry ends with the token, with MaxAge, and within a second of the moment at which the key that verified it is no
// longer held. Its time is compared at each request, and the deny list is asked; the user is looked up, and claims that
// UserInfo has to be asked for are resolved and checked, at each request too. Tokens that are refused are never kept.
// Opaque tokens have Issuer.Introspection.MaxAge instead.
type Cache struct {
	// Disabled verifies every token anew.
	Disabled bool
	// Entries is the most tokens that are kept. The default is 10,000.
	Entries int
	// Bytes is the most memory that they take. The default is 64 MiB.
	Bytes int
	// MaxAge is how long a token is kept. The default is 5 min; the most is 1 h.
	MaxAge time.Duration
	// UserMaxAge is how long the user of a token is taken as found and enabled. If 0, the user is looked up for each request;
	// the most is 1 h.
	UserMaxAge time.Duration
}

// Stats holds the counters of one cache since [New], for all issuers together.
type Stats struct {
	// Cache is the name of the cache, fit for a label of a metric: tokens, userinfo or introspection.
	Cache string
	// Hits counts the lookups that the cache answered, and Misses the others.
	Hits, Misses uint64
	// Entries and Bytes measure what the cache holds now.
	Entries, Bytes int
}

// Stats returns the counters of the caches: those of verified JWTs (tokens), of UserInfo and of introspection, in this order.
func (a *Authenticator) Stats() []Stats {
	s := a.engine.Stats()
	return []Stats{
		{"tokens", s.Tokens.Hits, s.Tokens.Misses, s.Tokens.Entries, s.Tokens.Bytes},
		statsOf("userinfo", s.UserInfo),
		statsOf("introspection", s.Introspection),
	}
}

func statsOf(cache string, s answers.Stats) Stats {
	return Stats{cache, s.Hits, s.Calls, s.Entries + s.Refusals, s.Bytes}
}
