package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/usermap"
)

// findCached returns the entry of a token, or nil if there is no entry that may be used now.
func (e *Engine) findCached(k tokencache.Key, now time.Time) *cachedToken {
	c, ok := e.tokens.Get(k, now)
	if !ok {
		return nil
	}
	if !e.stillChooses(c) || !c.keyStillHeld(now) {
		e.tokens.Drop(k)
		return nil
	}
	return c
}

// stillChooses reports whether this Engine judges the token by the rules that verified it. An Engine that shares the cache may have
// other rules for the issuer, or none.
func (e *Engine) stillChooses(c *cachedToken) bool {
	if c.generation.Load() == e.generation {
		return true
	}
	rules, tenant, fault := e.issuers.find(c.token.Claims, Signed)
	if fault != nil || rules != c.rules || tenant != c.tenant {
		return false
	}
	c.generation.Store(e.generation)
	return true
}

// store puts a verified JWT into the cache.
func (t *Run) store() {
	t.Token.JWT.Forget()
	e := &tokencache.Entry[cachedToken]{Value: cachedToken{
		token: t.Token, rules: t.Rules, tenant: t.Tenant, verifiedBy: [1]certsource.Key{t.Key()}, expiry: t.Expiry,
		scopes: tokenclaims.Scopes(t.Token.Claims), roles: t.Rules.Roles.Of(claimset.FromObject(t.Token.Claims)), established: t.Established,
	}}
	cached := &e.Value
	cached.generation.Store(t.Engine.generation)
	cached.keyHeld.Store(t.Now.UnixNano())
	until := t.Expiry.Add(t.Rules.Leeway)
	if end := t.Now.Add(t.Engine.tokens.age); end.Before(until) {
		until = end
	}
	// A clock that is set back must not prolong MaxAge. A request that waited for this verification may have read the clock a
	// little earlier.
	from := t.Now.Add(-recheckKey)
	if nbf, _, _ := tokenclaims.Time(t.Token.Claims, "nbf"); nbf.Add(-t.Rules.Leeway).After(from) {
		from = nbf.Add(-t.Rules.Leeway)
	}
	t.Engine.tokens.Put(t.hashes.Token, e, t.entrySize(cached.roles), from, until)
	t.cached = cached
}

// These constants are the memory of an entry in bytes, without the text and the index of the claims.
// TestCacheCountsTheMemoryOfItsTokens measures them.
const (
	entrySize    = 468
	identitySize = 320 // an Identity that is shared by all requests
	decisionSize = 380 // a cached decision without the names of the token's claims
	nameSize     = 16  // the name of a claim in a decision
	roleSize     = 16  // a role without its text, because the token or the configuration contains the text
)

func (t *Run) entrySize(roles []string) int {
	size := entrySize + t.Token.Claims.Memory() + t.Token.JWT.Header.Raw.Memory() + roleSize*cap(roles)
	switch {
	case t.Rules.Users == nil && t.Engine.AttachDecisions:
		size += identitySize + decisionSize + nameSize*min(t.Token.Claims.Len(), record.MaxList)
	case t.Rules.Users == nil:
		size += identitySize
	case t.Engine.tokens.userAge > 0:
		size += userSize
	}
	return size
}

// fromCache fills in the results of the steps that do not run for each request.
func (t *Run) fromCache() {
	c := t.cached
	t.Token, t.Rules, t.Tenant, t.Expiry, t.Established = c.token, c.rules, c.tenant, c.expiry, c.established
	t.Keys = Keys{Tried: c.verifiedBy[:], verifier: c.verifiedBy[:]}
	t.FromCache = true
}

func (t *Run) userFromCache(q usermap.Query) (usermap.User, bool) {
	if t.login != nil {
		return t.userOfSession(q)
	}
	if t.cached == nil {
		return usermap.User{}, false
	}
	u := t.cached.user.Load()
	if u == nil || u.query != q || t.Now.Before(u.from) || !t.Now.Before(u.until) {
		return usermap.User{}, false
	}
	return u.User, true
}

func (t *Run) storeUser(q usermap.Query) {
	if t.login != nil {
		t.storeSessionUser(q)
	}
	if t.cached != nil && t.Engine.tokens.userAge > 0 {
		// A clock that is set back must not prolong UserMaxAge.
		t.cached.user.Store(&cachedUser{t.User, q, t.Now.Add(-recheckKey), t.Now.Add(t.Engine.tokens.userAge)})
	}
}

// Attachment returns the value that Attach stored for this token, or nil. Call it after all steps have passed.
func (t *Run) Attachment() any {
	if t.cached == nil {
		return nil
	}
	return t.cached.attachment.Load()
}

// Attach stores v in the token's entry of the cache, if the verdict depends only on the token's own text, and not on a proof of
// possession. The values of all calls must have the same type.
func (t *Run) Attach(v any) {
	if t.cached != nil && !t.needsPossession() && t.Rules.Users == nil && !t.provider.askedUserInfo {
		t.cached.attachment.Store(v)
	}
}
