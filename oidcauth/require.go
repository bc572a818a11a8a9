package oidcauth

import (
	"errors"
	"fmt"
	"slices"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// RequireAnyScope returns nil if the token grants at least one of the scopes. Otherwise it returns an [Error] of reason
// insufficient_scope. Its challenge names only the first scope, because one is enough. Without arguments it refuses. See
// [Identity.HasScopes].
func (i *Identity) RequireAnyScope(anyOf ...string) error {
	if i == nil {
		return errAnonymous()
	}
	if slices.ContainsFunc(anyOf, func(scope string) bool { return i.HasScopes(scope) }) {
		return nil
	}
	return &Error{
		Reason: reason.InsufficientScope, Detail: fmt.Sprintf("one of the scopes %q is required; the %s grants %q", anyOf, i.source(), record.List(i.data().Scopes)),
		scopes: slices.Clone(anyOf[:min(len(anyOf), 1)]), identity: i,
	}
}

// RequireRoles returns nil if the caller has all of the roles; see [ClaimRules.Roles]. Otherwise it returns an [Error] of reason
// role_missing. Without arguments it refuses.
func (i *Identity) RequireRoles(all ...string) error {
	switch {
	case i == nil:
		return errAnonymous()
	case len(all) > 0 && i.HasRoles(all...):
		return nil
	}
	return i.roleError(fmt.Sprintf("the roles %q are required", all), all)
}

// RequireAnyRole returns nil if the caller has at least one of the roles. Otherwise it returns an [Error] of reason role_missing.
// Without arguments it refuses.
func (i *Identity) RequireAnyRole(anyOf ...string) error {
	switch {
	case i == nil:
		return errAnonymous()
	case slices.ContainsFunc(anyOf, func(role string) bool { return i.HasRoles(role) }):
		return nil
	}
	return i.roleError(fmt.Sprintf("one of the roles %q is required", anyOf), anyOf)
}

// roleError makes the refusal. It names the roles of the caller only if the application chose their names (RoleRules.Map), or
// if ShowClaimValues is set, because the names of groups may describe a person.
func (i *Identity) roleError(need string, roles []string) *Error {
	data := i.data()
	has := fmt.Sprintf("the caller has %d role(s)", len(data.Roles))
	if data.Rules != nil && (data.Rules.ShowClaimValues || data.Rules.Roles.Map != nil) {
		has = fmt.Sprintf("the caller has %q", record.List(data.Roles))
	}
	unmet := &pipeline.Fault{Roles: slices.DeleteFunc(slices.Clone(roles), func(role string) bool { return i.HasRoles(role) })}
	if data.Rules != nil && len(data.Rules.Roles.Paths) > 0 {
		unmet.Claim = data.Rules.Roles.Paths[0]
	}
	return &Error{Reason: reason.RoleMissing, Detail: need + "; " + has, unmet: unmet, identity: i}
}

// RequireClaims returns nil if the claims satisfy all checks. Otherwise it returns an [Error] of reason check_claim_missing or
// check_failed, which explains every check that fails. Without arguments it refuses. It reads [Identity.Claims] and does not
// request UserInfo: add a claim to [ClaimRules.Required] if only UserInfo may have it. A check that passes because a claim is
// absent, such as [claims.Absent], fails if UserInfo is configured and was not requested: put such a check into
// [ClaimRules.Checks].
func (i *Identity) RequireClaims(checks ...claims.Check) error {
	if i == nil {
		return errAnonymous()
	}
	fault := pipeline.Result(*i.data()).Unmet(claims.AllOf(checks...))
	if fault == nil {
		return nil
	}
	return &Error{Reason: fault.Reason, Detail: fault.Detail, unmet: fault, identity: i}
}

// RequireUser returns nil if the Identity has a user. Otherwise it returns an [Error] of reason user_not_found: no user is looked
// up for the issuer of the token, because neither [Config.Users] nor [Issuer.Users] is set.
func (i *Identity) RequireUser() error {
	switch {
	case i == nil:
		return errAnonymous()
	case i.data().User.Enabled:
		return nil
	}
	return &Error{Reason: reason.UserNotFound, Detail: "no user is looked up for this issuer", identity: i}
}

// Require returns nil if allow returns nil. Otherwise it returns an [Error] of reason access_denied, whose cause is the error
// of allow. The rule is the application's name for this requirement. The decision and the log contain it, but the response does
// not.
//
// If the error of allow is an [*Error], such as that of another requirement, it keeps its reason. Return &Error{Reason:
// reason.ApplicationError, Err: err} if allow cannot decide, so that the response is 500 and not 403. For the nil Identity of
// an anonymous request, Require returns an [Error] of reason no_credentials, and does not call allow.
func (i *Identity) Require(rule string, allow func(*Identity) error) error {
	if i == nil {
		return errAnonymous()
	}
	err := allow(i)
	if err == nil {
		return nil
	}
	out := Error{Reason: reason.AccessDenied, Detail: fmt.Sprintf("the rule %q of the application refuses", rule), Err: err}
	var own *Error
	if errors.As(err, &own) && own != nil && own.Reason != "" {
		if own.DecisionID != "" {
			return own
		}
		out = *own
	}
	if out.identity == nil {
		out.identity = i
	}
	out.rule = rule
	return &out
}

// RequireScopes returns nil if the token grants all of these scopes, as [Identity.HasScopes] reports it. Otherwise it returns
// an [Error] for [Authenticator.Refuse]: its reason is insufficient_scope, or no_credentials if the Identity is nil. Without
// arguments it accepts every Identity except nil.
func (i *Identity) RequireScopes(all ...string) error {
	if i == nil {
		return errAnonymous()
	}
	if i.HasScopes(all...) {
		return nil
	}
	return &Error{
		Reason: reason.InsufficientScope, Detail: fmt.Sprintf("the scopes %q are required; the %s grants %q", all, i.source(), record.List(i.data().Scopes)),
		scopes: slices.Clone(all), identity: i,
	}
}

// source names what identified the caller.
func (i *Identity) source() string {
	if i.data().Token.Login {
		return "session"
	}
	return "token"
}

// errAnonymous is the refusal of a request without an Identity.
func errAnonymous() *Error {
	return &Error{Reason: reason.NoCredentials, Detail: "the context has no identity: the request is anonymous, or Authenticator.Handler does not wrap this handler"}
}
