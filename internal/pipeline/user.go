package pipeline

import (
	"context"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// claimText returns a claim that must be a non-empty string.
func (t *Run) claimText(p claims.Path) (string, *Fault) {
	if p.IsZero() {
		return "", nil
	}
	v, _ := t.Claims.Lookup(p)
	if s, ok := v.Text(); ok && s != "" {
		return s, nil
	}
	f := Refuse(reason.ClaimUnusable, nil, "claim %s is not a non-empty string", p)
	f.Claim = p
	return "", f
}

// UserQuery returns the query for the user of the token.
func (t *Run) UserQuery() (usermap.Query, *Fault) {
	value, fault := t.claimText(t.Rules.Search)
	if fault != nil {
		return usermap.Query{}, fault
	}
	tenant, fault := t.claimText(t.Rules.Tenant)
	if fault != nil {
		return usermap.Query{}, fault
	}
	if _, fault = t.claimText(t.Rules.Name); fault != nil {
		return usermap.Query{}, fault
	}
	return usermap.Query{
		Issuer: t.issuerName(), Tenant: tenant, Subject: t.Text("sub"), Claim: t.Rules.Search.String(), Value: value,
	}, nil
}

// findUser looks up the users of the token, and requires that exactly one of them is enabled.
func findUser(ctx context.Context, t *Run) *Fault {
	q, fault := t.UserQuery()
	if fault != nil {
		return fault
	}
	if t.Rules.Users == nil {
		return nil
	}
	if t.Offline {
		return Skip("no user is looked up, because the token is refused")
	}
	if u, ok := t.userFromCache(q); ok {
		t.User = u
		return nil
	}
	found, err, known := t.users(ctx, q)
	if !known {
		return Skip("the configuration in effect does not look up this user in the same user store")
	}
	if err != nil {
		return Refuse(reason.UserStoreUnavailable, err, "the user lookup failed")
	}
	enabled := 0
	for _, u := range found {
		if u.Enabled {
			enabled++
			t.User = u
		}
	}
	switch {
	case enabled == 1:
		t.storeUser(q)
		return nil
	case enabled > 1:
		return t.userFault(reason.UserAmbiguous, "2 or more enabled users have this value of %s")
	case len(found) > 0:
		return t.userFault(reason.UserDisabled, "the user with this value of %s is disabled")
	}
	return t.userFault(reason.UserNotFound, "no user has this value of %s")
}

// users looks up the users. The run of a shadow uses the result of the observed run, or a table in memory. known is false if it has
// neither.
func (t *Run) users(ctx context.Context, q usermap.Query) (found []usermap.User, err error, known bool) {
	if t.live != nil {
		if same := t.usersOfLive(q); same != nil {
			return same.users, same.err, true
		}
		if _, inMemory := t.Rules.Users.(*usermap.Table); !inMemory {
			return nil, nil, false
		}
	}
	found, err = t.lookUpUsers(ctx, q)
	if t.Engine.Observed {
		t.found = &foundUsers{q, found, err}
	}
	return found, err, true
}

// UserInOtherCase reports whether the user store returned a row that has the search value in another case.
func (t *Run) UserInOtherCase() bool { return t.lookup.InOtherCase() }

func (t *Run) userFault(reason reason.Reason, format string) *Fault {
	f := Refuse(reason, nil, format, t.Rules.Search)
	if v, ok := t.Claims.Lookup(t.Rules.Search); ok && t.ShowsClaimValues() {
		f.Detail += ": " + record.Short(v.Raw())
	}
	f.Claim = t.Rules.Search
	return f
}
