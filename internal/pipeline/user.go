package pipeline

import (
	"context"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// claimText returns a claim that has to be a non-empty string.
func (t *Run) claimText(p claims.Path) (string, *Fault) {
	if p.IsZero() {
		return "", nil
	}
	v, _ := t.Claims.Lookup(p)
	if s, ok := v.Text(); ok && s != "" {
		return s, nil
	}
	e := Refuse(reason.ClaimUnusable, nil, "claim %s is not a non-empty string", p)
	e.Claim = p
	return "", e
}

// UserQuery is what the user is looked up by.
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

// findUser insists on exactly one enabled match; the finder only finds.
func findUser(ctx context.Context, t *Run) *Fault {
	q, fault := t.UserQuery()
	if fault != nil {
		return fault
	}
	if t.Engine.Users == nil {
		return nil
	}
	if t.Offline {
		return Abstain("a user is looked up for a good token only")
	}
	if u, ok := t.userFromCache(q); ok {
		t.User = u
		return nil
	}
	found, err := t.Engine.Users.FindUsers(ctx, q)
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
		return t.noUser(reason.UserAmbiguous, "2 or more enabled users have this value of %s")
	case len(found) > 0:
		return t.noUser(reason.UserDisabled, "the user with this value of %s is disabled")
	}
	return t.noUser(reason.UserNotFound, "no user has this value of %s")
}

func (t *Run) noUser(reason reason.Reason, format string) *Fault {
	e := Refuse(reason, nil, format, t.Rules.Search)
	if v, ok := t.Claims.Lookup(t.Rules.Search); ok && t.Engine.ShowClaimValues {
		e.Detail += ": " + record.Short(v.Raw())
	}
	e.Claim = t.Rules.Search
	return e
}

// Result is what is known of an accepted token.
type Result struct {
	Issuer, Subject, Tenant, Name string
	Expires                       time.Time
	Scopes                        []string
	Claims                        claims.Set
	User                          usermap.User
	Rules                         *Rules
	Token                         *jose.Token // without its signature
}

// Result is called after all steps have passed.
func (t *Run) Result() Result {
	t.learnClass()
	if t.cached == nil {
		t.Token.Forget() // an application may keep the identity
	}
	name, _ := t.claimText(t.Rules.Name)
	tenant, _ := t.claimText(t.Rules.Tenant)
	return Result{
		Issuer: t.issuerName(), Subject: t.Text("sub"), Tenant: tenant, Name: name, Expires: t.Expiry, Scopes: t.scopes(),
		Claims: t.Claims, User: t.User, Rules: t.Rules, Token: t.Token,
	}
}

// Settle keeps what the caller made of the [Result] with the token, if the token's own text alone decides about it.
func (t *Run) Settle(made any) {
	if t.cached != nil && t.Engine.Users == nil && !t.askedUserInfo {
		t.cached.settled.Store(made)
	}
}

func (t *Run) scopes() []string {
	switch {
	case t.cached != nil:
		return t.cached.scopes
	case t.Form == Opaque && t.Rules.InsecureOpaqueByUserInfo:
		return nil // a profile, which may be the user's own to fill in, is no grant
	}
	return scopesOf(t.Token.Claims)
}
