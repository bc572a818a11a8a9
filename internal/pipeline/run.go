package pipeline

import (
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/internal/nearmiss"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/usermap"
)

// Run is the verification of one token. Its steps fill it in.
type Run struct {
	Input
	verification
	Engine *Engine

	Claims claims.Set
	User   usermap.User

	Form      Form
	FromCache bool // the token was found in the cache
	Offline   bool // network and database must not be used: a step that needs either is skipped

	HideClaimValues bool // personal values are redacted even if the Rules show them

	lookup nearmiss.Context // the context of the user lookup
	found  *foundUsers      // the result of the user lookup; nil unless a shadow needs it

	live *Observed // the run that a shadow observes; nil if this is not the run of a shadow

	unrecordedHeader bool // the token stands for a recorded one, of whose header only some members are known

	ignoreNotBefore bool // a token may be revoked before its nbf
	provider        providerState

	login *Login // nil: the run verifies a bearer token
}

// verification contains the results of the steps that verify the token itself. They are the same for each request with the token,
// and the cache keeps them.
type verification struct {
	Token       Token
	Rules       *Rules // nil until the issuer is known
	Tenant      string // tid, if the issuer is templated
	Keys        Keys
	Expiry      time.Time // the exp of the token, or zero
	Established Facts
}

// providerState contains the requests to the provider about an introspected token.
type providerState struct {
	jwt     *jose.Token                // the token, if it is a JWT that is introspected instead of verified
	answer  *answers.Reply[claims.Set] // the answer of introspection, or of UserInfo if that replaces introspection
	requery *requery                   // nil, unless the provider must be asked again

	askedUserInfo bool           // the run has requested UserInfo, or used its cached answer
	userInfo      *userInfoReply // the answer of UserInfo; nil unless a shadow needs it
}

// IntrospectedJWT returns the token if it is a JWT that is introspected instead of verified, or nil.
func (t *Run) IntrospectedJWT() *jose.Token { return t.provider.jwt }

// Begin makes the Run of an access token.
func (e *Engine) Begin(in Input) *Run { return &Run{Engine: e, Input: in, Form: Signed} }

// BeginRevocation makes the Run of an access token that is to be revoked.
func (e *Engine) BeginRevocation(in Input) *Run {
	return &Run{Engine: e, Input: in, Form: Signed, ignoreNotBefore: true}
}

// BeginLogout makes the Run of a logout token.
func (e *Engine) BeginLogout(in Input) *Run { return &Run{Engine: e, Input: in, Form: Logout} }

// RulesOrDefault returns the rules of the issuer, or the defaults if the issuer is unknown.
func (t *Run) RulesOrDefault() *Rules {
	if t.Rules == nil {
		return &defaultRules
	}
	return t.Rules
}

// Text returns a claim of the token or of the provider's answer, or "" if it is not a string.
func (t *Run) Text(claim string) string { return t.Token.Claims.Text(claim) }

// Has reports whether the claim is present, even if it is null.
func (t *Run) Has(claim string) bool { return t.Token.Claims.Has(claim) }

// Key returns the key that verified the token, or the zero Key.
func (t *Run) Key() certsource.Key {
	if len(t.Keys.verifier) == 0 {
		return certsource.Key{}
	}
	return t.Keys.verifier[0]
}

// KeyQuery returns the query for the key of a JWT.
func (t *Run) KeyQuery() certsource.Query { return keyset.QueryOf(t.Token.JWT, t.Tenant) }

// issuerName returns the token's iss. If an answer of introspection has no iss, it returns the issuer that gave the answer. If a
// JWT-SVID has no iss, it returns the trust domain.
func (t *Run) issuerName() string {
	if iss := t.Text("iss"); iss != "" || t.Form&(Opaque|Granted) == 0 && !t.RulesOrDefault().JWTSVID {
		return iss
	}
	return t.Rules.URL
}

// claimOfAnswerOrJWT returns a claim of the answer or, if introspection omits it, of the JWT that the provider calls active.
func (t *Run) claimOfAnswerOrJWT(claim string) string {
	if text := t.Text(claim); text != "" || t.provider.jwt == nil {
		return text
	}
	return t.provider.jwt.Claims.Text(claim)
}

// isJWT reports whether the token is a JWT. It may be verified or introspected.
func (t *Run) isJWT() bool { return t.Form != Opaque || t.provider.jwt != nil }

// ShowsClaimValues reports whether the operator may see personal values.
func (t *Run) ShowsClaimValues() bool {
	return t.RulesOrDefault().ShowClaimValues && !t.HideClaimValues
}

// Shown returns the value of a claim for the operator. A personal value is redacted, unless ShowClaimValues is set.
func (t *Run) Shown(p claims.Path, v claims.Value) string {
	if t.ShowsClaimValues() || record.Impersonal(p.String()) {
		return record.Short(v.Raw())
	}
	return record.Hidden
}
