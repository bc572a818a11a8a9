package oidcauth

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// kind is what a reason means for the client, who cannot tell reasons of one kind apart.
type kind int

const (
	badToken kind = iota
	noCredentials
	badRequest
	badScope
	forbidden
	unavailable
)

func kindOf(r reason.Reason) kind {
	switch r {
	case reason.NoCredentials:
		return noCredentials
	case reason.InsufficientScope:
		return badScope
	}
	switch r.Status() {
	case http.StatusBadRequest:
		return badRequest
	case http.StatusForbidden:
		return forbidden
	case http.StatusServiceUnavailable:
		return unavailable
	}
	return badToken
}

// wire is what a client may know of a refusal: fixed words, chosen by kind alone.
type wire struct{ code, description string }

var wires = map[kind]wire{
	badToken:      {"invalid_token", "The access token is not valid for this resource"},
	noCredentials: {"", "An access token is required"},
	badRequest:    {"invalid_request", "The Authorization header is not one bearer token"},
	badScope:      {"insufficient_scope", "The access token lacks a scope"},
	forbidden:     {"", "Access is denied"},
	unavailable:   {"", "The service cannot verify access tokens at the moment"},
}

// challenge is the WWW-Authenticate header of RFC 6750 section 3; nothing of it comes from a token.
func (a *Authenticator) challenge(e *Error) string {
	k := kindOf(e.Reason)
	out := `Bearer realm="` + quoted(a.config.Response.Realm) + `"`
	if w := wires[k]; w.code != "" {
		out += `, error="` + w.code + `", error_description="` + w.description + `"`
	}
	if k == badScope {
		out += `, scope="` + quoted(strings.Join(e.scopes, " ")) + `"`
	}
	if a.published.url != "" {
		out += `, resource_metadata="` + quoted(a.published.url) + `"` // RFC 9728 section 5.1
	}
	return out
}

// quoted makes text fit for a quoted-string (RFC 9110 section 5.6.4): printable ASCII with escapes.
func quoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= 0x20 && r < 0x7F:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Refuse answers the request with the status, the challenge and the decision id of err, and nothing else of it.
// It is for routers whose middleware answers itself; [Authenticator.Handler] calls it. An err that is not an
// [Error] is answered as 503.
func (a *Authenticator) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := a.recorded(r.Context(), requestInfo{r.Method, r.Pattern, r.Header["Authorization"]}, err)
	if a.config.Response.Refuse != nil {
		a.config.Response.Refuse(w, r, e)
		return
	}
	k := kindOf(e.Reason)
	h := w.Header()
	if k == unavailable {
		h.Set("Retry-After", "5")
	} else {
		h.Set("WWW-Authenticate", a.challenge(e))
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Decision-Id", e.DecisionID)
	a.answer(w, e)
}

// Answer is all that a client may learn of a refusal. It holds fixed words, and nothing of a token.
type Answer struct {
	// Status is the HTTP status: 400, 401, 403 or 503.
	Status int
	// Challenge is the value of WWW-Authenticate (RFC 6750 section 3). It is empty if the Status is 503.
	Challenge string
	// Text is one sentence.
	Text string
	// DecisionID leads to the log record.
	DecisionID string
}

// RefuseToken is [Authenticator.Refuse] for a token that no [http.Request] carries. It logs err unless that was done before,
// and returns the answer for the client. Config.Response.Refuse is not called.
func (a *Authenticator) RefuseToken(ctx context.Context, p Presented, err error) Answer {
	e := a.recorded(ctx, p.requestInfo(), err)
	out := Answer{Status: e.Status(), Text: wires[kindOf(e.Reason)].description, DecisionID: e.DecisionID}
	if kindOf(e.Reason) != unavailable {
		out.Challenge = a.challenge(e)
	}
	return out
}

// answer writes the body, a problem of RFC 9457 in fixed words: title, status, detail, error (RFC 6750 section 3.1) and
// decision_id.
func (a *Authenticator) answer(w http.ResponseWriter, e *Error) {
	kind, status := wires[kindOf(e.Reason)], e.Status()
	body := map[string]any{
		"title": http.StatusText(status), "status": status, "detail": kind.description, "decision_id": e.DecisionID,
	}
	if kind.code != "" {
		body["error"] = kind.code
	}
	if a.config.Response.InsecureExplain {
		body["decision"] = e.decision
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away: no one is left to tell
}
