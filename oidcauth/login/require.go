package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Require returns a handler that calls next for a request with a session. The [oidcauth.Identity] of the user is in the context, as behind
// [oidcauth.Authenticator.Handler], and so are the requirements of the Authenticator, such as RequireRoles.
//
// A request with a bearer token, or with other credentials that the Authenticator reads, is judged by the Authenticator instead, so one
// route serves browsers and programs.
//
// Without a session, a request for a page that the browser opens is redirected to a login, which leads back to the page. If there are
// several providers, the visitor chooses one first. Every other request is refused with 401 and a decision id, because a script, a frame or
// a form cannot show a login.
//
// If next requires a stronger or a more recent authentication of the user, the browser is sent to the provider for a step-up; see
// [RelyingParty.RequireAuthentication]. A requirement of the Authenticator has the same effect, and so has one of the Identity whose error
// next gives to [oidcauth.Authenticator.Refuse]; both log a refusal first.
//
// A request without a token that could change something must come from this origin ([http.CrossOriginProtection]); otherwise the answer is
// 403. If the store or the deny list gives no usable answer, it is 503. Responses have Cache-Control: private, unless next sets another
// value.
func (rp *RelyingParty) Require(next http.Handler) http.Handler { return rp.guarded(next, rp.admit) }

// guarded returns a handler that calls next for a request that the Authenticator accepts or, without credentials, admit.
func (rp *RelyingParty) guarded(next http.Handler, admit func(http.ResponseWriter, *http.Request) (*http.Request, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := rp.inUse(); hasCredentials(a, r) {
			a.Handler(next).ServeHTTP(w, r)
			return
		}
		if r, ok := admit(w, r); ok {
			next.ServeHTTP(w, r)
		}
	})
}

// hasCredentials reports whether the request has something where the Authenticator reads a token.
func hasCredentials(a *oidcauth.Authenticator, r *http.Request) bool {
	_, err := a.BearerToken(r)
	return !errors.Is(err, reason.NoCredentials)
}

// admit returns the request with its identity, or answers it.
func (rp *RelyingParty) admit(w http.ResponseWriter, r *http.Request) (*http.Request, bool) {
	if err := rp.checkOrigin(r); err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.CrossOriginRequest, Err: err}, "")
		return nil, false
	}
	s, err := rp.current(r)
	if err != nil {
		rp.refuse(w, r, storeRefusal(Provider{}, err), rp.pathOf(r))
		return nil, false
	}
	if s == nil {
		rp.demand(w, r, nil)
		return nil, false
	}
	id, s, err := rp.resume(r, s)
	if err != nil {
		rp.turnAway(w, r, s, err)
		return nil, false
	}
	return rp.admitted(w, r, id, s), true
}

// admitted returns the request with the identity of its session.
func (rp *RelyingParty) admitted(w http.ResponseWriter, r *http.Request, id *oidcauth.Identity, s *session) *http.Request {
	w.Header().Set("Cache-Control", "private") // a shared cache would show the page of one user to another
	if rp.recentLogins(r) > 0 {
		rp.cookies.remove(w, rp.cookies.recent())
	}
	rp.prolong(r.Context(), w, s)
	ctx := signin.WithAnswer(oidcauth.NewContext(r.Context(), id), rp.refuseRequirement)
	return r.WithContext(context.WithValue(ctx, holderKey{}, &holder{rp: rp, request: r, session: s}))
}

// checkOrigin refuses a request of another origin that could change something. The handshake of a WebSocket is a GET, but opens a
// connection that can.
func (rp *RelyingParty) checkOrigin(r *http.Request) error {
	if r.Header.Get("Upgrade") != "" {
		own := *r
		own.Method = http.MethodPost
		r = &own
	}
	if err := rp.origins.Check(r); err != nil {
		return err
	}
	if rp.isFromHTTP(r) {
		return errHTTPOrigin
	}
	return nil
}

var errHTTPOrigin = errors.New("login: the request is from a page that was served by http")

// isFromHTTP reports whether a page that was served by http sent a request that could change something. CrossOriginProtection compares only
// the host if the browser sends no Sec-Fetch-Site.
func (rp *RelyingParty) isFromHTTP(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return rp.public.Scheme == "https" && r.Header.Get("Sec-Fetch-Site") == "" && strings.HasPrefix(r.Header.Get("Origin"), "http://")
}

// resume makes the identity of the session, and refreshes its tokens. It returns the session even with an error. A session that is not
// valid any more is not refreshed.
func (rp *RelyingParty) resume(r *http.Request, s *session) (*oidcauth.Identity, *session, error) {
	if rp.isDue(s.record.Tokens) {
		if err := rp.verify.StillValid(r.Context(), r, s.record.Evidence); err != nil {
			return nil, s, rp.endIfOver(r, s, err)
		}
		now, err := rp.fresh(r, s)
		if err != nil {
			return nil, s, err
		}
		s = now
	}
	id, err := rp.verify.Resume(r.Context(), r, s.record.Evidence)
	if err != nil {
		return nil, s, rp.endIfOver(r, s, err)
	}
	identity, _ := id.(*oidcauth.Identity)
	return identity, s, nil
}

// turnAway answers a request whose session is not resumed.
func (rp *RelyingParty) turnAway(w http.ResponseWriter, r *http.Request, s *session, err error) {
	var refused *oidcauth.Error
	var ended *endedError
	switch {
	case errors.As(err, &ended):
		rp.demand(w, r, ended)
	case !errors.As(err, &refused):
		rp.refuse(w, r, rp.failure(s, err), rp.pathOf(r))
	default:
		rp.show(w, r, refused, rp.pathOf(r))
	}
}

// failure says why the session could not be judged.
func (rp *RelyingParty) failure(s *session, err error) signin.Refusal {
	p, known := rp.ofSession(&s.record)
	var store *storeError
	if errors.As(err, &store) || !known {
		return storeRefusal(p, err)
	}
	f := rp.providerRefusal(p, err)
	f.Reason = reason.ProviderUnavailable
	return f
}

// demand answers a request without a session: with a login or, if it is no navigation, with a refusal. ended says why a session ended, or
// is nil.
func (rp *RelyingParty) demand(w http.ResponseWriter, r *http.Request, ended *endedError) {
	setHeader(w.Header())
	why, to := rp.absence(r), rp.pathOf(r)
	if ended != nil {
		why = ended.why
	}
	switch {
	case isNavigation(r) && rp.recentLogins(r) >= maxLogins:
		rp.cookies.remove(w, rp.cookies.recent())
		rp.refuse(w, r, signin.Refusal{Reason: why, Detail: "the browser was sent to the provider several times within a minute, and never returned with a session that could be used: its cookie was not sent, or the session ended at once"}, to)
	case isNavigation(r) && len(rp.providers) > 1:
		rp.choose(w, r, start{returnTo: to})
	case isNavigation(r):
		rp.start(w, r, start{provider: rp.providers[0], returnTo: to})
	case ended != nil && statusOf(ended.err) == http.StatusUnauthorized:
		rp.show(w, r, ended.err, rp.referrer(r))
	default:
		f := signin.Refusal{Reason: why}
		if ended != nil {
			f.Err = ended.cause
			addResponse(&f, ended.cause)
		}
		rp.refuse(w, r, f, rp.referrer(r))
	}
}

// referrer returns the path of the page that sent a form, so that a login leads back to it.
func (rp *RelyingParty) referrer(r *http.Request) string {
	if u, err := url.Parse(r.Referer()); err == nil && u.Scheme == rp.public.Scheme && u.Host == rp.public.Host {
		return rp.targetPath(r.Referer())
	}
	return rp.home
}
