package pipeline

import (
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/usermap"
)

// Cache configures the cache of verified tokens. The zero value of a field means its default.
type Cache struct {
	Disabled   bool          // each request verifies its token
	Entries    int           // the default is 10,000
	Bytes      int           // the default is 64 MiB
	MaxAge     time.Duration // the default is 5 min
	UserMaxAge time.Duration // if 0, each request looks up its user
}

const (
	defaultCacheAge = 5 * time.Minute
	MaxCacheAge     = time.Hour // the longest MaxAge and UserMaxAge

	// recheckKey is the time after which the cache compares the key of a token with the keys of the source again.
	recheckKey = time.Second
)

// cachedToken is the entry of a verified token in the cache. Only its atomic fields change.
type cachedToken struct {
	token       Token // without the signature and the signed text, so that memory contains no usable token
	rules       *Rules
	tenant      string
	verifiedBy  [1]certsource.Key
	expiry      time.Time
	scopes      []string
	roles       []string // the roles that the token itself names
	established Facts

	generation atomic.Uint64 // the Engine that last chose the rules
	keyHeld    atomic.Int64  // the Unix time in ns at which the source was last seen to have the key
	user       atomic.Pointer[cachedUser]
	attachment atomic.Value // see Run.Attach
	shadow     atomic.Pointer[CachedShadow]
}

type cachedUser struct {
	usermap.User
	query       usermap.Query // a different query may find another user
	from, until time.Time
}

// sessionUser is the cached user of a session. The sessions of one user share it.
type sessionUser struct {
	usermap.User
	rules *Rules // other rules may find another user
}

// userSize is the memory of a cached user in bytes. TestCacheCountsTheMemoryOfItsTokens measures it.
const userSize = 250

// verifiedTokens is the cache. It is nil if tokens are not cached.
type verifiedTokens struct {
	*tokencache.Cache[cachedToken]
	users        *tokencache.Cache[sessionUser] // nil if userAge is 0
	age, userAge time.Duration
}

func newVerifiedTokens(c Cache) *verifiedTokens {
	if c.Disabled {
		return nil
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultCacheAge
	}
	limits := tokencache.Policy{Entries: c.Entries, Bytes: c.Bytes}
	v := &verifiedTokens{Cache: tokencache.New[cachedToken](limits), age: c.MaxAge, userAge: c.UserMaxAge}
	if c.UserMaxAge > 0 {
		v.users = tokencache.New[sessionUser](limits)
	}
	return v
}

// keyStillHeld reports whether the source still has the key that verified the token. It reads the source once per recheckKey,
// which also lets the source refresh its keys in the background.
func (c *cachedToken) keyStillHeld(now time.Time) bool {
	last := c.keyHeld.Load()
	if age := now.UnixNano() - last; age >= 0 && age < int64(recheckKey) {
		return true
	}
	used := c.verifiedBy[0]
	keys, _ := c.rules.keySet().Held(keyset.QueryOf(c.token.JWT, c.tenant))
	for _, k := range keys {
		if jose.SameKey(k.Public, used.Public) && k.Issuer == used.Issuer {
			c.keyHeld.CompareAndSwap(last, now.UnixNano())
			return true
		}
	}
	return false
}

// CachedShadow is a verdict of a shadow in the cache of verified tokens.
type CachedShadow struct {
	Value       any
	engine      *Engine
	from, until time.Time
}
