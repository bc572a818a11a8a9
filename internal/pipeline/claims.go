package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/resolve"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// resolveClaims reads what checks and user need: from the token, then from UserInfo.
func resolveClaims(ctx context.Context, t *Run) *Fault {
	res := resolve.Resolution{
		Token: claimset.FromObject(t.Token.Claims), Subject: t.Rules.UserInfoSubject, Needed: t.Rules.Needed, UserInfoOnly: t.Rules.UserInfoOnly,
	}
	if t.Form == Opaque && t.Rules.InsecureOpaqueByUserInfo {
		res.UserInfoOnly, res.Subject = true, SubjectClaim // it is all there is
	}
	if t.Rules.UserInfo != nil {
		if t.Offline && (res.UserInfoOnly || len(wanted(res)) > 0) {
			return Abstain("UserInfo is asked about a good token only")
		}
		res.UserInfo = t.askUserInfo
	}
	set, err := resolve.Claims(ctx, res)
	if err != nil {
		return t.userInfoFault(err, res)
	}
	t.Claims = set
	t.Established |= Resolved
	if len(absent(set, []claims.Path{t.Rules.Search, t.Rules.Name, t.Rules.Tenant})) == 0 {
		t.Established |= UserNamed
	}
	return t.missingClaims()
}

// wanted is what UserInfo is asked for.
func wanted(res resolve.Resolution) []claims.Path {
	if res.UserInfoOnly {
		return res.Needed
	}
	return absent(res.Token, res.Needed)
}

// userInfoFault names what UserInfo was needed for: without it, the token would do. Glewlwyd answers 404 where the token is of a client
// by itself, which is a refusal: as an outage, the client could cause it at will.
func (t *Run) userInfoFault(err error, res resolve.Resolution) *Fault {
	why, text := reason.UserInfoUnavailable, "UserInfo cannot be asked"
	var refused *claims.RefusedError
	var answer *fetch.Error
	switch {
	case errors.Is(err, resolve.ErrSubjectMismatch):
		why, text = reason.UserInfoSubjectMismatch, "UserInfo's answer is not about the token's user"
	case errors.As(err, &refused):
		why, text = reason.UserInfoRefused, "UserInfo does not accept this token"
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound && t.isMachine():
		why, text = reason.UserInfoRefused, "UserInfo knows no user of this token, which names none"
	}
	needed := wanted(res)
	if len(needed) == 0 {
		return Refuse(why, err, "%s", text)
	}
	e := Refuse(why, err, "%s, and is needed for claim %s", text, named(needed))
	if lacking := absent(res.Token, needed); len(lacking) > 0 {
		e.Claim = lacking[0]
	}
	return e
}

// isMachine tells that the token names no user: its sub is its client, or there is none.
func (t *Run) isMachine() bool {
	sub := t.Token.Claims.Text("sub")
	return sub == "" || slices.ContainsFunc(clientClaims, func(claim string) bool { return t.Token.Claims.Text(claim) == sub })
}

func named(paths []claims.Path) string {
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, p.String())
	}
	return strings.Join(names, ", ")
}

// missingClaims leaves to the checks what they look at.
func (t *Run) missingClaims() *Fault {
	missing := absent(t.Claims, t.Rules.Needed)
	var left []claims.Path
	for _, p := range missing {
		if !t.Rules.ChecksOn(p) {
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
func (t *Run) missing(reason reason.Reason, paths ...claims.Path) *Fault {
	text := fmt.Sprintf("claim %s is missing; the token holds %q", named(paths), record.List(t.Token.Claims.Names()))
	if t.Rules.UserInfo == nil {
		text += "; no UserInfo is configured"
	} else {
		text += fmt.Sprintf("; UserInfo holds %q", record.List(claimset.UserInfo(t.Claims).Names()))
		if t.Rules.UserInfoOnly {
			text += ", and the token is not asked (UserInfoOnly)"
		}
	}
	e := Refuse(reason, nil, "%s", text)
	e.Claim = paths[0]
	return e
}

// enforceChecks names every check that does not hold.
func enforceChecks(_ context.Context, t *Run) *Fault {
	var first *Fault
	for _, check := range t.Rules.Checks {
		fault := t.enforce(check)
		switch {
		case fault == nil:
		case first == nil:
			first = fault
		default:
			first.Also = append(first.Also, fault)
		}
	}
	return first
}

func (t *Run) enforce(check claims.Check) *Fault {
	v, ok := t.Claims.Lookup(check.Path())
	if !ok {
		return t.missing(reason.CheckClaimMissing, check.Path())
	}
	if check.Holds(v) {
		return nil
	}
	e := Refuse(reason.CheckFailed, nil, "claim %s is %s, a %s; the check wants %s", check.Path(), t.Shown(check.Path(), v), jsonType(v), check)
	e.Claim = check.Path()
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
