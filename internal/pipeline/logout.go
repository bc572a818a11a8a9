package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const (
	logoutEvent = "http://schemas.openid.net/event/backchannel-logout"
	freshLogout = 5 * time.Minute // of a logout token that names no exp
)

// logoutSteps judge a logout token; its type and claims have rules of their own.
var logoutSteps = []func(context.Context, *Run) *Fault{
	checkLogoutType, findIssuer, checkAlgorithm, findKeys, verifySignature, checkLogoutClaims, checkLogoutTime,
}

func (t *Run) Logout(ctx context.Context) *Fault {
	if t.Raw == "" {
		return Refuse(reason.MalformedRequest, nil, "a logout token is posted as the form value logout_token")
	}
	token, err := jose.Parse(t.Raw, 0)
	if err != nil {
		return Refuse(reason.MalformedToken, err, "the logout token")
	}
	t.Token = token
	for _, run := range logoutSteps {
		if fault := run(ctx, t); fault != nil {
			return fault
		}
	}
	return t.endSessions(ctx)
}

// checkLogoutType takes the typ of section 2.4, and those of products that are older than it; an access token is none.
func checkLogoutType(_ context.Context, t *Run) *Fault {
	switch t.Token.Header.MediaType() {
	case "", "jwt", "logout+jwt":
		return nil
	}
	return Refuse(reason.WrongTokenType, nil, "header typ %q is not a logout token's", record.Short(t.Token.Header.Type))
}

// checkLogoutClaims follows section 2.6, steps 3 to 8.
func checkLogoutClaims(_ context.Context, t *Run) *Fault {
	v, _ := t.Token.Claims.Get("aud")
	audience, ok := v.Texts()
	ours := false
	for _, aud := range audience {
		ours = ours || slices.Contains(t.Rules.LogoutAudience, aud)
	}
	if !ok || !ours {
		return Refuse(reason.WrongAudience, nil, "aud %s of the logout token, LogoutAudience %q", record.Short(v.Raw()), t.Rules.LogoutAudience)
	}
	v, _ = t.Token.Claims.Get("events")
	events, _ := v.Object()
	event, _ := events.Get(logoutEvent)
	if _, ok := event.Object(); !ok {
		return Refuse(reason.WrongTokenType, nil, "events does not hold a logout")
	}
	switch {
	case t.Has("nonce"):
		return Refuse(reason.WrongTokenType, nil, "a logout token has no nonce")
	case t.Text("jti") == "":
		return Refuse(reason.InvalidClaims, nil, "a logout token has a jti")
	case t.Text("sub") == "" && t.Text("sid") == "":
		return Refuse(reason.InvalidClaims, nil, "the logout token names neither a subject nor a session")
	}
	return nil
}

// checkLogoutTime lets exp be absent, as older products have it, while the token is fresh.
func checkLogoutTime(ctx context.Context, t *Run) *Fault {
	iat, present, ok := t.timeClaim("iat")
	if !present || !ok || iat.After(t.Now.Add(t.Rules.Leeway)) {
		return Refuse(reason.InvalidClaims, nil, "iat of a logout token is required, and not in the future")
	}
	if t.Has("exp") {
		return checkTime(ctx, t)
	}
	if t.Now.Sub(iat) > freshLogout {
		return Refuse(reason.Expired, nil, "the logout token has no exp, and is older than %s", freshLogout)
	}
	return nil
}

// endSessions writes the denials, and last that the token was taken: one that could not be kept may be sent again.
func (t *Run) endSessions(ctx context.Context) *Fault {
	iss, sub, sid := t.Text("iss"), t.Text("sub"), t.Text("sid")
	iat, _, _ := t.timeClaim("iat")
	until := t.keptUntil(iat)
	taken := denylist.Entry{Key: denialKey(ofLogout, iss, t.Text("jti")), Until: t.replayableUntil(iat)}
	user := denylist.Entry{Key: subjectKey(iss, sub), Before: iat, Until: until}
	known, err := t.Engine.DenyList.Find(ctx, taken.Key)
	if err != nil || len(known) > 0 {
		return logoutFault(err)
	}
	if t.Engine.shares.usedUp(user.Key, t.Now) {
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
		added, err := t.Engine.keep(ctx, user.Key, t.Now, e)
		if err != nil || e.Key == taken.Key && !added {
			return logoutFault(err)
		}
	}
	return nil
}

// endAll is for a user whose share is used up: it covers all of the user's tokens. It keeps no jti: a logout token that is sent
// again finds its time covered, and writes nothing.
func (t *Run) endAll(ctx context.Context, user denylist.Entry) *Fault {
	found, err := t.Engine.DenyList.Find(ctx, user.Key)
	if err != nil {
		return logoutFault(err)
	}
	for _, e := range found {
		if (e.Before.IsZero() || !e.Before.Before(user.Before)) && !e.Until.Before(t.tokensEnd(user.Before)) {
			return nil
		}
	}
	if _, err := t.Engine.DenyList.Add(ctx, user); err != nil {
		return logoutFault(err)
	}
	return nil
}

// tokensEnd is when the last token has ended that was issued until then, with the longest leeway of a replica.
func (t *Run) tokensEnd(issued time.Time) time.Time {
	return issued.Add(t.Engine.MaxTokenLife + MaxLeeway)
}

// keptUntil counts from the later of two clocks, the provider's and ours.
func (t *Run) keptUntil(iat time.Time) time.Time {
	if iat.Before(t.Now) {
		iat = t.Now
	}
	return t.tokensEnd(iat)
}

// replayableUntil is how long a replica could take the logout token.
func (t *Run) replayableUntil(iat time.Time) time.Time {
	if exp, present, ok := t.timeClaim("exp"); present && ok {
		return exp.Add(MaxLeeway)
	}
	return iat.Add(freshLogout + MaxLeeway)
}

func logoutFault(err error) *Fault {
	if err != nil {
		return Refuse(reason.DenyListUnavailable, err, "the logout was not kept")
	}
	return Refuse(reason.InvalidClaims, nil, "the logout token was taken before (jti)")
}
