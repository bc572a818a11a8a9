package login

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	purposeLogout = "logout"
	// maxLogoutURL is the length of the longest URL of a logout. Servers often refuse longer ones, so the ID token is then left out.
	maxLogoutURL = 7 << 10
)

// Logout ends the session of the request, which must be a POST from this origin: first here, and then at the provider, as [Config.Logout]
// says. It redirects the browser to the provider. A script that sends Accept: application/json gets the URL in the member location instead. A GET ends nothing: it shows a
// button. If the store gives no usable answer, the session goes on, and the answer is 503.
//
// The refresh token of the session is revoked at the provider (RFC 7009), unless [Logout].LocalOnly is set or the provider has no
// revocation endpoint. The browser does not wait for it. A failure is reported to provider.Config.OnEvent only.
func (rp *RelyingParty) Logout(w http.ResponseWriter, r *http.Request) {
	r = ownPage(r)
	setHeader(w.Header())
	switch r.Method {
	case http.MethodPost:
	case http.MethodGet, http.MethodHead:
		rp.askLogout(w, r)
		return
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "Method not allowed.", http.StatusMethodNotAllowed)
		return
	}
	if err := rp.checkOrigin(r); err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.CrossOriginRequest, Err: err}, "")
		return
	}
	s, err := rp.current(r)
	if err == nil && s != nil {
		err = rp.delete(r.Context(), s)
	}
	if err != nil {
		rp.refuse(w, r, storeRefusal(Provider{}, err), "")
		return
	}
	rp.forget(w, r)
	to := rp.afterLogout()
	if s != nil {
		rp.verify.SignedOut(r.Context(), signin.SignOut{Evidence: s.record.Evidence, Request: r})
		rp.revoke(r.Context(), s)
		to = rp.endAtProvider(w, r, s)
	}
	if accepts(r, "application/json") && !accepts(r, "text/html") {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"location": to}) // an error means that the client has closed the connection
		return
	}
	redirect(w, to)
}

// forget removes all cookies of the login.
func (rp *RelyingParty) forget(w http.ResponseWriter, r *http.Request) {
	rp.cookies.remove(w, rp.cookies.session())
	rp.cookies.remove(w, rp.cookies.recent())
	for _, c := range rp.cookies.attempts(r) {
		rp.cookies.remove(w, c.Name)
	}
}

// afterLogout returns the path of the last page of a logout.
func (rp *RelyingParty) afterLogout() string {
	if rp.logout.ReturnTo != "" {
		return rp.logout.ReturnTo
	}
	return rp.public.EscapedPath() + rp.path + pageLoggedOut
}

// logoutOf returns what follows a logout of a user of the provider.
func (rp *RelyingParty) logoutOf(p Provider) Logout {
	if p.Logout != nil {
		return *p.Logout
	}
	return rp.logout
}

// endAtProvider returns the URL at which the provider ends its session, or the last page of the logout if it has none.
func (rp *RelyingParty) endAtProvider(w http.ResponseWriter, r *http.Request, s *session) string {
	p, known := rp.ofSession(&s.record)
	configured := rp.logoutOf(p)
	if configured.LocalOnly || !known {
		return rp.afterLogout()
	}
	l := provider.Logout{NoRedirect: configured.NoRedirect, RedirectURI: configured.RedirectURI}
	if s.record.Tokens != nil {
		l.IDTokenHint = s.record.Tokens.ID
	}
	own := !l.NoRedirect && l.RedirectURI == ""
	if own {
		l.RedirectURI, l.State = rp.url(pageLoggedOut), randomText()
	}
	to, err := p.Client.EndSessionURL(r.Context(), l)
	if err == nil && len(to) > maxLogoutURL || errors.Is(err, provider.ErrHint) {
		l.IDTokenHint = ""
		to, err = p.Client.EndSessionURL(r.Context(), l)
	}
	if err != nil {
		if !errors.Is(err, provider.ErrNoEndpoint) && !isCancelled(r) {
			_ = rp.verify.Refuse(r.Context(), r, rp.providerRefusal(p, err)) // the operator learns that the session at the provider goes on
		}
		return rp.afterLogout()
	}
	if own {
		name := rp.cookies.loggedOut()
		rp.cookies.set(w, name, rp.box.SealText(purposeLogout, name, []byte(l.State)), attemptLife, http.SameSiteLaxMode)
	}
	return to
}

// loggedOut ends a logout: the provider redirects the browser to it.
func (rp *RelyingParty) loggedOut(w http.ResponseWriter, r *http.Request) {
	r = ownPage(r)
	setHeader(w.Header())
	form, err := readForm(w, r)
	if err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.MalformedRequest, Err: err}, "")
		return
	}
	name, state := rp.cookies.loggedOut(), form.Get("state")
	expected := values(r, name)
	if len(expected) > 0 {
		rp.cookies.remove(w, name)
	}
	if state != "" || len(expected) > 0 {
		known := false
		for _, value := range expected {
			own, ok := rp.box.OpenText(purposeLogout, name, value)
			known = known || ok && subtle.ConstantTimeCompare(own, []byte(state)) == 1
		}
		if !known {
			rp.refuse(w, r, signin.Refusal{Reason: reason.StateMismatch, Detail: "the state is not that of a logout which began in this browser", Secrets: []string{state}}, "")
			return
		}
	}
	if rp.logout.ReturnTo != "" {
		redirect(w, rp.logout.ReturnTo)
		return
	}
	if s, err := rp.current(r); s != nil || err != nil { // another site can lead here, and the user would believe the page
		rp.askLogout(w, r)
		return
	}
	writePage(w, http.StatusOK, page{Title: "Signed out", Text: "You are signed out of this service.", Links: []link{{"Sign in again", rp.loginURL(rp.home, "")}}})
}

// askLogout asks whether the session shall end.
func (rp *RelyingParty) askLogout(w http.ResponseWriter, r *http.Request) {
	p := page{Title: "Sign out", Text: "Do you want to sign out of this service?"}
	rp.addLogout(&p, r)
	writePage(w, http.StatusOK, p)
}

// addLogout adds a button that ends the session.
func (rp *RelyingParty) addLogout(p *page, r *http.Request) {
	p.Action, p.Button = rp.public.EscapedPath()+rp.path+pageLogout, "Sign out"
	p.Targets = strings.Join(rp.logoutOrigins(r), " ")
}

// logoutOrigins returns the origins to which the form may be redirected. Browsers apply form-action to redirects too.
func (rp *RelyingParty) logoutOrigins(r *http.Request) []string {
	var out []string
	for _, p := range rp.providers {
		to, err := p.Client.EndSessionURL(r.Context(), provider.Logout{})
		if u, parseErr := url.Parse(to); err == nil && parseErr == nil && !strings.ContainsAny(u.Host, ";, ") {
			out = append(out, u.Scheme+"://"+u.Host)
		}
	}
	return out
}
