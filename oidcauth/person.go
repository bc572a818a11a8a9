package oidcauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// resolveClaims reads what checks and user need: from the token, then from UserInfo.
func resolveClaims(ctx context.Context, t *attempt) *Error {
	res := claims.Resolution{
		Token: claims.FromObject(t.token.Claims), Subject: t.issuer.UserInfoSubject, Needed: t.issuer.needed, Order: t.issuer.ClaimOrder,
	}
	if t.form == opaque && t.issuer.InsecureOpaqueByUserInfo {
		res.Order, res.Subject = claims.UserInfoOnly, subject // it is all there is
	}
	if t.issuer.UserInfo != nil {
		if t.local && (res.Order == claims.UserInfoOnly || len(wanted(res)) > 0) {
			return abstain("UserInfo is asked about a good token only")
		}
		res.UserInfo = t.askUserInfo
	}
	set, err := claims.Resolve(ctx, res)
	if err != nil {
		return t.userInfoFault(err, res)
	}
	t.claims = set
	t.known |= resolved
	if len(absent(set, []claims.Path{t.issuer.Search, t.issuer.Name, t.issuer.Tenant})) == 0 {
		t.known |= nameable
	}
	return t.missingClaims()
}

// wanted is what UserInfo is asked for.
func wanted(res claims.Resolution) []claims.Path {
	if res.Order == claims.UserInfoOnly {
		return res.Needed
	}
	return absent(res.Token, res.Needed)
}

// userInfoFault names what UserInfo was needed for: without it, the token would do. Glewlwyd answers 404 where the token is of a client
// by itself, which is a refusal: as an outage, the client could cause it at will.
func (t *attempt) userInfoFault(err error, res claims.Resolution) *Error {
	why, text := reason.UserInfoUnavailable, "UserInfo cannot be asked"
	var refused *claims.RefusedError
	var answer *fetch.Error
	switch {
	case errors.Is(err, claims.ErrSubjectMismatch):
		why, text = reason.UserInfoSubjectMismatch, "UserInfo's answer is not about the token's user"
	case errors.As(err, &refused):
		why, text = reason.UserInfoRefused, "UserInfo does not accept this token"
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound && t.isMachine():
		why, text = reason.UserInfoRefused, "UserInfo knows no user of this token, which names none"
	}
	needed := wanted(res)
	if len(needed) == 0 {
		return refuse(why, err, "%s", text)
	}
	e := refuse(why, err, "%s, and is needed for claim %s", text, named(needed))
	if lacking := absent(res.Token, needed); len(lacking) > 0 {
		e.claim = lacking[0]
	}
	return e
}

// isMachine tells that the token names no user: its sub is its client, or there is none.
func (t *attempt) isMachine() bool {
	sub := t.token.Claims.Text("sub")
	return sub == "" || slices.ContainsFunc(clientClaims, func(claim string) bool { return t.token.Claims.Text(claim) == sub })
}

func named(paths []claims.Path) string {
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, p.String())
	}
	return strings.Join(names, ", ")
}

// missingClaims leaves to the checks what they look at.
func (t *attempt) missingClaims() *Error {
	missing := absent(t.claims, t.issuer.needed)
	var left []claims.Path
	for _, p := range missing {
		if !t.issuer.checksOn(p) {
			left = append(left, p)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return t.missing(reason.ClaimMissing, left...)
}

// absent returns the paths that the set does not have; an unset path is not asked for.
func absent(set claims.Set, paths []claims.Path) []claims.Path {
	var out []claims.Path
	for _, p := range paths {
		if _, ok := set.Lookup(p); !ok && !p.IsZero() {
			out = append(out, p)
		}
	}
	return out
}

// missing says which sources were asked for claims, and what each one did hold.
func (t *attempt) missing(reason reason.Reason, paths ...claims.Path) *Error {
	text := fmt.Sprintf("claim %s is missing; the token holds %q", named(paths), listed(t.token.Claims.Names()))
	if t.issuer.UserInfo == nil {
		text += "; no UserInfo is configured"
	} else {
		text += fmt.Sprintf("; UserInfo holds %q", listed(t.claims.NamesFrom(claims.FromUserInfo)))
		if t.issuer.ClaimOrder == claims.UserInfoOnly {
			text += ", and the token is not asked (UserInfoOnly)"
		}
	}
	e := refuse(reason, nil, "%s", text)
	e.claim = paths[0]
	return e
}

const (
	maxListed      = 50
	maxListedBytes = 2 << 10
)

// listed bounds the names that are repeated from outside, in number and in all.
func listed(names []string) []string {
	out := make([]string, 0, min(len(names), maxListed))
	room := maxListedBytes
	for _, n := range names[:min(len(names), maxListed)] {
		n = clip(n)
		if room -= len(n); room < 0 {
			return append(out, "…")
		}
		out = append(out, n)
	}
	return out
}

// enforceChecks names every check that does not hold.
func enforceChecks(_ context.Context, t *attempt) *Error {
	var first *Error
	for _, check := range t.issuer.Checks {
		fault := t.enforce(check)
		switch {
		case fault == nil:
		case first == nil:
			first = fault
		default:
			first.also = append(first.also, fault)
		}
	}
	return first
}

func (t *attempt) enforce(check claims.Check) *Error {
	v, ok := t.claims.Lookup(check.Path())
	if !ok {
		return t.missing(reason.CheckClaimMissing, check.Path())
	}
	if check.Holds(v) {
		return nil
	}
	e := refuse(reason.CheckFailed, nil, "claim %s is %s, a %s; the check wants %s", check.Path(), t.shown(check.Path(), v), jsonType(v), check)
	e.claim = check.Path()
	return e
}

// jsonType is the JSON type of a value, which says nothing of a person, and is what many a check fails for.
func jsonType(v claims.Value) string {
	switch raw := v.Raw(); {
	case raw == "":
		return "claim without a value"
	case raw[0] == '"':
		return "string"
	case raw[0] == '[':
		return "list"
	case raw[0] == '{':
		return "object"
	case raw[0] == 't' || raw[0] == 'f':
		return "boolean"
	}
	return "number"
}
