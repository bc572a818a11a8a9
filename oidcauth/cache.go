package oidcauth

import (
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/usermap"
)

// Cache bounds what is kept of verified JWTs, so that a token seen again is not verified again. Its zero value means the
// defaults. What is kept is keyed by a hash: no token stays in memory.
//
// An entry ends with the token, with MaxAge, and within a second of the moment at which the key that verified it is no
// longer held. Its time is compared at each request, and the deny list is asked; the user is looked up, and claims that
// UserInfo has to be asked for are resolved and checked, at each request too. Tokens that are refused are never kept.
// Opaque tokens have Issuer.IntrospectionAge instead.
type Cache struct {
	Disabled   bool          // verify every token anew
	Entries    int           // 0: 10,000
	Bytes      int           // 0: 64 MiB
	MaxAge     time.Duration // 0: 5 min; at most 1 h
	UserMaxAge time.Duration // how long a token's user is believed to be found and enabled; 0: looked up at each request; at most 1 h
}

const (
	defaultCacheAge = 5 * time.Minute
	maxCacheAge     = time.Hour
	recheckKey      = time.Second
)

// memory is what is kept of a token. It is not changed, but for what is atomic.
type memory struct {
	token  *jose.Token // without what was signed: no token stays in memory
	issuer *issuer
	tenant string
	used   [1]certsource.Key // that verified
	expiry time.Time
	scopes []string
	known  facts

	keyHeld atomic.Int64 // Unix time in ns at which the key was last seen to be held
	user    atomic.Pointer[rememberedUser]
	settled atomic.Pointer[Identity] // nil while something decides about it that is not in the token
}

type rememberedUser struct {
	usermap.User
	by          usermap.Query // a value that has changed since finds another user, or none
	from, until time.Time
}

type verifiedTokens struct {
	*tokencache.Cache[memory]
	age, userAge time.Duration
}

func newVerifiedTokens(c Cache) *verifiedTokens {
	if c.Disabled {
		return nil
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultCacheAge
	}
	return &verifiedTokens{tokencache.New[memory](tokencache.Policy{Entries: c.Entries, Bytes: c.Bytes}), c.MaxAge, c.UserMaxAge}
}

func (t *attempt) remember() {
	t.token.Forget()
	m := &memory{
		token: t.token, issuer: t.issuer, tenant: t.tenant, used: [1]certsource.Key{t.key()}, expiry: t.expiry,
		scopes: scopesOf(t.token.Claims), known: t.known,
	}
	m.keyHeld.Store(t.now.UnixNano())
	until := t.expiry.Add(t.issuer.leeway)
	if end := t.now.Add(t.auth.tokens.age); end.Before(until) {
		until = end
	}
	// A clock that was set back must not lengthen MaxAge. Who waited for this verification may have looked at it earlier.
	from := t.now.Add(-recheckKey)
	if nbf, _, _ := t.date("nbf"); nbf.Add(-t.issuer.leeway).After(from) {
		from = nbf.Add(-t.issuer.leeway)
	}
	t.auth.tokens.Put(t.hashes.Token, m, t.sizeOf(m), from, until)
	t.memory = m
}

// What is kept of a token beside its text and the index of it, in bytes, as TestCacheCountsWhatItsTokensTake measures it.
const (
	memorySize   = 440
	identitySize = 320 // where one Identity serves all requests
	userSize     = 250 // where the user is believed for a while
)

func (t *attempt) sizeOf(m *memory) int {
	size := memorySize + m.token.Claims.Memory() + m.token.Header.Raw.Memory()
	switch {
	case t.auth.config.Users == nil:
		size += identitySize
	case t.auth.tokens.userAge > 0:
		size += userSize
	}
	return size
}

func (t *attempt) recall() {
	m := t.memory
	t.token, t.issuer, t.tenant, t.keys, t.used, t.expiry, t.known = m.token, m.issuer, m.tenant, m.used[:], m.used[:], m.expiry, m.known
}

// recall returns what is kept of a token and may be used now; nil: nothing.
func (v *verifiedTokens) recall(k tokencache.Key, now time.Time) *memory {
	m, ok := v.Get(k, now)
	if !ok {
		return nil
	}
	if !m.stillHeld(now) {
		v.Drop(k)
		return nil
	}
	return m
}

// stillHeld asks the source from time to time whether it holds the key still; asking also lets it refresh itself.
func (m *memory) stillHeld(now time.Time) bool {
	last := m.keyHeld.Load()
	if age := now.UnixNano() - last; age >= 0 && age < int64(recheckKey) {
		return true
	}
	q, used := queryOf(m.token, m.tenant), m.used[0]
	keys, _ := m.issuer.keys.Keys(q)
	for _, k := range m.issuer.fitting(keys, q) {
		if jose.SameKey(k.Public, used.Public) && k.Issuer == used.Issuer {
			m.keyHeld.CompareAndSwap(last, now.UnixNano())
			return true
		}
	}
	return false
}

func (t *attempt) recallUser(by usermap.Query) (usermap.User, bool) {
	if t.memory == nil {
		return usermap.User{}, false
	}
	u := t.memory.user.Load()
	if u == nil || u.by != by || t.now.Before(u.from) || !t.now.Before(u.until) {
		return usermap.User{}, false
	}
	return u.User, true
}

func (t *attempt) rememberUser(by usermap.Query) {
	if t.memory != nil && t.auth.tokens.userAge > 0 {
		// As with the token itself, a clock that was set back must not lengthen it.
		t.memory.user.Store(&rememberedUser{t.user, by, t.now.Add(-recheckKey), t.now.Add(t.auth.tokens.userAge)})
	}
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
	var out Stats
	if a.tokens != nil {
		s := a.tokens.Cache.Stats()
		out.Tokens = CacheStats{s.Hits, s.Misses, s.Entries, s.Bytes}
	}
	for _, iss := range a.issuers {
		out.UserInfo.add(iss.userInfo.Stats())
		out.Introspection.add(iss.introspection.Stats())
	}
	return out
}

func (c *CacheStats) add(s answers.Stats) {
	c.Hits += s.Hits
	c.Misses += s.Calls
	c.Entries += s.Entries + s.Refusals
	c.Bytes += s.Bytes
}
