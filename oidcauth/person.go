package oidcauth

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/usermap"
)

// resolveClaims reads what checks and user need: from the token, then from UserInfo.
func resolveClaims(ctx context.Context, t *attempt) *Error {
	res := claims.Resolution{
		Token: claims.FromObject(t.token.Claims), Subject: t.text("sub"), Needed: t.issuer.needed, Order: t.issuer.ClaimOrder,
	}
	if t.issuer.UserInfo != nil {
		res.UserInfo = t.askUserInfo
	}
	set, err := claims.Resolve(ctx, res)
	var refused *claims.RefusedError
	switch {
	case errors.Is(err, claims.ErrSubjectMismatch):
		return refuse(UserInfoSubjectMismatch, err, "UserInfo answered for another subject")
	case errors.As(err, &refused):
		return refuse(UserInfoRefused, err, "UserInfo does not accept this token")
	case err != nil:
		return refuse(UserInfoUnavailable, err, "")
	}
	t.claims = set
	for _, p := range t.issuer.needed {
		if _, ok := set.Lookup(p); !ok && !t.issuer.checksOn(p.String()) {
			return refuse(ClaimMissing, nil, "%s", t.missing(p))
		}
	}
	return nil
}

// missing says which sources were asked for a claim, and what each one did hold.
func (t *attempt) missing(p claims.Path) string {
	text := fmt.Sprintf("claim %s is missing; the token holds %q", p, listed(t.token.Claims.Names()))
	if t.issuer.UserInfo == nil {
		return text + "; no UserInfo is configured"
	}
	text += fmt.Sprintf("; UserInfo holds %q", listed(t.claims.NamesFrom(claims.FromUserInfo)))
	if t.issuer.ClaimOrder == claims.UserInfoOnly {
		text += ", and the token is not asked (UserInfoOnly)"
	}
	return text
}

// listed bounds the names that are repeated from outside.
func listed(names []string) []string {
	out := make([]string, 0, min(len(names), maxListed))
	for _, n := range names[:min(len(names), maxListed)] {
		out = append(out, clip(n))
	}
	return out
}

const maxListed = 50

func enforceChecks(_ context.Context, t *attempt) *Error {
	for _, check := range t.issuer.Checks {
		v, ok := t.claims.Lookup(check.Path())
		if !ok {
			return refuse(CheckClaimMissing, nil, "%s", t.missing(check.Path()))
		}
		if !check.Holds(v) {
			return refuse(CheckFailed, nil, "claim %s does not hold the value configured", check.Path())
		}
	}
	return nil
}

// claimText returns a claim that has to be a non-empty string.
func (t *attempt) claimText(p claims.Path) (string, *Error) {
	if p.IsZero() {
		return "", nil
	}
	v, _ := t.claims.Lookup(p)
	if s, ok := v.Text(); ok && s != "" {
		return s, nil
	}
	return "", refuse(ClaimUnusable, nil, "claim %s is not a non-empty string", p)
}

// findUser insists on exactly one enabled match; the finder only finds.
func findUser(ctx context.Context, t *attempt) *Error {
	value, fault := t.claimText(t.issuer.Search)
	if fault != nil {
		return fault
	}
	tenant, fault := t.claimText(t.issuer.Tenant)
	if fault != nil {
		return fault
	}
	if _, fault = t.claimText(t.issuer.Name); fault != nil {
		return fault
	}
	if t.auth.config.Users == nil {
		return nil
	}
	found, err := t.auth.config.Users.FindUsers(ctx, usermap.Query{
		Issuer: t.text("iss"), Tenant: tenant, Subject: t.text("sub"), Claim: t.issuer.Search.String(), Value: value,
	})
	if err != nil {
		return refuse(UserStoreUnavailable, err, "the user lookup failed")
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
		return nil
	case enabled > 1:
		return refuse(UserAmbiguous, nil, "2 or more enabled users have this value of %s", t.issuer.Search)
	case len(found) > 0:
		return refuse(UserDisabled, nil, "the user with this value of %s is disabled", t.issuer.Search)
	}
	return refuse(UserNotFound, nil, "no user has this value of %s", t.issuer.Search)
}

func (t *attempt) identity() *Identity {
	name, _ := t.claimText(t.issuer.Name)
	tenant, _ := t.claimText(t.issuer.Tenant)
	return &Identity{
		issuer: t.text("iss"), subject: t.text("sub"), tenant: tenant, name: name,
		expires: t.expiry, scopes: scopesOf(t.token.Claims), claims: t.claims, user: t.user,
	}
}
