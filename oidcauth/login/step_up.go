package login

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// RequireAuthentication returns a middleware for use behind [RelyingParty.Require]: the user must have authenticated as
// [oidcauth.Identity.RequireAuthentication] requires. A browser with a session is sent to the provider, which authenticates the same user
// again (acr_values, max_age). The session then goes on with a new ID. If the provider does not comply, the login is refused, and the
// former session stays. Every other request is refused with 401 and the challenge of RFC 9470 section 3.
func (rp *RelyingParty) RequireAuthentication(maxAge time.Duration, acr ...string) func(http.Handler) http.Handler {
	acr = slices.Clone(acr)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, _ := oidcauth.FromContext(r.Context())
			err := id.RequireAuthentication(maxAge, acr...)
			h, _ := r.Context().Value(holderKey{}).(*holder)
			switch {
			case err == nil:
				next.ServeHTTP(w, r)
			case h == nil:
				rp.inUse().Refuse(w, r, err)
			default:
				rp.refuseRequirement(w, r, err)
			}
		})
	}
}

// refuseRequirement answers the refusal of a request with a session by a requirement of the Authenticator or of the application. A browser
// whose user must authenticate again is sent to the provider.
func (rp *RelyingParty) refuseRequirement(w http.ResponseWriter, r *http.Request, err error) {
	h, _ := r.Context().Value(holderKey{}).(*holder)
	if maxAge, acr, required := rp.verify.RequiredAuthentication(err); required && h != nil && isNavigation(r) {
		rp.stepUp(w, r, h, err, start{acr: acr, maxAge: maxAge})
		return
	}
	rp.refuseAgain(w, r, err)
}

// refuseAgain is show for a request whose refusals come here.
func (rp *RelyingParty) refuseAgain(w http.ResponseWriter, r *http.Request, err error) {
	r = r.WithContext(signin.WithAnswer(r.Context(), nil)) // show and Config.Refuse may call Authenticator.Refuse
	rp.show(w, r, err, rp.pathOf(r))
}

// stepUp begins a login that continues the session, or refuses with err if such a login has just ended.
func (rp *RelyingParty) stepUp(w http.ResponseWriter, r *http.Request, h *holder, err error, s start) {
	h.mu.Lock()
	rec, key := h.session.record, h.session.key
	h.mu.Unlock()
	s.returnTo, s.session, s.stepUp = rp.pathOf(r), key, true
	if rp.sessions.InCookie {
		s.former = userOf(rec.Evidence)
	}
	if rec.StepUp == s.requirement() && rp.now().Sub(time.Unix(rec.Began, 0)) < recentLife {
		rp.refuseAgain(w, r, err)
		return
	}
	var known bool
	if s.provider, known = rp.ofSession(&rec); !known {
		rp.demand(w, r, &endedError{why: reason.SessionUnknown})
		return
	}
	rp.start(w, r, s)
}

// userOf returns the part of the evidence that names the user. It is short enough for the cookie of an attempt: the browser does not send
// the session with a form of the provider.
func userOf(e signin.Evidence) *signin.Evidence {
	var names struct {
		Issuer  string `json:"iss"`
		Subject string `json:"sub"`
		Tenant  string `json:"tid,omitempty"`
	}
	_ = json.Unmarshal(e.Token, &names) // without names, the step-up is refused
	text, _ := json.Marshal(names)      // its types always have a JSON form
	return &signin.Evidence{Provider: e.Provider, Issuer: e.Issuer, ClientID: e.ClientID, Subject: e.Subject, Since: e.Since, Token: text}
}

// former returns the evidence of the session that a step-up continues, or nil if it has ended.
func (rp *RelyingParty) former(ctx context.Context, a attempt) (*signin.Evidence, error) {
	switch {
	case !a.StepUp || a.Former != nil:
		return a.Former, nil
	case rp.store == nil:
		return &signin.Evidence{}, nil // of a former configuration: no user fits
	}
	s, err := rp.load(ctx, a.Session)
	if s == nil || err != nil {
		return nil, err
	}
	return &s.record.Evidence, nil
}

// requirement returns the requirement of a step-up as text.
func (s start) requirement() string {
	return strconv.FormatInt(int64(s.maxAge/time.Second), 10) + " " + strings.Join(s.acr, " ")
}
