package oidcauth

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	logoutEvent   = "http://schemas.openid.net/event/backchannel-logout"
	maxLogoutBody = jose.DefaultMaxBytes + 1<<10
	freshLogout   = 5 * time.Minute // of a logout token that names no exp
)

// BackChannelLogout is the endpoint that a provider posts logout tokens to (OpenID Connect Back-Channel Logout 1.0
// section 2.5). From then on the tokens of the session that one names are refused, or, where it names none, all tokens of its
// subject that were issued until then; so are tokens that do not name their session. A token that names neither its
// session nor a subject is reached by nothing. What was logged out is kept for Config.MaxTokenLife in Config.DenyList.
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
		t := a.attempt(a.look(logoutToken(w, r)))
		if fault := t.logout(r.Context()); fault != nil {
			t.refuseLogout(w, r, fault)
		}
	})
}

// refuseLogout answers as section 2.8 says; the operator reads why in the log.
func (t *attempt) refuseLogout(w http.ResponseWriter, r *http.Request, fault *Error) {
	code := "invalid_request"
	fault.ofLogout, fault.status = true, http.StatusBadRequest
	if kindOf(fault.Reason) == unavailable {
		code, fault.status = "temporarily_unavailable", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	}
	e := t.auth.refused(r, t, behindSteps, fault)
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

// logoutSteps judge a logout token; its type and claims have rules of their own.
var logoutSteps = []func(context.Context, *attempt) *Error{
	checkLogoutType, findIssuer, checkAlgorithm, findKeys, verifySignature, checkLogoutClaims, checkLogoutTime,
}

func (t *attempt) logout(ctx context.Context) *Error {
	if t.raw == "" {
		return refuse(reason.MalformedRequest, nil, "a logout token is posted as the form value logout_token")
	}
	token, err := jose.Parse(t.raw, 0)
	if err != nil {
		return refuse(reason.MalformedToken, err, "the logout token")
	}
	t.token = token
	for _, run := range logoutSteps {
		if fault := run(ctx, t); fault != nil {
			return fault
		}
	}
	return t.endSessions(ctx)
}

// checkLogoutType takes the typ of section 2.4, and those of products that are older than it; an access token is none.
func checkLogoutType(_ context.Context, t *attempt) *Error {
	switch t.token.Header.MediaType() {
	case "", "jwt", "logout+jwt":
		return nil
	}
	return refuse(reason.WrongTokenType, nil, "header typ %q is not a logout token's", clip(t.token.Header.Type))
}

// checkLogoutClaims follows section 2.6, steps 3 to 8.
func checkLogoutClaims(_ context.Context, t *attempt) *Error {
	v, _ := t.token.Claims.Get("aud")
	audience, ok := v.Texts()
	ours := false
	for _, aud := range audience {
		ours = ours || contains(t.issuer.LogoutAudience, aud)
	}
	if !ok || !ours {
		return refuse(reason.WrongAudience, nil, "aud %s of the logout token, LogoutAudience %q", clip(v.Raw()), t.issuer.LogoutAudience)
	}
	v, _ = t.token.Claims.Get("events")
	events, _ := v.Object()
	event, _ := events.Get(logoutEvent)
	if _, ok := event.Object(); !ok {
		return refuse(reason.WrongTokenType, nil, "events does not hold a logout")
	}
	switch {
	case t.has("nonce"):
		return refuse(reason.WrongTokenType, nil, "a logout token has no nonce")
	case t.text("jti") == "":
		return refuse(reason.InvalidClaims, nil, "a logout token has a jti")
	case t.text("sub") == "" && t.text("sid") == "":
		return refuse(reason.InvalidClaims, nil, "the logout token names neither a subject nor a session")
	}
	return nil
}

// checkLogoutTime lets exp be absent, as older products have it, while the token is fresh.
func checkLogoutTime(ctx context.Context, t *attempt) *Error {
	iat, present, ok := t.date("iat")
	if !present || !ok || iat.After(t.now.Add(t.issuer.leeway)) {
		return refuse(reason.InvalidClaims, nil, "iat of a logout token is required, and not in the future")
	}
	if t.has("exp") {
		return checkTime(ctx, t)
	}
	if t.now.Sub(iat) > freshLogout {
		return refuse(reason.Expired, nil, "the logout token has no exp, and is older than %s", freshLogout)
	}
	return nil
}

// endSessions writes the denials, and last that the token was taken: one that could not be kept may be sent again.
func (t *attempt) endSessions(ctx context.Context) *Error {
	iss, sub, sid := t.text("iss"), t.text("sub"), t.text("sid")
	iat, _, _ := t.date("iat")
	until := t.keptUntil(iat)
	taken := denylist.Entry{Key: denialKey(ofLogout, iss, t.text("jti")), Until: t.replayableUntil(iat)}
	user := denylist.Entry{Key: subjectKey(iss, sub), Before: iat, Until: until}
	known, err := t.auth.config.DenyList.Find(ctx, taken.Key)
	if err != nil || len(known) > 0 {
		return logoutFault(err)
	}
	if t.auth.shares.usedUp(user.Key, t.now) {
		return t.endAll(ctx, user)
	}
	var all []denylist.Entry
	if sid != "" {
		all = append(all, denylist.Entry{Key: denialKey(ofSession, iss, sid), Until: until})
	}
	switch {
	case sub != "" && sid != "":
		all = append(all, denylist.Entry{Key: denialKey(ofSubjectNS, iss, sub), Before: iat, Until: until})
	case sub != "":
		all = append(all, user)
	}
	for _, e := range append(all, taken) {
		added, err := t.auth.keep(ctx, user.Key, t.now, e)
		if err != nil || e.Key == taken.Key && !added {
			return logoutFault(err)
		}
	}
	return nil
}

// endAll is for a user whose share is used up: it covers all of the user's tokens. It keeps no jti: a logout token that is sent
// again finds its time covered, and writes nothing.
func (t *attempt) endAll(ctx context.Context, user denylist.Entry) *Error {
	found, err := t.auth.config.DenyList.Find(ctx, user.Key)
	if err != nil {
		return logoutFault(err)
	}
	for _, e := range found {
		if (e.Before.IsZero() || !e.Before.Before(user.Before)) && !e.Until.Before(t.tokensEnd(user.Before)) {
			return nil
		}
	}
	if _, err := t.auth.config.DenyList.Add(ctx, user); err != nil {
		return logoutFault(err)
	}
	return nil
}

// tokensEnd is when the last token has ended that was issued until then, with the longest leeway of a replica.
func (t *attempt) tokensEnd(issued time.Time) time.Time {
	return issued.Add(t.auth.config.MaxTokenLife + maxLeeway)
}

// keptUntil counts from the later of two clocks, the provider's and ours.
func (t *attempt) keptUntil(iat time.Time) time.Time {
	if iat.Before(t.now) {
		iat = t.now
	}
	return t.tokensEnd(iat)
}

// replayableUntil is how long a replica could take the logout token.
func (t *attempt) replayableUntil(iat time.Time) time.Time {
	if exp, present, ok := t.date("exp"); present && ok {
		return exp.Add(maxLeeway)
	}
	return iat.Add(freshLogout + maxLeeway)
}

func logoutFault(err error) *Error {
	if err != nil {
		return refuse(reason.DenyListUnavailable, err, "the logout was not kept")
	}
	return refuse(reason.InvalidClaims, nil, "the logout token was taken before (jti)")
}
