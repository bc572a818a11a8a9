package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// add stores a denial. If it is new, it counts towards the owner's quota.
func (e *Engine) add(ctx context.Context, owner string, now time.Time, entry denylist.Entry) (added bool, err error) {
	added, err = e.DenyList.Add(ctx, entry)
	if err == nil && added && entry.Key != owner {
		e.quotas.count(owner, now, entry.Until)
	}
	return added, err
}

// EndSessions stores the denials that a verified logout token demands. It marks the logout token as used only after all other
// entries are stored: if one of them cannot be stored, the provider may send the logout token again.
func (t *Run) EndSessions(ctx context.Context) *Fault {
	iss, sub, sid := t.Text("iss"), t.Text("sub"), t.Text("sid")
	iat, _, _ := tokenclaims.Time(t.Token.Claims, "iat")
	until := t.deniedUntil(iat)
	used := denylist.Entry{Key: denialKey(logoutDenial, iss, t.Text("jti")), Until: t.replayableUntil(iat)}
	user := denylist.Entry{Key: subjectKey(iss, sub), Before: iat, Until: until}
	known, err := t.Engine.DenyList.Find(ctx, used.Key)
	if err != nil || len(known) > 0 {
		return logoutFault(err)
	}
	if t.Engine.quotas.exhausted(user.Key, t.Now) {
		return t.endAllSessions(ctx, user)
	}
	var all []denylist.Entry
	if sid != "" {
		all = append(all, denylist.Entry{Key: denialKey(sessionDenial, iss, sid), Until: until})
	}
	switch {
	case sub != "" && sid != "":
		all = append(all, denylist.Entry{Key: denialKey(sessionlessDenial, iss, sub), Before: iat, Until: until})
	case sub != "":
		all = append(all, user)
	}
	for _, e := range append(all, used) {
		added, err := t.Engine.add(ctx, user.Key, t.Now, e)
		if err != nil || e.Key == used.Key && !added {
			return logoutFault(err)
		}
	}
	return nil
}

// endAllSessions denies all tokens of a user whose quota is exhausted. It does not store the jti. If the logout token is sent
// again, the entry already covers its time, and nothing is stored.
func (t *Run) endAllSessions(ctx context.Context, user denylist.Entry) *Fault {
	found, err := t.Engine.DenyList.Find(ctx, user.Key)
	if err != nil {
		return logoutFault(err)
	}
	for _, e := range found {
		if (e.Before.IsZero() || !e.Before.Before(user.Before)) && !e.Until.Before(t.lastExpiry(user.Before)) {
			return nil
		}
	}
	if _, err := t.Engine.DenyList.Add(ctx, user); err != nil {
		return logoutFault(err)
	}
	return nil
}

// lastExpiry returns the latest time at which a replica may accept a token that was issued at the given time. Replicas may have
// different leeways.
func (t *Run) lastExpiry(issued time.Time) time.Time {
	return issued.Add(t.Engine.MaxTokenLife + MaxLeeway)
}

// deniedUntil returns the end of a denial. It counts from iat or from the present time, whichever is later.
func (t *Run) deniedUntil(iat time.Time) time.Time {
	if iat.Before(t.Now) {
		iat = t.Now
	}
	return t.lastExpiry(iat)
}

// replayableUntil returns the latest time at which a replica could accept the logout token.
func (t *Run) replayableUntil(iat time.Time) time.Time {
	if exp, present, ok := tokenclaims.Time(t.Token.Claims, "exp"); present && ok {
		return exp.Add(MaxLeeway)
	}
	return iat.Add(maxLogoutAge + MaxLeeway)
}

func logoutFault(err error) *Fault {
	if err != nil {
		return Refuse(reason.DenyListUnavailable, err, "the logout could not be stored")
	}
	return Refuse(reason.InvalidClaims, nil, "the logout token was already used (jti)")
}
