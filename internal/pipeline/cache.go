package pipeline

import (
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/usermap"
)

// Cache bounds what is kept of verified tokens. A zero field means its default.
type Cache struct {
	Disabled   bool          // verify every token anew
	Entries    int           // 10,000
	Bytes      int           // 64 MiB
	MaxAge     time.Duration // 5 min
	UserMaxAge time.Duration // 0: a user is looked up for each request
}

const (
	defaultCacheAge = 5 * time.Minute
	MaxCacheAge     = time.Hour
	recheckKey      = time.Second
)

// cachedToken is what is kept of a token. It is not changed, but for what is atomic.
type cachedToken struct {
	token       *jose.Token // without what was signed: no token stays in memory
	issuer      *Rules
	tenant      string
	used        [1]certsource.Key // that verified
	expiry      time.Time
	scopes      []string
	established Facts

	keyHeld atomic.Int64 // Unix time in ns at which the key was last seen to be held
	user    atomic.Pointer[cachedUser]
	settled atomic.Value // nil while something decides about it that is not in the token
}

type cachedUser struct {
	usermap.User
	by          usermap.Query // a value that has changed since finds another user, or none
	from, until time.Time
}

type verifiedTokens struct {
	*tokencache.Cache[cachedToken]
	age, userAge time.Duration
}

func newVerifiedTokens(c Cache) *verifiedTokens {
	if c.Disabled {
		return nil
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultCacheAge
	}
	return &verifiedTokens{tokencache.New[cachedToken](tokencache.Policy{Entries: c.Entries, Bytes: c.Bytes}), c.MaxAge, c.UserMaxAge}
}

func (t *Run) store() {
	t.Token.Forget()
	e := &tokencache.Entry[cachedToken]{Value: cachedToken{
		token: t.Token, issuer: t.Rules, tenant: t.Tenant, used: [1]certsource.Key{t.Key()}, expiry: t.Expiry,
		scopes: scopesOf(t.Token.Claims), established: t.Established,
	}}
	m := &e.Value
	m.keyHeld.Store(t.Now.UnixNano())
	until := t.Expiry.Add(t.Rules.Leeway)
	if end := t.Now.Add(t.Engine.tokens.age); end.Before(until) {
		until = end
	}
	// A clock that was set back must not lengthen MaxAge. Who waited for this verification may have looked at it earlier.
	from := t.Now.Add(-recheckKey)
	if nbf, _, _ := t.timeClaim("nbf"); nbf.Add(-t.Rules.Leeway).After(from) {
		from = nbf.Add(-t.Rules.Leeway)
	}
	t.Engine.tokens.Put(t.hashes.Token, e, t.sizeOf(m), from, until)
	t.cached = m
}

// What is kept of a token beside its text and the index of it, in bytes, as TestCacheCountsWhatItsTokensTake measures it.
const (
	memorySize   = 440
	identitySize = 320 // where one Identity serves all requests
	userSize     = 250 // where the user is believed for a while
	decisionSize = 380 // where it is kept, beside the names of the token's claims
	nameSize     = 16
)

func (t *Run) sizeOf(m *cachedToken) int {
	size := memorySize + m.token.Claims.Memory() + m.token.Header.Raw.Memory()
	switch {
	case t.Engine.Users == nil && t.Engine.Tells:
		size += identitySize + decisionSize + nameSize*min(t.Token.Claims.Len(), record.MaxList)
	case t.Engine.Users == nil:
		size += identitySize
	case t.Engine.tokens.userAge > 0:
		size += userSize
	}
	return size
}

func (t *Run) fromCache() {
	m := t.cached
	t.Token, t.Rules, t.Tenant, t.Keys, t.used, t.Expiry, t.Established = m.token, m.issuer, m.tenant, m.used[:], m.used[:], m.expiry, m.established
}

// find returns what is kept of a token and may be used now; nil: nothing.
func (v *verifiedTokens) find(k tokencache.Key, now time.Time) *cachedToken {
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
func (m *cachedToken) stillHeld(now time.Time) bool {
	last := m.keyHeld.Load()
	if age := now.UnixNano() - last; age >= 0 && age < int64(recheckKey) {
		return true
	}
	q, used := queryOf(m.token, m.tenant), m.used[0]
	keys, _ := m.issuer.Keys.Keys(q)
	for _, k := range m.issuer.fitting(keys, q) {
		if jose.SameKey(k.Public, used.Public) && k.Issuer == used.Issuer {
			m.keyHeld.CompareAndSwap(last, now.UnixNano())
			return true
		}
	}
	return false
}

func (t *Run) userFromCache(by usermap.Query) (usermap.User, bool) {
	if t.cached == nil {
		return usermap.User{}, false
	}
	u := t.cached.user.Load()
	if u == nil || u.by != by || t.Now.Before(u.from) || !t.Now.Before(u.until) {
		return usermap.User{}, false
	}
	return u.User, true
}

func (t *Run) storeUser(by usermap.Query) {
	if t.cached != nil && t.Engine.tokens.userAge > 0 {
		// As with the token itself, a clock that was set back must not lengthen it.
		t.cached.user.Store(&cachedUser{t.User, by, t.Now.Add(-recheckKey), t.Now.Add(t.Engine.tokens.userAge)})
	}
}

// Stats are the counters of what is kept.
type Stats struct {
	Tokens                  tokencache.Stats
	UserInfo, Introspection answers.Stats
}

// Stats returns the counters, of all issuers together.
func (a *Engine) Stats() Stats {
	var out Stats
	if a.tokens != nil {
		out.Tokens = a.tokens.Cache.Stats()
	}
	for _, iss := range a.Issuers {
		add(&out.UserInfo, iss.userInfo.Stats())
		add(&out.Introspection, iss.introspection.Stats())
	}
	return out
}

func add(sum *answers.Stats, s answers.Stats) {
	sum.Hits += s.Hits
	sum.Calls += s.Calls
	sum.Entries += s.Entries
	sum.Refusals += s.Refusals
	sum.Bytes += s.Bytes
}
