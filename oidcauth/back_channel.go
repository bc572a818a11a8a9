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

// BackChannelLogout is the endpoint that a provider posts logout tokens to (OpenID Connect Back-Channel Logout 1.0
// section 2.5). From then on the tokens of the session that one names are refused, or, where it names none, all tokens of its
// subject that were issued until then; so are tokens that do not name their session. A token that names neither its
// session nor a subject is reached by nothing. What was logged out is kept for Config.Revocation.MaxTokenLife in Config.Revocation.DenyList.
//
// Of an opaque token, introspection or UserInfo tells the session (sid) and when it was issued (iat); of an introspected JWT,
// the token itself tells what the answer leaves out. Where neither is told, the provider decides: an answer that it gave
// before the logout is not used any more, and the token is accepted if the provider, asked once more, still calls it active,
// as it does with a token of a later login. UserInfo's answers tell neither, so that a provider whose UserInfo accepts tokens of
// ended sessions keeps these alive. A JWT that is verified here and has no iat counts as issued before the logout.
//
// Of one user, 100 sessions and logout tokens are kept one by one. From then on a logout ends all of the user's tokens that
// were issued until then.
//
// A logout token must be of a configured issuer, for one of its Issuer.LogoutAudience, and is taken once. Anything else
// is answered with 400, and with 503 where keys or the deny list cannot be had; the provider may then try again.
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
		}
	})
}

// refuseLogout answers as section 2.8 says; the operator reads why in the log.
func (a *Authenticator) refuseLogout(w http.ResponseWriter, r *http.Request, t *pipeline.Run, at int, fault *pipeline.Fault) {
	code, status := "invalid_request", http.StatusBadRequest
	if kindOf(fault.Reason) == unavailable {
		code, status = "temporarily_unavailable", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	from := requestInfo{r.Method, r.Pattern, r.Header.Values("Authorization")}
	e := &Error{Reason: fault.Reason, Detail: fault.Detail, Err: fault.Err, status: status}
	e = a.refused(r.Context(), &trace.Trace{Run: t, Header: from.authorization}, from, at, e, fault)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Decision-Id", e.DecisionID)
	w.WriteHeader(e.Status())
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "decision_id": e.DecisionID}) // the provider went away
}

// logoutToken is the form's one value; empty where there is none.
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
