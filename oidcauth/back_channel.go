package oidcauth

import (
	"encoding/json"
	"mime"
	"net/http"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
)

const maxLogoutBody = jose.DefaultMaxBytes + 1<<10

// BackChannelLogout returns the endpoint to which a provider posts logout tokens (OpenID Connect Back-Channel Logout 1.0
// section 2.5). A logout token must be issued by a configured issuer for one of [Issuer.LogoutAudience]. It is accepted once.
// Other requests are answered with 400. If keys or the deny list are unavailable, the answer is 503, and the provider may try
// again.
//
// A logout ends these access tokens from the next request on:
//   - If the logout token has a sid, it ends the tokens of this session. If it has a sub too, it also ends the tokens of the
//     user that have no sid and were issued before the logout.
//   - If the logout token has a sub only, it ends all tokens of the user that were issued before the logout.
//
// An access token that has neither sid nor sub is never ended. [Revocation.DenyList] stores a logout for [Revocation.MaxTokenLife].
//
// The sid and iat of an opaque token come from the answer of introspection or UserInfo. If the token is an introspected JWT,
// and the answer omits them, they come from the JWT. If they are unknown, the provider is asked again. The token is accepted if
// the provider still calls it active, as it does for the token of a later login. UserInfo's answers contain neither, so a token
// of an ended session is accepted for as long as UserInfo accepts it. A verified JWT without iat counts as issued before the
// logout.
//
// The deny list stores 100 sessions and logout tokens of one user one by one. Beyond this number, each logout ends all tokens
// of the user that were issued before the logout.
func (a *Authenticator) BackChannelLogout() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		t := a.engine.BeginLogout(a.engine.Uncached(logoutToken(w, r)))
		at, fault := t.VerifyUncached(r.Context())
		if fault == nil {
			at, fault = pipeline.AfterSteps, t.EndSessions(r.Context())
		}
		if fault != nil {
			a.refuseLogout(w, r, t, at, fault)
			return
		}
		a.tellLogout(r.Context(), t)
	})
}

// refuseLogout answers with the error response of section 2.8. Only the log contains the reason.
func (a *Authenticator) refuseLogout(w http.ResponseWriter, r *http.Request, t *pipeline.Run, at int, fault *pipeline.Fault) {
	code, status := "invalid_request", http.StatusBadRequest
	if kindOf(fault.Reason) == unavailable {
		code, status = "temporarily_unavailable", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	from := requestInfo{method: r.Method, route: r.Pattern, request: r, credentials: r.Header["Authorization"]}
	e := &Error{Reason: fault.Reason, Detail: fault.Detail, Err: fault.Err, status: status}
	e = a.refused(r.Context(), &trace.Trace{Run: t, Credentials: from.credentials}, from, at, e, fault)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Decision-Id", e.DecisionID)
	w.WriteHeader(e.Status())
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "decision_id": e.DecisionID}) // an error means that the provider has closed the connection
}

// logoutToken returns the logout_token of the form, or "" if the form does not contain exactly one.
func logoutToken(w http.ResponseWriter, r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || err != nil || kind != "application/x-www-form-urlencoded" {
		return ""
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxLogoutBody)
	if r.ParseForm() != nil || len(r.PostForm["logout_token"]) != 1 {
		return ""
	}
	return r.PostForm["logout_token"][0]
}
