package oidcauth

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// challenges returns the values of WWW-Authenticate. They contain no text of a token. If DPoP is accepted, there is a challenge
// for each scheme (RFC 9449 section 7.1), and the challenge of the request's scheme contains the error.
func (a *Authenticator) challenges(e *Error) []string {
	if !a.acceptsDPoP() {
		return []string{a.challenge("Bearer", e, true)}
	}
	atProof := kindOf(e.Reason) == invalidProof || kindOf(e.Reason) == nonceRequired
	onDPoP := e.isDPoP || atProof
	return []string{a.challenge("Bearer", e, !onDPoP), a.challenge("DPoP", e, onDPoP) + `, algs="` + proofAlgorithms + `"`}
}

// challenge returns the challenge of one scheme (RFC 6750 section 3).
func (a *Authenticator) challenge(scheme string, e *Error, withError bool) string {
	k := kindOf(e.Reason)
	out := scheme + ` realm="` + quoted(a.config.Response.Realm) + `"`
	if m := e.message(); m.code != "" && withError {
		out += `, error="` + m.code + `", error_description="` + m.description + `"`
	}
	if k == insufficientScope && withError {
		out += `, scope="` + quoted(strings.Join(e.scopes, " ")) + `"`
	}
	if s := e.authentication; s != nil && withError {
		out += authenticationParams(s.Required)
	}
	if a.published.url != "" {
		out += `, resource_metadata="` + quoted(a.published.url) + `"` // RFC 9728 section 5.1
	}
	return out
}

// Refuse answers the request with the status, the challenge and the decision id of err. The answer contains nothing else of
// err. [Authenticator.Handler] calls Refuse; call it yourself in a handler, and in a middleware that calls
// [Authenticator.Check]. If err is not an [*Error], only the application knows its cause, and the status is 500
// (application_error). A request with a session of package login is answered by its RelyingParty: people get a page.
//
// If the token of the request was accepted before, the decision has the ID of that acceptance, and AfterAcceptance is true.
// Refuse finds the acceptance by the Identity of the requirement that returned err, or else by the Identity in the request's
// context ([NewContext]).
func (a *Authenticator) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	from, raw, _ := a.read(r)
	e := a.recorded(r.Context(), from, raw, err)
	if answer := signin.AnswerOf(r.Context()); answer != nil {
		answer(w, r, e)
		return
	}
	if a.config.Response.Refuse != nil {
		a.config.Response.Refuse(w, r, e)
		return
	}
	answer := a.answer(r.Context(), e)
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body()) // an error means that the client has closed the connection
}

// Answer is a refusal as the client may see it. Its texts are fixed: they contain no text of a token.
type Answer struct {
	// Status is the HTTP status: 400, 401, 403, 500 or 503.
	Status int
	// Challenges are the values of WWW-Authenticate (RFC 6750 section 3, RFC 9449 section 7.1), one for each scheme that is accepted.
	// There is none if the Status is 500 or 503. Pages of package login accept no token: their only challenge is Cookie, with status 401.
	Challenges []string
	// Nonce is the value of DPoP-Nonce (RFC 9449 section 9). It is empty unless the request needs one.
	Nonce string
	// Text is one fixed sentence for the client. It does not name the reason.
	Text string
	// DecisionID identifies the log record of the refusal.
	DecisionID string

	exposes  bool               // Response.ExposeHeaders
	code     string             // error code (RFC 6750 section 3.1)
	decision *decision.Decision // nil without Response.InsecureExplain
}

// Header returns the header of the HTTP response that [Authenticator.Refuse] writes. The caller owns the map.
func (a Answer) Header() http.Header {
	h := http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Decision-Id": {a.DecisionID}}
	if a.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "5")
	}
	if len(a.Challenges) > 0 {
		h["Www-Authenticate"] = slices.Clone(a.Challenges)
	}
	if a.Nonce != "" {
		h.Set("DPoP-Nonce", a.Nonce)
	}
	if a.exposes {
		h.Set("Access-Control-Expose-Headers", exposedHeaders)
	}
	return h
}

// Body returns the body of an HTTP response: a problem document (RFC 9457) with title, status, detail, error (RFC 6750 section
// 3.1) and decision_id. The caller owns the slice.
func (a Answer) Body() []byte {
	body := map[string]any{"title": http.StatusText(a.Status), "status": a.Status, "detail": a.Text, "decision_id": a.DecisionID}
	if a.code != "" {
		body["error"] = a.code
	}
	if a.decision != nil {
		body["decision"] = a.decision
	}
	text, _ := json.Marshal(body) // these types always have a JSON form
	return append(text, '\n')
}

// RefuseToken is [Authenticator.Refuse] for a token that arrives without an [http.Request]. It returns the answer for the
// client, and logs err if err has not been logged yet. It does not call [Response.Refuse].
func (a *Authenticator) RefuseToken(ctx context.Context, p Presented, err error) Answer {
	from, raw, _ := a.readPresented(p)
	return a.answer(ctx, a.recorded(ctx, from, raw, err))
}

func (a *Authenticator) answer(ctx context.Context, e *Error) Answer {
	k, message := kindOf(e.Reason), e.message()
	s, isSession := signin.SessionOf(ctx)
	out := Answer{Status: e.Status(), Text: message.description, DecisionID: e.DecisionID, code: message.code, exposes: a.config.Response.ExposeHeaders}
	switch {
	case s.Alone && out.Status == http.StatusUnauthorized:
		out.Challenges = []string{`Cookie realm="` + quoted(a.config.Response.Realm) + `"`} // RFC 9110 section 15.5.2 requires a challenge
	case !s.Alone && k.isChallenged():
		out.Challenges = a.challenges(e)
	}
	if isSession {
		out.Text = s.Text
	}
	if e.Reason == reason.ProofNonce {
		out.Nonce = a.nonce()
	}
	if a.config.Response.InsecureExplain {
		out.decision = e.decision
	}
	return out
}

// authenticationParams returns the parameters that RFC 9470 section 3 adds to a challenge. max_age is in whole seconds.
func authenticationParams(required pipeline.Authentication) (out string) {
	if required.ACR != nil {
		out = `, acr_values="` + quoted(strings.Join(required.ACR, " ")) + `"`
	}
	if required.MaxAge > 0 {
		out += `, max_age="` + strconv.FormatInt(int64(required.MaxAge/time.Second), 10) + `"`
	}
	return out
}
