package oidcauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Revoker revokes a token at its provider (RFC 7009). A *provider.Client is one.
type Revoker interface {
	Revoke(ctx context.Context, token, hint string) error
}

// NotRevokedError says that the provider did not revoke a token, or may not have. An access token is refused here all the same.
type NotRevokedError struct {
	Issuer      string
	StillActive bool  // the provider answered with success, and introspection calls the token active all the same
	Err         error // why the provider could not be asked, or what it answered; nil where StillActive
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
// Of one user, 100 tokens are kept one by one until they expire. From then on what is revoked covers all tokens of the user
// that were issued until the revoked one was.
func (a *Authenticator) Revoke(ctx context.Context, token, hint string) error {
	t := a.attempt(a.look(token))
	if hint == "refresh_token" {
		return t.revokeAtProvider(ctx, hint)
	}
	// What no request could send would be kept in vain: the token as it is sent would be accepted on.
	raw, fault := credential(http.Header{"Authorization": {"Bearer " + token}})
	if fault == nil {
		fault = checkToken68(raw)
	}
	if fault == nil {
		t.raw = raw
		fault = t.denyToken(ctx)
	}
	if fault != nil {
		t.redact(fault)
		return fault
	}
	return t.revokeAtProvider(ctx, hint)
}

// denyToken judges the token as a request would, and keeps that it was revoked. One that is denied already needs not be good
// any more: its provider may have revoked it meanwhile.
func (t *attempt) denyToken(ctx context.Context) *Error {
	t.early = true // it would be accepted when its nbf has come
	at, fault := t.run(ctx, 0, live)
	denied := fault != nil && fault.Reason == reason.TokenRevoked
	if denied {
		_, fault = t.run(ctx, at+1, live)
	}
	switch {
	case fault != nil && denied:
		return nil
	case fault != nil:
		return fault
	}
	return t.keepRevoked(ctx, denied)
}

func (t *attempt) keepRevoked(ctx context.Context, denied bool) *Error {
	e := denylist.Entry{Key: t.tokenKey(), Until: t.now.Add(t.auth.config.MaxTokenLife)}
	if !t.expiry.IsZero() {
		e.Until = t.expiry.Add(maxLeeway) // another replica's may be longer than ours, and its clock behind
	}
	user := subjectKey(t.iss(), t.told("sub"))
	if iat, dated := t.issuedAt(); !denied && dated && !iat.After(t.now) && t.auth.shares.usedUp(user, t.now) {
		e.Key, e.Before = user, iat
	}
	if _, err := t.auth.keep(ctx, user, t.now, e); err != nil {
		return refuse(reason.DenyListUnavailable, err, "the revocation was not kept")
	}
	return nil
}

// keep adds an entry and, if it is new, counts it towards the user's share.
func (a *Authenticator) keep(ctx context.Context, user string, now time.Time, e denylist.Entry) (added bool, err error) {
	added, err = a.config.DenyList.Add(ctx, e)
	if err == nil && added && e.Key != user {
		a.shares.count(user, now, e.Until)
	}
	return added, err
}

func (t *attempt) revokeAtProvider(ctx context.Context, hint string) error {
	iss := t.issuer
	if iss == nil && len(t.auth.issuers) == 1 {
		iss = t.auth.issuers[0]
	}
	for _, have := range t.auth.issuers {
		if iss == nil && have.Opaque != nil && have.Opaque(t.raw) {
			iss = have
		}
	}
	if iss == nil {
		return refuse(reason.UnknownIssuer, nil, "no issuer takes the token")
	}
	if iss.Revoker == nil {
		if hint == "refresh_token" {
			return refuse(reason.OpaqueToken, nil, "Issuer.Revoker is nil, and only the provider can revoke a refresh token")
		}
		return nil
	}
	if err := iss.Revoker.Revoke(ctx, t.raw, hint); err != nil {
		return &NotRevokedError{Issuer: iss.URL, Err: err}
	}
	if iss.ConfirmRevocation {
		return iss.confirmRevocation(ctx, t.raw)
	}
	return nil
}

// confirmRevocation asks past what is kept: that was said before.
func (iss *issuer) confirmRevocation(ctx context.Context, token string) error {
	set, err := iss.Introspector.Introspect(ctx, token)
	switch {
	case isInactive(set, err):
		return nil
	case err != nil:
		return &NotRevokedError{Issuer: iss.URL, Err: fmt.Errorf("it cannot be asked whether it has: %w", err)}
	}
	return &NotRevokedError{Issuer: iss.URL, StillActive: true}
}

func isInactive(set claims.Set, err error) bool {
	return errors.Is(err, claims.ErrInactive) || err == nil && saysInactive(set)
}
