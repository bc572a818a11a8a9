package login

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// FrontChannelLogout ends the sessions of one session at the provider (OpenID Connect Front-Channel Logout 1.0). The provider shows it in
// a frame, with the parameters iss and sid, which are both required. The store finds the sessions by them, because browsers send no cookie
// to a frame of another site. A session in a cookie is ended only if the browser sends the cookie, so such a service should use the
// back channel.
func (rp *RelyingParty) FrontChannelLogout(w http.ResponseWriter, r *http.Request) {
	r = ownPage(r)
	setHeader(w.Header())
	form, err := readForm(w, r)
	issuer, sid := form.Get("iss"), form.Get("sid")
	p, known := rp.ofIssuer(issuer)
	if err != nil || sid == "" || !known || r.Method != http.MethodGet {
		f := signin.Refusal{Reason: reason.MalformedRequest, Detail: "a front-channel logout needs iss, which must be a configured issuer, and sid", Err: err}
		rp.refuse(w, r, f, "")
		return
	}
	if err := rp.endBySID(w, r, issuer, sid); err != nil {
		rp.refuse(w, r, storeRefusal(p, err), "")
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors "+originOf(issuer))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("Signed out.\n")) // an error means that the client has closed the connection
}

// endBySID ends the stored sessions of a sid, and that of the request.
func (rp *RelyingParty) endBySID(w http.ResponseWriter, r *http.Request, issuer, sid string) error {
	own, err := rp.current(r)
	if err != nil {
		return err
	}
	ended := []*session{own}
	if rp.store != nil {
		stored, err := rp.ofSID(r.Context(), issuer, sid)
		if err != nil {
			return err
		}
		ended = append(ended, stored...)
	}
	for i, s := range ended {
		if s == nil || s.record.Evidence.Issuer != issuer || s.record.Evidence.SessionID != sid || i > 0 && own != nil && own.key == s.key {
			continue
		}
		if err := rp.delete(r.Context(), s); err != nil {
			return err
		}
		if s == own {
			rp.cookies.remove(w, rp.cookies.session())
		}
		rp.verify.SignedOut(r.Context(), signin.SignOut{Evidence: s.record.Evidence, Request: r})
	}
	return nil
}

// originOf returns the origin of an issuer, for a Content-Security-Policy.
func originOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || strings.ContainsAny(u.Host, ";, '") {
		return "'none'"
	}
	return u.Scheme + "://" + u.Host
}
