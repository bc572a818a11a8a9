package login

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// redirect sends the browser to a URL or a local path with a GET.
func redirect(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// refuse makes, reports and answers a refusal. again is the path to which another login would lead. If the client has cancelled the
// request, a call that ended with it is not reported: the operator would look for an outage that did not happen.
func (rp *RelyingParty) refuse(w http.ResponseWriter, r *http.Request, f signin.Refusal, again string) {
	isOutage := f.Reason == reason.ProviderUnavailable || f.Reason == reason.SessionStoreUnavailable
	if isOutage && isCancelled(r) {
		setHeader(w.Header())
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	rp.show(w, r, rp.verify.Refuse(r.Context(), r, f), again)
}

// isCancelled reports whether the client has closed the connection or reset the stream of the request.
func isCancelled(r *http.Request) bool { return errors.Is(r.Context().Err(), context.Canceled) }

// show answers a refusal.
func (rp *RelyingParty) show(w http.ResponseWriter, r *http.Request, err error, again string) {
	setHeader(w.Header())
	var e *oidcauth.Error
	known := errors.As(err, &e)
	if known && rp.refusal != nil {
		rp.refusal(w, r, e)
		return
	}
	text := sentence(err, cmp.Or(statusOf(err), http.StatusInternalServerError))
	ctx := signin.WithSession(r.Context(), signin.Session{Text: text, Alone: isOwnPage(r)})
	if wantsJSON(r) {
		rp.inUse().Refuse(w, r.WithContext(ctx), err)
		setHeader(w.Header())
		return
	}
	answer := rp.inUse().RefuseToken(context.WithoutCancel(ctx), oidcauth.Presented{Method: r.Method, Route: r.Pattern}, err)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	p := page{Title: title(answer.Status), Text: text, ID: answer.DecisionID}
	rp.offer(&p, r, e, again)
	writePage(w, answer.Status, p)
}

// offer adds what the visitor can do after a refusal. A login of the same account ends in the same refusal if the account lacks a right.
func (rp *RelyingParty) offer(p *page, r *http.Request, e *oidcauth.Error, again string) {
	hasSession := len(values(r, rp.cookies.session())) > 0
	home := []link{{"Start page", rp.home}}
	switch {
	case e != nil && e.Reason == reason.CrossOriginRequest:
		p.Links = home
	case e != nil && (e.Reason == reason.LoginChanged && isOwnPage(r) || e.Status() == http.StatusForbidden && hasSession):
		if again != rp.home {
			p.Links = home
		}
		rp.addLogout(p, r)
	default:
		p.Links = []link{{"Try again", rp.loginURL(cmp.Or(again, rp.home), "")}}
	}
}

type ownPageKey struct{}

// ownPage marks the request of a page of the login, which accepts no token.
func ownPage(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), ownPageKey{}, true))
}

func isOwnPage(r *http.Request) bool { return r.Context().Value(ownPageKey{}) != nil }
