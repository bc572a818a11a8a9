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
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// resolveClaims reads the claims that the checks, the user lookup and the handlers need, first from the token, and then from
// UserInfo.
func resolveClaims(ctx context.Context, t *Run) *Fault {
	res := resolve.Resolution{
		Token: claimset.FromObject(t.Token.Claims), Subject: t.Rules.UserInfoSubject, Needed: t.Rules.Needed, Alternatives: t.Rules.Roles.Paths, UserInfoOnly: t.Rules.UserInfoOnly,
	}
	if t.Form == Opaque && t.Rules.InsecureOpaqueByUserInfo || t.login != nil && t.byUserInfo() {
		res.UserInfoOnly, res.Subject = true, SubjectClaim // an opaque token has no claims that could be read
	}
	if t.Rules.UserInfo != nil {
		distributed, ok := t.Rules.UserInfo.(claims.Distributed)
		res.Refers = t.Rules.ConfirmByUserInfo && t.login == nil || ok && distributed.Refers(res.Token)
		if t.Offline && (res.UserInfoOnly || res.Refers || len(neededFromUserInfo(res)) > 0) {
			return Skip("UserInfo is not requested, because the token is refused")
		}
		res.UserInfo = t.claimsOfUserInfo
	}
	set, err := resolve.Claims(ctx, res)
	if errors.Is(err, errUnknown) {
		return Skip(noUserInfo)
	}
	if err != nil {
		return t.userInfoFault(err, res)
	}
	return t.resolved(set)
}

// resolved ends the reading of claims.
func (t *Run) resolved(set claims.Set) *Fault {
	t.Claims = set
	t.Established |= Resolved
	if len(absent(set, []claims.Path{t.Rules.Search, t.Rules.Name, t.Rules.Tenant})) == 0 {
		t.Established |= UserNamed
	}
	return t.checkPresence()
}

func (t *Run) claimsOfUserInfo(ctx context.Context) (claims.Set, error) {
	answer, err := t.askUserInfo(ctx)
	return answer.Value, err
}

func neededFromUserInfo(res resolve.Resolution) []claims.Path {
	if res.UserInfoOnly {
		return slices.Concat(res.Needed, res.Alternatives)
	}
	needed := absent(res.Token, res.Needed)
	if res.LacksAlternatives() {
		needed = append(needed, res.Alternatives...)
	}
	return needed
}

// userInfoFault returns the fault of a failed request to UserInfo. It names the claims for which UserInfo was requested. If a
// client has requested a token for itself, Glewlwyd answers 404. This is a refusal and not an outage, because a client can
// cause it at will.
func (t *Run) userInfoFault(err error, res resolve.Resolution) *Fault {
	why, text := reason.UserInfoUnavailable, "UserInfo is unavailable"
	var refused *claims.RefusedError
	var answer *fetch.Error
	switch {
	case errors.Is(err, resolve.ErrSubjectMismatch):
		why, text = reason.UserInfoSubjectMismatch, "UserInfo's answer is not about the token's user"
	case errors.As(err, &refused):
		why, text = reason.UserInfoRefused, "UserInfo does not accept this token"
	case errors.As(err, &answer) && answer.Status == http.StatusNotFound && tokenclaims.IsMachine(t.Token.Claims):
		why, text = reason.UserInfoRefused, "UserInfo has no user for this token, because the token was issued to a client itself"
	}
	needed := neededFromUserInfo(res)
	if len(needed) == 0 {
		return Refuse(why, err, "%s", text)
	}
	f := Refuse(why, err, "%s, and is needed for claim %s", text, joinPaths(needed))
	if missing := absent(res.Token, needed); len(missing) > 0 {
		f.Claim = missing[0]
	}
	return f
}

func joinPaths(paths []claims.Path) string {
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, p.String())
	}
	return strings.Join(names, ", ")
}

// checkPresence requires the claims that may not be absent. It omits the claims that a check requires, because the check
// reports them.
func (t *Run) checkPresence() *Fault {
	var missing []claims.Path
	for _, p := range absent(t.Claims, t.Rules.required) {
		if !t.Rules.ChecksRequire(p) {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return t.missingFault(reason.ClaimMissing, missing...)
}

// absent returns the paths that the set does not contain, without unset paths.
func absent(set claims.Set, paths []claims.Path) []claims.Path {
	var out []claims.Path
	for _, p := range paths {
		if _, ok := set.Lookup(p); !ok && !p.IsZero() {
			out = append(out, p)
		}
	}
	return out
}

// missingFault returns the fault of missing claims. It lists the claims that the token and UserInfo contain.
func (t *Run) missingFault(reason reason.Reason, paths ...claims.Path) *Fault {
	text := fmt.Sprintf("claim %s is missing; the token contains %q", joinPaths(paths), record.List(t.Token.Claims.Names()))
	rules := t.RulesOrDefault()
	if rules.UserInfo == nil {
		text += "; no UserInfo is configured"
	} else {
		text += fmt.Sprintf("; UserInfo contains %q", record.List(claimset.UserInfo(t.Claims).Names()))
		if rules.UserInfoOnly {
			text += ", and claims of the token are not used (UserInfoOnly)"
		}
	}
	f := Refuse(reason, nil, "%s", text)
	f.Claim = paths[0]
	return f
}
