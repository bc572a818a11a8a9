package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/usermap"
)

// Result contains the data of an accepted token.
type Result struct {
	Issuer, Subject, Tenant, Name string
	Expires                       time.Time
	Scopes, Roles                 []string
	Claims                        claims.Set
	User                          usermap.User
	Rules                         *Rules
	Token                         Token // without its signature
}

// Result returns the result of the run. Call it after all steps have passed.
func (t *Run) Result() Result {
	t.learnTokenType()
	if t.cached == nil && t.Token.JWT != nil {
		t.Token.JWT.Forget() // an application may store the identity, which must not contain a usable token
	}
	if t.login != nil {
		t.Expiry = t.login.Ends
	}
	name, _ := t.claimText(t.Rules.Name)
	tenant, _ := t.claimText(t.Rules.Tenant)
	return Result{
		Issuer: t.issuerName(), Subject: t.Text("sub"), Tenant: tenant, Name: name, Expires: t.Expiry, Scopes: t.scopes(), Roles: t.roles(),
		Claims: t.Claims, User: t.User, Rules: t.Rules, Token: t.Token,
	}
}

func (t *Run) scopes() []string {
	switch {
	case t.login != nil:
		return t.login.Scopes // the claims of an ID token grant nothing
	case t.cached != nil:
		return t.cached.scopes
	case t.Form == Opaque && t.Rules.InsecureOpaqueByUserInfo:
		return nil // an answer of UserInfo grants no scopes, because users may edit their profile
	}
	return tokenclaims.Scopes(t.Token.Claims)
}

func (t *Run) roles() []string {
	if t.cached != nil && !t.provider.askedUserInfo {
		return t.cached.roles
	}
	return t.Rules.Roles.Of(t.Claims)
}

// Unmet returns the fault of a check that the claims do not satisfy, or nil if they satisfy it. A check that passes because a claim
// is absent is not satisfied if UserInfo could have the claim.
func (r Result) Unmet(check claims.Check) *Fault {
	t := &Run{verification: verification{Token: r.Token, Rules: r.Rules}, Claims: r.Claims}
	fault := t.enforce([]claims.Check{check})
	if fault != nil || !r.lacksUserInfo() {
		return fault
	}
	t.Claims = claimset.Partial(r.Claims)
	if fault = t.enforce([]claims.Check{check}); fault != nil {
		fault.Detail += "; UserInfo may have the claim, and was not requested: only Issuer.Claims.Checks request it for an absent claim"
	}
	return fault
}

// lacksUserInfo reports whether UserInfo has claims of the user, and was not requested. Its answer always has sub.
func (r Result) lacksUserInfo() bool {
	if r.Rules == nil || r.Rules.UserInfo == nil || claimset.UserInfo(r.Claims).Len() > 0 {
		return false
	}
	_, distributed := r.Rules.UserInfo.(claims.Distributed) // a Distributed is requested whenever the token refers to it
	return !distributed
}

// byUserInfoAlone reports whether UserInfo alone accepts the token, so that the token itself states nothing.
func (r Result) byUserInfoAlone() bool {
	return r.Rules != nil && r.Rules.InsecureOpaqueByUserInfo && r.Token.JWT == nil && !r.Token.Login
}

// After makes the Run of a token or a session that the steps accepted and the application refuses. For a request without an identity,
// r is the zero Result.
func (e *Engine) After(in Input, r Result) *Run {
	t := e.Begin(in)
	if r.Token.Login {
		t.Form, t.login = Resumed, &Login{Rules: r.Rules, ClientID: r.ClientID()}
	}
	if r.Rules != nil {
		t.Token, t.Rules, t.Claims, t.User, t.Expiry, t.Established = r.Token, r.Rules, r.Claims, r.User, r.Expires, Verified
	}
	return t
}
