package pipeline

import (
	"context"
	"fmt"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Deny verifies the token like a request, and stores its revocation. A token that is already denied need not be valid any more,
// because its provider may have revoked it since.
func (t *Run) Deny(ctx context.Context) *Fault {
	at, fault := t.run(ctx, 0, firstPerRequest)
	denied := fault != nil && fault.Reason == reason.TokenRevoked
	if denied {
		_, fault = t.run(ctx, at+1, firstPerRequest)
	}
	switch {
	case fault != nil && denied:
		return nil
	case fault != nil:
		return fault
	}
	return t.storeRevocation(ctx, denied)
}

// revocationKeys are the keys under which a revocation is stored. Any two spellings of an opaque token share a key.
func (t *Run) revocationKeys() []string {
	if t.isJWT() {
		return []string{jwtKey(t.Raw)}
	}
	own, _ := spellings(t.Raw)
	return appendTextKeys(nil, own)
}

func (t *Run) storeRevocation(ctx context.Context, denied bool) *Fault {
	keys := t.revocationKeys()
	e, others := denylist.Entry{Key: keys[0], Until: t.Now.Add(t.Engine.MaxTokenLife)}, keys[1:]
	if !t.Expiry.IsZero() {
		e.Until = t.Expiry.Add(MaxLeeway) // a replica may have a longer leeway, and a clock that is behind
	}
	owner := t.ownerKey()
	iat, dated := t.issuedAt()
	switch {
	case denied || !t.Engine.quotas.exhausted(owner, t.Now):
	case dated && !iat.After(t.Now.Add(t.Rules.Leeway)): // the provider's clock may be ahead
		e.Key, e.Before, others = owner, iat, nil
	case t.Engine.quotas.hasAtLeast(owner, maxUndatedEntries, t.Now):
		return Refuse(reason.DenyListUnavailable, nil, "more than %d tokens without iat of one user or client were revoked", maxUndatedEntries)
	}
	for _, key := range others { // the entry that counts towards the quota is stored last
		if _, err := t.Engine.DenyList.Add(ctx, denylist.Entry{Key: key, Until: e.Until}); err != nil {
			return Refuse(reason.DenyListUnavailable, err, "the revocation could not be stored")
		}
	}
	if _, err := t.Engine.add(ctx, owner, t.Now, e); err != nil {
		return Refuse(reason.DenyListUnavailable, err, "the revocation could not be stored")
	}
	return nil
}

// AtProvider describes the revocation of a token at its provider.
type AtProvider struct {
	Issuer      string // empty if the provider was not asked
	StillActive bool   // the provider reports success, but its introspection still calls the token active
	Err         error  // why the provider could not be asked, or its error; nil if StillActive
}

// RevokeAtProvider asks the token's provider to revoke the token, if the rules of the issuer have a Revoker.
func (t *Run) RevokeAtProvider(ctx context.Context, hint string) (AtProvider, *Fault) {
	rules := t.rulesForRevocation()
	if rules == nil {
		return AtProvider{}, Refuse(reason.UnknownIssuer, nil, "no configured issuer is known to have issued the token")
	}
	if rules.Revoker == nil {
		if hint == "refresh_token" {
			return AtProvider{}, Refuse(reason.OpaqueToken, nil, "Issuer.Revoker is nil, and only the provider can revoke a refresh token")
		}
		return AtProvider{}, nil
	}
	out := AtProvider{Issuer: rules.URL}
	o := observation{calls: t.Engine.Calls, issuer: rules.URL, raw: t.Raw, personal: t.personalValues()}
	_, out.Err = observe(ctx, o, decision.EndpointRevocation, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, rules.Revoker.Revoke(ctx, t.Raw, hint)
	})
	if out.Err == nil && rules.ConfirmRevocation {
		out.StillActive, out.Err = rules.callsActive(ctx, o)
	}
	return out, nil
}

// rulesForRevocation chooses the issuer of a refresh token, which no step has found.
func (t *Run) rulesForRevocation() *Rules {
	switch {
	case t.Rules != nil:
		return t.Rules
	case len(t.Engine.Issuers) == 1:
		return t.Engine.Issuers[0]
	}
	for _, rules := range t.Engine.Issuers {
		if rules.Opaque != nil && rules.Opaque(t.Raw) {
			return rules
		}
	}
	return nil
}

// callsActive reports whether the provider still calls a revoked token active. It ignores the cached answer, which is older
// than the revocation.
func (r *Rules) callsActive(ctx context.Context, o observation) (bool, error) {
	set, err := observe(ctx, o, decision.EndpointIntrospection, func(ctx context.Context) (claims.Set, error) {
		return r.Introspector.Introspect(ctx, o.raw)
	})
	switch {
	case IsInactive(set, err):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("introspection could not confirm the revocation: %w", err)
	}
	return true, nil
}
