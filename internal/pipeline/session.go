package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkSessionRevoked looks for logouts of the provider's session and of the user. A logout that is older than the login does not end
// the session.
func checkSessionRevoked(ctx context.Context, t *Run) *Fault {
	if t.Offline {
		return Skip("the deny list is not read, because the login is not verified")
	}
	if t.Engine.denyListIsEmpty() {
		return nil
	}
	iss, sub, sid := t.issuerName(), t.Text("sub"), t.sessionID()
	keys := append(make([]string, 0, 2), subjectKey(iss, sub))
	if sid != "" {
		keys = append(keys, denialKey(sessionDenial, iss, sid))
	} else {
		keys = append(keys, denialKey(sessionlessDenial, iss, sub))
	}
	found, fault := t.denials(ctx, keys...)
	if fault != nil {
		return fault
	}
	t.settleLoginTime(found)
	since := t.loggedInAt()
	for _, e := range found {
		if e.Before.IsZero() || issuedUntil(since, e.Before) {
			return Refuse(reason.TokenRevoked, nil, "%s", denialText(e.Key))
		}
	}
	return nil
}

// settleLoginTime chooses the time of a login without iat: just after the last logout that is already known. Every later logout has a
// later iat by the provider's own clock, even if the clock of this service is ahead.
func (t *Run) settleLoginTime(known []denylist.Entry) {
	if _, dated := t.issuedAt(); dated || t.Form == Resumed || t.login.Refreshed {
		return
	}
	t.login.Since = t.Now.Add(-MaxLeeway)
	for _, e := range known {
		if !e.Before.Before(t.login.Since.Truncate(time.Second)) {
			t.login.Since = e.Before.Truncate(time.Second).Add(time.Second)
		}
	}
}

// resolveSession reads the claims of a session. It sends no request.
func resolveSession(ctx context.Context, t *Run) *Fault {
	if t.login.AccessToken != "" {
		return resolveClaims(ctx, t) // a refresh without an ID token
	}
	s := &t.login.Session
	if (s.UserInfoOnly || t.Rules.UserInfoOnly) && !s.HasInfo {
		return Refuse(reason.SessionUnknown, nil, "the session has no claims of UserInfo, which the configuration requires now")
	}
	set := claimset.FromObject(t.Token.Claims)
	switch {
	case s.UserInfoOnly || t.Rules.UserInfoOnly:
		set = claimset.Layer(claims.Set{}, s.Info)
	case s.HasInfo:
		set = claimset.Layer(set, s.Info)
	}
	return t.resolved(set)
}
