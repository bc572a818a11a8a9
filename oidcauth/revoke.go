package oidcauth

import (
	"context"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// NotRevokedError reports that the provider did not revoke a token, or that it is unknown whether it did. This service refuses
// the token nevertheless, if it is an access token.
type NotRevokedError struct {
	// Issuer is the URL of the issuer.
	Issuer string
	// StillActive reports that the provider answered with success, but that its introspection still calls the token active.
	StillActive bool
	// Err is the error of the request to the provider. It is nil if StillActive is set.
	Err error
	// Hints lists the known causes, each with its fix. The text of the error contains the first one. A hint has no reason.
	Hints []decision.Hint
}

func (e *NotRevokedError) Error() string {
	text := fmt.Sprintf("oidcauth: issuer %q did not revoke the token: %v", e.Issuer, e.Err)
	if e.StillActive {
		text = fmt.Sprintf("oidcauth: issuer %q accepted the revocation, but still calls the token active", e.Issuer)
	}
	if len(e.Hints) > 0 {
		text += ": " + e.Hints[0].Cause + " " + e.Hints[0].Fix
	}
	return text
}

// Unwrap returns the cause.
func (e *NotRevokedError) Unwrap() error { return e.Err }

// Revoke revokes an access token: from the next request on, every Authenticator that shares [Revocation.DenyList] refuses it. If
// [Issuer.Revoker] is set, the provider revokes the token too. The hint is access_token, refresh_token or empty (RFC 7009
// section 2.1). A refresh token is revoked at the provider only.
//
// The errors of Revoke:
//   - [*Error]: neither this service nor the provider has revoked the token. Either requests with the token are refused anyway,
//     or the deny list cannot store it. A token that is refused only for its user, its nbf or its claims can be revoked. For a
//     refresh token, the error means that no Revoker is set, or that the issuer of the token is unknown.
//   - [*NotRevokedError]: this service refuses the token, but the provider did not revoke it, or did not answer. Call Revoke again.
//   - nil: this service refuses the token, and the provider reported success if Revoker is set.
//
// A provider revokes only tokens that it issued to the client of the Revoker. For a token of another client it may report success
// and not revoke the token (RFC 7009 sections 2.1 and 2.2). The Revoker must therefore be the client to which the tokens were
// issued, which is seldom the API itself. [Issuer.ConfirmRevocation] detects this case.
//
// The deny list stores 100 revoked tokens of one user one by one, until they expire. Beyond this number, one entry covers the
// revoked token and all tokens of the user that were issued before it. Such an entry cannot cover a token without iat: the list
// stores 1000 of these tokens one by one, and then Revoke returns an error. These limits keep one user from filling the list.
// The tokens of one client that name no user have the same limits.
func (a *Authenticator) Revoke(ctx context.Context, token, hint string) error {
	if hint == "refresh_token" {
		t := a.engine.Begin(a.engine.Uncached(token))
		return a.revokeAtProvider(ctx, t, hint, false)
	}
	// The deny list must contain the token exactly as a request sends it. Otherwise the request would still be accepted.
	raw, _, fault := credential([]string{"Bearer " + token}, false)
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
		a.tellRevocation(ctx, t, decision.Revocation{AtProvider: decision.Skipped}, e)
		return e
	}
	return a.revokeAtProvider(ctx, t, hint, true)
}

// revokeAtProvider ends Revoke. stored reports that the deny list contains the token.
func (a *Authenticator) revokeAtProvider(ctx context.Context, t *pipeline.Run, hint string, stored bool) error {
	provider, fault := t.RevokeAtProvider(ctx, hint)
	told := decision.Revocation{Stored: stored, AtProvider: decision.Skipped}
	var err error
	switch {
	case fault != nil:
		err = errorOf(fault)
	case provider.StillActive || provider.Err != nil:
		told.AtProvider = decision.Failed
		err = &NotRevokedError{Issuer: provider.Issuer, StillActive: provider.StillActive, Err: provider.Err, Hints: (&trace.Trace{Run: t}).NotRevoked(provider.StillActive, provider.Err)}
	case provider.Issuer != "":
		told.AtProvider = decision.Passed
	}
	a.tellRevocation(ctx, t, told, err)
	return err
}
