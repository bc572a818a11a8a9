package login

import (
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
	switch known := errors.As(err, &e); {
	case known && rp.refusal != nil:
		rp.refusal(w, r, e)
	case wantsJSON(r):
		rp.inUse().Refuse(w, r, err)
		setHeader(w.Header())
	default:
		answer := rp.inUse().RefuseToken(context.WithoutCancel(r.Context()), oidcauth.Presented{Method: r.Method, Route: r.Pattern}, err)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		if again == "" {
			again = rp.home
		}
		writePage(w, answer.Status, page{Title: title(answer.Status), Text: sentence(err, answer.Status), ID: answer.DecisionID, Links: []link{{"Try again", rp.loginURL(again, "")}}})
	}
}
