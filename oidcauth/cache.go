package oidcauth

import "time"

// Cache configures the cache of verified JWTs. The signature of a cached token is not verified again. The zero Cache has the
// defaults. The key of an entry is a hash, so that memory contains no token that could be used.
//
// An entry ends when its token expires, after MaxAge, or within a second after the issuer's keys no longer contain the key that
// verified it. Each request still compares the token's time, reads the deny list, looks up the user, and resolves and checks the
// claims that come from UserInfo. Refused tokens are never cached. For opaque tokens, see [Introspection.MaxAge] instead.
type Cache struct {
	// Disabled turns the cache off: each request verifies its token.
	Disabled bool
	// Entries is the largest number of cached tokens. The default is 10,000. The users of sessions have a limit of the same size.
	Entries int
	// Bytes is the largest amount of memory for the cached tokens. The default is 64 MiB. The users of sessions have a limit of the same
	// size.
	Bytes int
	// MaxAge is how long a token is cached. The default is 5 min, and the maximum is 1 h.
	MaxAge time.Duration
	// UserMaxAge is how long the user of a cached token, or of a session of package login, is cached. During this time a disabled user is
	// still accepted, except in a login and in a refresh of the session's tokens. If 0, the user is looked up for each request. The
	// maximum is 1 h.
	UserMaxAge time.Duration
}
