package oidcauth

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// RequireAuthentication returns nil if the user authenticated at most maxAge ago, in one of the authentication contexts acr
// (RFC 9470). If maxAge is 0, any age is accepted. If acr is empty, any context is accepted. A requirement with neither of
// them, or with a negative maxAge, refuses every token. "a b" means two contexts, as in acr_values.
//
// The token or its introspection must state what is required, in the claims [ClaimRules.ACR] and [ClaimRules.AuthTime] or
// [ClaimRules.AuthAge]. The age is measured by [Config.Now], with the tolerance [Issuer.Leeway]. A time in the future by more
// than the leeway is refused. A refreshed token states the time of the original authentication.
//
// The error is an [*Error] of reason insufficient_user_authentication, or of reason no_credentials for a nil Identity.
// [Authenticator.Refuse] answers it.
func (i *Identity) RequireAuthentication(maxAge time.Duration, acr ...string) error {
	if i == nil {
		return errAnonymous()
	}
	want := pipeline.Authentication{MaxAge: maxAge}
	if len(acr) > 0 {
		want.ACR = strings.Split(strings.Join(acr, " "), " ")
	}
	fault := pipeline.Result(*i.data()).RequireAuthentication(want)
	if fault == nil {
		return nil
	}
	return &Error{Reason: reason.InsufficientUserAuthentication, Detail: fault.Detail, authentication: fault.Authentication, identity: i}
}

// RequiredAuthentication reads the requirement of a refusal, for the login of a browser.
func (verifier) RequiredAuthentication(err error) (maxAge time.Duration, acr []string, required bool) {
	var e *Error
	if !errors.As(err, &e) || e == nil || e.authentication == nil {
		return 0, nil, false
	}
	want := e.authentication.Required
	return want.MaxAge, slices.Clone(want.ACR), true
}
