package login

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Callback ends a login: the provider redirects the browser to it. It exchanges the code, verifies the answer, begins a session and
// redirects to the return path. A login is accepted once, by the browser that began it, and from the provider with which it began.
//
// If this browser has no such login, because the callback is opened a second time, from a bookmark, or after the cookie was lost, Callback
// redirects a visitor with a session to the return path, or to [Config.Home] if the return path was lost. For any other visitor, it begins a
// new login, once. After that it explains the failure.
func (rp *RelyingParty) Callback(w http.ResponseWriter, r *http.Request) {
	r = ownPage(r)
	setHeader(w.Header())
	form, err := readForm(w, r)
	if err == nil && r.Method == http.MethodHead { // it would use the code
		err = errMethod
	}
	if err != nil {
		rp.refuse(w, r, signin.Refusal{Reason: reason.MalformedRequest, Err: err}, "")
		return
	}
	state := form.Get("state")
	a, ok := rp.find(r, state)
	p, known := rp.ofClient(a.Provider, a.Issuer, a.ClientID)
	switch {
	case !ok || !known:
		rp.gone(w, r, attempt{State: state, ReturnTo: rp.home}, reason.AttemptUnknown)
		return
	case rp.isOld(a):
		rp.cookies.remove(w, rp.cookies.attempt(state))
		rp.gone(w, r, a, reason.AttemptExpired)
		return
	}
	rp.cookies.remove(w, rp.cookies.attempt(state))
	if f := rp.responseFault(r.Context(), p, lastSegment(r), form); f != nil {
		rp.refuse(w, r, *f, a.ReturnTo)
		return
	}
	first, err := rp.use(r.Context(), a)
	switch {
	case err != nil:
		rp.refuse(w, r, storeRefusal(p, err), a.ReturnTo)
	case !first:
		rp.gone(w, r, a, reason.AttemptUsed)
	default:
		defer rp.callbacks.done(state)
		rp.finish(w, r, a, p, form.Get("code"))
	}
}

// responseFault returns the fault of an authorization response that belongs to an attempt with this provider. at is the last segment of its
// path.
func (rp *RelyingParty) responseFault(ctx context.Context, p Provider, at string, form url.Values) *signin.Refusal {
	f := signin.Refusal{Issuer: p.Client.Issuer(), ClientID: p.Client.ClientID(), Secrets: []string{form.Get("code"), form.Get("state")}}
	if at != p.callback() {
		f.Reason, f.Detail = reason.LoginIssuerMismatch, "the answer came to the redirect_uri of another provider than the one with which the login began (RFC 9700 section 4.4.2)"
		return &f
	}
	metadata, err := p.Client.Metadata(ctx)
	if err != nil {
		f = rp.providerRefusal(p, err)
		return &f
	}
	switch iss := form.Get("iss"); {
	case iss == "" && metadata.AuthorizationResponseIssParameterSupported:
		f.Reason, f.Detail, f.Expected = reason.LoginIssuerMismatch, "the answer has no iss, and the provider announces that its answers have one (RFC 9207 section 2.4)", f.Issuer
	case iss != "" && !issuerIs(p, iss):
		f.Reason, f.Detail = reason.LoginIssuerMismatch, "the answer is of another issuer than the one with which the login began (RFC 9207 section 2.4)"
		f.Actual, f.Expected = iss, f.Issuer
	case form.Get("error") != "":
		f = responseError(f, form)
	case form.Get("code") == "":
		f.Reason, f.Detail = reason.MalformedRequest, "the answer of the provider has neither a code nor an error"
	default:
		return nil
	}
	return &f
}

// responseError adds the error of an authorization response (RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6).
func responseError(f signin.Refusal, form url.Values) signin.Refusal {
	f.Error, f.Description = form.Get("error"), form.Get("error_description")
	switch f.Error {
	case "login_required", "interaction_required", "consent_required", "account_selection_required", "unmet_authentication_requirements":
		f.Reason = reason.InteractionRequired
	case "server_error", "temporarily_unavailable", "unauthorized_client", "invalid_client", "invalid_request", "invalid_scope", "unsupported_response_type":
		f.Reason = reason.ProviderUnavailable
	default:
		f.Reason = reason.AuthorizationRefused
	}
	f.Detail = "the provider answers with an error"
	return f
}

// finish exchanges the code and begins the session.
func (rp *RelyingParty) finish(w http.ResponseWriter, r *http.Request, a attempt, p Provider, code string) {
	ctx := r.Context()
	former, err := rp.former(ctx, a)
	if err != nil {
		rp.refuse(w, r, storeRefusal(p, err), a.ReturnTo)
		return
	}
	answer, err := p.Client.AuthorizationCode(ctx, code, provider.CodeRequest{
		TokenRequest: provider.TokenRequest{Resources: p.Resources}, CodeVerifier: a.Verifier, RedirectURI: rp.url(p.callback()),
	})
	if err != nil {
		f := rp.providerRefusal(p, err)
		f.Secrets = append(f.Secrets, code, a.State, a.Verifier)
		rp.refuse(w, r, f, a.ReturnTo)
		return
	}
	now := rp.now()
	granted := p.grant(answer)
	granted.Nonce, granted.ACR, granted.Former = a.Nonce, a.ACR, former
	granted.Request, granted.Ends = r, now.Add(rp.sessions.Absolute)
	granted.MaxAge = time.Duration(a.MaxAge) * time.Second
	_, evidence, err := rp.verify.SignIn(ctx, granted)
	if err != nil {
		rp.show(w, r, err, a.ReturnTo)
		return
	}
	rec := record{Version: recordVersion, Provider: p.Name, Evidence: evidence, Began: now.Unix(), Seen: now.Unix(), Ends: now.Add(rp.sessions.Absolute).Unix(), StepUp: a.Requirement}
	rec.Tokens = tokensOf(answer, now)
	if f := rp.create(ctx, w, r, rec, a.Session); f != nil {
		f.Issuer, f.ClientID = p.Client.Issuer(), p.Client.ClientID()
		rp.refuse(w, r, *f, a.ReturnTo)
		return
	}
	rp.countLogin(w, r)
	redirect(w, a.ReturnTo)
}

// gone answers a callback that ends no attempt of this browser. a is the attempt that was used before, or has only the state and the
// start page.
func (rp *RelyingParty) gone(w http.ResponseWriter, r *http.Request, a attempt, why reason.Reason) {
	s, err := rp.current(r)
	if err != nil {
		rp.refuse(w, r, storeRefusal(Provider{}, err), a.ReturnTo)
		return
	}
	if s != nil {
		if rp.verify.StillValid(r.Context(), r, s.record.Evidence) == nil {
			redirect(w, a.ReturnTo)
			return
		}
	}
	p, known := rp.ofClient(a.Provider, a.Issuer, a.ClientID)
	if !known && len(rp.providers) == 1 {
		p, known = rp.providers[0], true
	}
	if tries := triesOf(a.State); known && tries < maxTries && isPage(r) {
		rp.start(w, r, start{provider: p, returnTo: a.ReturnTo, tries: tries + 1})
		return
	}
	rp.refuse(w, r, signin.Refusal{Reason: why, Secrets: []string{a.State}}, a.ReturnTo)
}
