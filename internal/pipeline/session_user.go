package pipeline

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/knownbearer/knownbearer/internal/tokencache"
	"github.com/knownbearer/knownbearer/usermap"
)

// sessionUsers returns the cache of the users of sessions, or nil if each request looks up its user.
func (e *Engine) sessionUsers() *tokencache.Cache[sessionUser] {
	if e.tokens == nil {
		return nil
	}
	return e.tokens.users
}

// userOfSession returns the cached user. A login and a refresh always look up the user.
func (t *Run) userOfSession(q usermap.Query) (usermap.User, bool) {
	users := t.Engine.sessionUsers()
	if users == nil || t.Form != Resumed || t.login.AccessToken != "" {
		return usermap.User{}, false
	}
	u, ok := users.Get(userKey(q), t.Now)
	if !ok || u.rules != t.Rules {
		return usermap.User{}, false
	}
	return u.User, true
}

func (t *Run) storeSessionUser(q usermap.Query) {
	if users := t.Engine.sessionUsers(); users != nil {
		e := &tokencache.Entry[sessionUser]{Value: sessionUser{t.User, t.Rules}}
		// A clock that is set back must not prolong UserMaxAge.
		users.Put(userKey(q), e, userSize, t.Now.Add(-recheckKey), t.Now.Add(t.Engine.tokens.userAge))
	}
}

// userKey returns the hash of a query. Each text is preceded by its length, so two queries never hash the same bytes.
func userKey(q usermap.Query) tokencache.Key {
	text := make([]byte, 0, 512)
	for _, part := range [...]string{q.Issuer, q.Tenant, q.Subject, q.Claim, q.Value} {
		text = append(binary.AppendUvarint(text, uint64(len(part))), part...)
	}
	return sha256.Sum256(text)
}
