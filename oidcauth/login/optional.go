package login

import (
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Optional is [RelyingParty.Require] for a page that also serves anonymous visitors, such as a start page that shows who is signed in.
// Without a session, or if the session has ended, it calls next without an Identity. No visitor is redirected.
//
// Otherwise it refuses what Require refuses: a bad bearer token, a user who is disabled, a request of another origin with a session, and any
// request while the store or the deny list gives no usable answer.
func (rp *RelyingParty) Optional(next http.Handler) http.Handler {
	return rp.guarded(next, rp.admitAll)
}

// admitAll returns the request, with its identity if it has a session, or answers it.
func (rp *RelyingParty) admitAll(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	s, err := rp.current(r)
	if err != nil {
		rp.refuse(w, r, storeRefusal(Provider{}, err), rp.pathOf(r))
		return nil, false
	}
	w.Header().Set("Cache-Control", "private") // a shared cache would show this page to users who are signed in
	if s == nil {
		return r, true
	}
	if err := rp.checkOrigin(r); err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.CrossOriginRequest, Err: err}, "")
		return nil, false
	}
	id, s, err := rp.resume(r, s)
	var ended *endedError
	switch {
	case err == nil:
		return rp.admitted(w, r, id, s), true
	case errors.As(err, &ended):
		return r, true
	}
	rp.turnAway(w, r, s, err)
	return nil, false
}
