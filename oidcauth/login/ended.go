package login

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// absence says why the request has no session. Only a cookie shows that its session has ended: a store has forgotten it by then.
func (rp *RelyingParty) absence(r *http.Request) reason.Reason {
	name := rp.cookies.session()
	all := values(r, name)
	if len(all) == 0 {
		return reason.NoCredentials
	}
	if rp.sessions.InCookie {
		var rec record
		text, ok := rp.box.OpenText(purposeSession, name, all[0])
		if ok && json.Unmarshal(text, &rec) == nil && rec.Version == recordVersion && !rp.now().Before(rp.end(&rec)) {
			return reason.SessionExpired
		}
	}
	return reason.SessionUnknown
}

// endIfOver ends the session if it is refused with 401, as after a back-channel logout, and returns an [*endedError]. The end of a stored
// session is reported by the one request that marks it first: a browser sends several at once.
func (rp *RelyingParty) endIfOver(r *http.Request, s *session, err error) error {
	var refused *oidcauth.Error
	if !errors.As(err, &refused) || refused.Status() != http.StatusUnauthorized {
		return err
	}
	ended := &endedError{why: refused.Reason, err: refused}
	if rp.sessions.InCookie {
		return ended
	}
	over := *s
	first, err := rp.swap(r.Context(), &over, record{Version: versionOver, Provider: s.record.Provider, Seen: s.record.Seen, Ends: s.record.Ends})
	if err == nil {
		err = rp.delete(r.Context(), s)
	}
	if err != nil {
		return err
	}
	if first {
		rp.verify.SignedOut(r.Context(), signin.SignOut{Evidence: s.record.Evidence, Reason: ended.why, Request: r})
	}
	return ended
}
