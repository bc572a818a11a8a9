package pipeline

import (
	"context"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// checkTokenType distinguishes an access token from the other tokens of the issuer.
func checkTokenType(_ context.Context, t *Run) *Fault {
	stated, fault := t.RulesOrDefault().kindFault(t.Token.Claims, t.Token.Header().MediaType())
	if fault == nil && stated == unstated {
		fault = t.unstatedKindFault()
	}
	if fault == nil {
		t.Established |= AccessToken
	}
	return fault
}

// unstatedKindFault decides about a token whose kind introspection does not state, because the token may be a refresh token. It
// returns a fault if RequireTokenType is set, if introspection stated the kind of other tokens, or if aud is not compared.
func (t *Run) unstatedKindFault() *Fault {
	r := t.RulesOrDefault()
	if t.Form != Opaque || r.InsecureOpaqueByUserInfo || r.InsecureIntrospectionWithoutTokenType {
		return nil
	}
	const fix = "; set Issuer.Introspection.InsecureWithoutTokenType if no refresh token is ever active at this provider"
	switch {
	case r.RequireTokenType:
		return Refuse(reason.WrongTokenType, nil, "introspection does not state that this is an access token (token_type), and RequireTokenType is set")
	case r.statesTokenType.Load():
		return Refuse(reason.WrongTokenType, nil, "introspection does not state that this is an access token (token_type), but did so for other tokens"+fix)
	case t.isForAnyService():
		return Refuse(reason.WrongTokenType, nil, "introspection states neither that this is an access token (token_type) nor its audience (aud)"+fix)
	}
	return nil
}

// isForAnyService reports whether checkAudience accepts an answer of introspection without comparing aud.
func (t *Run) isForAnyService() bool {
	r := t.RulesOrDefault()
	if r.InsecureSkipAudience {
		return true
	}
	if t.Has("aud") {
		return false
	}
	if r.InsecureIntrospectionWithoutAudience {
		return t.provider.jwt == nil || !t.provider.jwt.Claims.Has("aud") // otherwise the aud of the JWT is compared
	}
	return r.ClientIDInsteadOfAudience
}

// learnTokenType remembers that introspection stated the kind of a token that was accepted. All applications of the issuer have the
// same provider.
func (t *Run) learnTokenType() {
	if t.Form != Opaque || t.Rules.InsecureOpaqueByUserInfo || t.Rules.statesTokenType.Load() {
		return
	}
	if stated, _ := t.Rules.kindOf(t.Token.Claims); stated != unstated {
		for _, rules := range t.Engine.issuers.applications(t.Rules) {
			rules.statesTokenType.Store(true)
		}
	}
}
