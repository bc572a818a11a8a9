package oidcauth

import (
	"context"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// claimText returns a claim that has to be a non-empty string.
func (t *attempt) claimText(p claims.Path) (string, *Error) {
	if p.IsZero() {
		return "", nil
	}
	v, _ := t.claims.Lookup(p)
	if s, ok := v.Text(); ok && s != "" {
		return s, nil
	}
	e := refuse(reason.ClaimUnusable, nil, "claim %s is not a non-empty string", p)
	e.claim = p
	return "", e
}

// userQuery is what the user is looked up by.
func (t *attempt) userQuery() (usermap.Query, *Error) {
	value, fault := t.claimText(t.issuer.Search)
	if fault != nil {
		return usermap.Query{}, fault
	}
	tenant, fault := t.claimText(t.issuer.Tenant)
	if fault != nil {
		return usermap.Query{}, fault
	}
	if _, fault = t.claimText(t.issuer.Name); fault != nil {
		return usermap.Query{}, fault
	}
	return usermap.Query{
		Issuer: t.iss(), Tenant: tenant, Subject: t.text("sub"), Claim: t.issuer.Search.String(), Value: value,
	}, nil
}

// findUser insists on exactly one enabled match; the finder only finds.
func findUser(ctx context.Context, t *attempt) *Error {
	q, fault := t.userQuery()
	if fault != nil {
		return fault
	}
	if t.auth.config.Users == nil {
		return nil
	}
	if t.local {
		return abstain("a user is looked up for a good token only")
	}
	if u, ok := t.recallUser(q); ok {
		t.user = u
		return nil
	}
	found, err := t.auth.config.Users.FindUsers(ctx, q)
	if err != nil {
		return refuse(reason.UserStoreUnavailable, err, "the user lookup failed")
	}
	enabled := 0
	for _, u := range found {
		if u.Enabled {
			enabled++
			t.user = u
		}
	}
	switch {
	case enabled == 1:
		t.rememberUser(q)
		return nil
	case enabled > 1:
		return t.noUser(reason.UserAmbiguous, "2 or more enabled users have this value of %s")
	case len(found) > 0:
		return t.noUser(reason.UserDisabled, "the user with this value of %s is disabled")
	}
	return t.noUser(reason.UserNotFound, "no user has this value of %s")
}

func (t *attempt) noUser(reason reason.Reason, format string) *Error {
	e := refuse(reason, nil, format, t.issuer.Search)
	if v, ok := t.claims.Lookup(t.issuer.Search); ok && t.auth.config.ShowClaimValues {
		e.Detail += ": " + clip(v.Raw())
	}
	e.claim = t.issuer.Search
	return e
}

// identity is kept where nothing decides about it but the token's own text.
func (t *attempt) identity() *Identity {
	id := t.newIdentity()
	if t.memory != nil && t.auth.config.Users == nil && !t.asked {
		t.memory.settled.Store(id)
	}
	return id
}

func (t *attempt) newIdentity() *Identity {
	if t.memory == nil {
		t.token.Forget() // an application may keep the identity
	}
	name, _ := t.claimText(t.issuer.Name)
	tenant, _ := t.claimText(t.issuer.Tenant)
	return newIdentity(identity{
		issuer: t.iss(), subject: t.text("sub"), tenant: tenant, name: name,
		expires: t.expiry, scopes: t.scopes(), claims: t.claims, user: t.user,
		rules: t.issuer, from: t.token,
	})
}

func (t *attempt) scopes() []string {
	switch {
	case t.memory != nil:
		return t.memory.scopes
	case t.form == opaque && t.issuer.InsecureOpaqueByUserInfo:
		return nil // a profile, which may be the user's own to fill in, is no grant
	}
	return scopesOf(t.token.Claims)
}
