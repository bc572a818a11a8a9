package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Deny judges the token as a request would, and keeps that it was revoked. One that is denied already needs not be good
// any more: its provider may have revoked it meanwhile.
func (t *Run) Deny(ctx context.Context) *Fault {
	t.early = true // it would be accepted when its nbf has come
	at, fault := t.run(ctx, 0, perRequest)
	denied := fault != nil && fault.Reason == reason.TokenRevoked
	if denied {
		_, fault = t.run(ctx, at+1, perRequest)
	}
	switch {
	case fault != nil && denied:
		return nil
	case fault != nil:
		return fault
	}
	return t.keepRevoked(ctx, denied)
}

func (t *Run) keepRevoked(ctx context.Context, denied bool) *Fault {
	keys := t.tokenKeys()
	e, others := denylist.Entry{Key: keys[0], Until: t.Now.Add(t.Engine.MaxTokenLife)}, keys[1:]
	if !t.Expiry.IsZero() {
		e.Until = t.Expiry.Add(MaxLeeway) // another replica's may be longer than ours, and its clock behind
	}
	holder := t.holderKey()
	iat, dated := t.issuedAt()
	switch {
	case denied || !t.Engine.shares.usedUp(holder, t.Now):
	case dated && !iat.After(t.Now.Add(t.Rules.Leeway)): // the provider's clock may be ahead
		e.Key, e.Before, others = holder, iat, nil
	case t.Engine.shares.has(holder, maxOwn, t.Now):
		return Refuse(reason.DenyListUnavailable, nil, "more than %d tokens of one user or client were revoked that do not say when they were issued", maxOwn)
	}
	for _, key := range others { // of other spellings; e, which is counted, comes last
		if _, err := t.Engine.DenyList.Add(ctx, denylist.Entry{Key: key, Until: e.Until}); err != nil {
			return Refuse(reason.DenyListUnavailable, err, "the revocation was not kept")
		}
	}
	if _, err := t.Engine.keep(ctx, holder, t.Now, e); err != nil {
		return Refuse(reason.DenyListUnavailable, err, "the revocation was not kept")
	}
	return nil
}

// keep adds an entry and, if it is new, counts it towards the user's share.
func (a *Engine) keep(ctx context.Context, user string, now time.Time, e denylist.Entry) (added bool, err error) {
	added, err = a.DenyList.Add(ctx, e)
	if err == nil && added && e.Key != user {
		a.shares.count(user, now, e.Until)
	}
	return added, err
}

// NotRevoked is how a provider did not revoke a token.
type NotRevoked struct {
	Issuer      string
	StillActive bool  // the provider answered with success, and introspection calls the token active all the same
	Err         error // why the provider could not be asked, or what it answered; nil where StillActive
}

// RevokeAtProvider asks the token's provider to revoke it, where the rules name a Revoker.
func (t *Run) RevokeAtProvider(ctx context.Context, hint string) (*NotRevoked, *Fault) {
	iss := t.Rules
	if iss == nil && len(t.Engine.Issuers) == 1 {
		iss = t.Engine.Issuers[0]
	}
	for _, have := range t.Engine.Issuers {
		if iss == nil && have.Opaque != nil && have.Opaque(t.Raw) {
			iss = have
		}
	}
	if iss == nil {
		return nil, Refuse(reason.UnknownIssuer, nil, "no issuer takes the token")
	}
	if iss.Revoker == nil {
		if hint == "refresh_token" {
			return nil, Refuse(reason.OpaqueToken, nil, "Issuer.Revoker is nil, and only the provider can revoke a refresh token")
		}
		return nil, nil
	}
	if err := iss.Revoker.Revoke(ctx, t.Raw, hint); err != nil {
		return &NotRevoked{Issuer: iss.URL, Err: err}, nil
	}
	if iss.ConfirmRevocation {
		return iss.confirmRevocation(ctx, t.Raw), nil
	}
	return nil, nil
}

// confirmRevocation asks past what is kept: that was said before.
func (iss *Rules) confirmRevocation(ctx context.Context, token string) *NotRevoked {
	set, err := iss.Introspector.Introspect(ctx, token)
	switch {
	case IsInactive(set, err):
		return nil
	case err != nil:
		return &NotRevoked{Issuer: iss.URL, Err: fmt.Errorf("it cannot be asked whether it has: %w", err)}
	}
	return &NotRevoked{Issuer: iss.URL, StillActive: true}
}

func IsInactive(set claims.Set, err error) bool {
	return errors.Is(err, claims.ErrInactive) || err == nil && saysInactive(set)
}
