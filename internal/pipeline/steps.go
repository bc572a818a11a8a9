package pipeline

import "context"

// StepID identifies what a step does.
type StepID uint8

// The steps.
const (
	StepParse StepID = iota
	StepHeaderType
	StepFindIssuer
	StepAlgorithm
	StepAge
	StepKeys
	StepSignature
	StepDenyList
	StepIntrospection
	StepTokenType
	StepSubject
	StepTime
	StepAudience
	StepClient
	StepRevocation
	StepConfirmation
	StepClaims
	StepChecks
	StepFindUser
	StepLogoutClaims
	StepGrant
	StepLoginSubject
	StepLoginAudience
	StepNonce
	StepTokenHash
	StepLoginAuthentication
)

// Step is one row of the table.
type Step struct {
	ID         StepID
	Name       string
	Forms      Form  // the forms that the step checks
	Needs      Facts // after a fault, the step runs only if these are established
	QueryNeeds Facts // after a fault, the step may use the network or a database only if these are established
	PerRequest bool  // the step runs for each request, even if the token is cached
	Check      func(context.Context, *Run) *Fault
}

// Steps is the table of all steps, in the order in which they run. The first fault is the reason of the refusal.
var Steps = []Step{
	{ID: StepParse, Name: "parse", Forms: access, Check: parseToken},
	{ID: StepParse, Name: "parse", Forms: Logout, Check: parseLogoutToken},
	{ID: StepHeaderType, Name: "type", Forms: Signed, Needs: Parsed, Check: checkHeaderType},
	{ID: StepHeaderType, Name: "type", Forms: Logout, Needs: Parsed, Check: checkLogoutType},
	{ID: StepParse, Name: "parse", Forms: IDToken, Check: parseIDToken},
	{ID: StepHeaderType, Name: "type", Forms: IDToken, Needs: Parsed, Check: checkIDTokenType},
	{ID: StepFindIssuer, Name: "issuer", Forms: IDToken, Needs: Parsed, Check: checkLoginIssuer},
	{ID: StepFindIssuer, Name: "issuer", Forms: Signed | Logout, Needs: Parsed, Check: findIssuer},
	{ID: StepAlgorithm, Name: "algorithm", Forms: signed, Needs: Parsed, Check: checkAlgorithm},
	{ID: StepAge, Name: "age", Forms: Signed, Needs: Parsed, Check: checkAge},
	{ID: StepKeys, Name: "keys", Forms: signed, Needs: KnownIssuer | Signable, QueryNeeds: KnownIssuer | Signable, Check: findKeys},
	{ID: StepSignature, Name: "signature", Forms: signed, Needs: HasKeys, QueryNeeds: HasKeys, Check: verifySignature},
	{ID: StepLogoutClaims, Name: "claims", Forms: Logout, Needs: KnownIssuer, Check: checkLogoutClaims},
	{ID: StepTime, Name: "time", Forms: Logout, Needs: KnownIssuer, Check: checkLogoutTime},
	{ID: StepGrant, Name: "grant", Forms: Granted, Check: askAboutGrant},
	{ID: StepLoginSubject, Name: "subject", Forms: login, Needs: Parsed, Check: checkLoginSubject},
	{ID: StepLoginAudience, Name: "audience", Forms: IDToken, Needs: Parsed, Check: checkIDTokenAudience},
	{ID: StepNonce, Name: "nonce", Forms: IDToken, Needs: Parsed, Check: checkNonce},
	{ID: StepTokenHash, Name: "at_hash", Forms: IDToken, Needs: Parsed, Check: checkTokenHash},
	{ID: StepLoginAuthentication, Name: "authentication", Forms: login, Needs: Parsed, Check: checkLoginAuthentication},
	{ID: StepTime, Name: "time", Forms: IDToken, Needs: Parsed, Check: checkIDTokenTime},
	{ID: StepTime, Name: "time", Forms: Granted, Needs: Parsed, Check: checkGrantTime},
	{ID: StepDenyList, Name: "deny_list", Forms: Opaque, Needs: KnownIssuer, QueryNeeds: KnownIssuer, Check: checkDenyList},
	{ID: StepIntrospection, Name: "introspection", Forms: Opaque, Needs: KnownIssuer, QueryNeeds: KnownIssuer, Check: introspect},
	{ID: StepTokenType, Name: "token_type", Forms: access, Needs: Parsed, Check: checkTokenType},
	{ID: StepSubject, Name: "subject", Forms: access, Needs: Parsed, Check: checkSubject},
	{ID: StepTime, Name: "time", Forms: access, Needs: Parsed | Recent, Check: checkTime},
	{ID: StepAudience, Name: "audience", Forms: access, Needs: KnownIssuer | AccessToken, Check: checkAudience},
	{ID: StepClient, Name: "client", Forms: access, Needs: KnownIssuer | AccessToken, Check: checkClient},
	{ID: StepRevocation, Name: "revocation", Forms: access, Needs: Verified, QueryNeeds: Verified, PerRequest: true, Check: checkRevoked},
	{ID: StepRevocation, Name: "revocation", Forms: login | Resumed, Needs: Verified, QueryNeeds: Verified, PerRequest: true, Check: checkSessionRevoked},
	{ID: StepConfirmation, Name: "confirmation", Forms: access, Needs: Parsed, QueryNeeds: Verified | Timely, PerRequest: true, Check: checkConfirmation},
	{ID: StepClaims, Name: "claims", Forms: access, Needs: KnownIssuer | AccessToken, QueryNeeds: Verified | Timely, PerRequest: true, Check: resolveClaims},
	{ID: StepClaims, Name: "claims", Forms: login, Needs: KnownIssuer, QueryNeeds: Verified | Timely, PerRequest: true, Check: resolveClaims},
	{ID: StepClaims, Name: "claims", Forms: Resumed, PerRequest: true, Check: resolveSession},
	{ID: StepChecks, Name: "checks", Forms: access | login | Resumed, Needs: Resolved, PerRequest: true, Check: enforceChecks},
	{ID: StepFindUser, Name: "user", Forms: access | login | Resumed, Needs: Verified | UserNamed, QueryNeeds: Verified, PerRequest: true, Check: findUser},
}
