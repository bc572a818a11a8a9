package oidcauth

import (
	"context"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
)

// NotRevokedError reports that the provider did not revoke a token, or that this is not known. An access token is refused here all the same.
type NotRevokedError struct {
	// Issuer is the URL of the issuer.
	Issuer string
	// StillActive reports that the provider answered with success, and that introspection calls the token active all the same.
	StillActive bool
	// Err says why the provider could not be asked, or what it answered. It is nil if StillActive is set.
	Err error
}

func (e *NotRevokedError) Error() string {
	if e.StillActive {
		return fmt.Sprintf("oidcauth: issuer %q took the revocation, and still calls the token active: "+
			"it may have been issued to another client than the one that asks", e.Issuer)
	}
	return fmt.Sprintf("oidcauth: issuer %q did not revoke the token: %v", e.Issuer, e.Err)
}

// Unwrap returns the cause.
func (e *NotRevokedError) Unwrap() error { return e.Err }

// Revoke refuses an access token from now on, here and wherever the deny list is shared, and revokes it at its
// provider where Issuer.Revoker is set. The hint is access_token, refresh_token or empty (RFC 7009 section 2.1); a refresh
// token is revoked at the provider only.
//
// An [*Error] means that nothing was revoked, and nothing is kept: the token is not good here, for whatever reason but its
// user, its nbf or its claims, or the deny list cannot be asked. A [*NotRevokedError] means that the token is refused here,
// and that the provider did not revoke it, or could not be asked; Revoke may then be called again.
//
// No error does not mean that the provider has revoked the token. It revokes what was issued to the client that asks, and
// may answer 200 and do nothing for the token of another client (RFC 7009 section 2.1 and 2.2). Revoker must therefore be the
// client to which the tokens were issued, which is seldom the API. Set [Issuer.ConfirmRevocation] to have it looked at.
//
// Of one user, or of one client whose tokens name no user, 100 tokens are kept one by one until they expire. From then on what is
// revoked covers all tokens of the same that were issued until the revoked one was. Tokens that do not say when they were
// issued are kept one by one on, up to 1000, and then refused to be revoked: one sender must not fill the list.
func (a *Authenticator) Revoke(ctx context.Context, token, hint string) error {
	if hint == "refresh_token" {
		return a.revokeAtProvider(ctx, a.engine.Begin(a.engine.Uncached(token)), hint)
	}
	// What no request could send would be kept in vain: the token as it is sent would be accepted on.
	raw, fault := credential([]string{"Bearer " + token})
	t := a.engine.BeginRevocation(a.engine.Uncached(raw))
	if fault == nil {
		fault = pipeline.CheckToken68(raw)
	}
	if fault == nil {
		fault = t.Deny(ctx)
	}
	if fault != nil {
		e := errorOf(fault)
		e.cause = (&trace.Trace{Run: t}).Cause(fault)
		return e
	}
	return a.revokeAtProvider(ctx, t, hint)
}

func (a *Authenticator) revokeAtProvider(ctx context.Context, t *pipeline.Run, hint string) error {
	failed, fault := t.RevokeAtProvider(ctx, hint)
	switch {
	case fault != nil:
		return errorOf(fault)
	case failed != nil:
		return &NotRevokedError{Issuer: failed.Issuer, StillActive: failed.StillActive, Err: failed.Err}
	}
	return nil
}
