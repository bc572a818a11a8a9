package pipeline

import (
	"context"
	"slices"
)

// StepID tells the steps of the table apart.
type StepID uint8

// The steps, in order.
const (
	StepParse StepID = iota
	StepHeaderType
	StepFindIssuer
	StepAlgorithm
	StepAge
	StepKeys
	StepSignature
	StepDenied
	StepIntrospection
	StepClass
	StepSubject
	StepTime
	StepAudience
	StepParty
	StepConfirmation
	StepRevocation
	StepClaims
	StepChecks
	StepFindUser
)

// Step is one entry of the table.
type Step struct {
	ID         StepID
	Name       string
	Of         Form  // whose tokens it judges
	Needs      Facts // must be established for it to be run after a fault
	Asks       Facts // must be established for it to use the network or a database after a fault
	PerRequest bool  // it is run for every request, also of a token that is kept
	Judge      func(context.Context, *Run) *Fault
}

// Steps are the table. The first fault in its order is the reason of the refusal.
var Steps = []Step{
	{ID: StepParse, Name: "parse", Of: AnyForm, Judge: parseToken},
	{ID: StepHeaderType, Name: "type", Of: Signed, Needs: Parsed, Judge: checkHeaderType},
	{ID: StepFindIssuer, Name: "issuer", Of: Signed, Needs: Parsed, Judge: findIssuer},
	{ID: StepAlgorithm, Name: "algorithm", Of: Signed, Needs: Parsed, Judge: checkAlgorithm},
	{ID: StepAge, Name: "age", Of: Signed, Needs: Parsed, Judge: checkAge},
	{ID: StepKeys, Name: "keys", Of: Signed, Needs: KnownIssuer | Signable, Asks: KnownIssuer | Signable, Judge: findKeys},
	{ID: StepSignature, Name: "signature", Of: Signed, Needs: HasKeys, Asks: HasKeys, Judge: verifySignature},
	{ID: StepDenied, Name: "denied", Of: Opaque, Needs: KnownIssuer, Asks: KnownIssuer, Judge: checkDenied},
	{ID: StepIntrospection, Name: "introspection", Of: Opaque, Needs: KnownIssuer, Asks: KnownIssuer, Judge: introspect},
	{ID: StepClass, Name: "class", Of: AnyForm, Needs: Parsed, Judge: checkClass},
	{ID: StepSubject, Name: "subject", Of: AnyForm, Needs: Parsed, Judge: checkSubject},
	{ID: StepTime, Name: "time", Of: AnyForm, Needs: Parsed | Recent, Judge: checkTime},
	{ID: StepAudience, Name: "audience", Of: AnyForm, Needs: KnownIssuer | AccessToken, Judge: checkAudience},
	{ID: StepParty, Name: "party", Of: AnyForm, Needs: KnownIssuer | AccessToken, Judge: checkParty},
	{ID: StepConfirmation, Name: "confirmation", Of: AnyForm, Needs: Parsed, Judge: checkConfirmation},
	{ID: StepRevocation, Name: "revocation", Of: AnyForm, Needs: Verified, Asks: Verified, PerRequest: true, Judge: checkRevoked},
	{ID: StepClaims, Name: "claims", Of: AnyForm, Needs: KnownIssuer | AccessToken, Asks: Verified | Timely, PerRequest: true, Judge: resolveClaims},
	{ID: StepChecks, Name: "checks", Of: AnyForm, Needs: Resolved, PerRequest: true, Judge: enforceChecks},
	{ID: StepFindUser, Name: "user", Of: AnyForm, Needs: Verified | UserNamed, Asks: Verified, PerRequest: true, Judge: findUser},
}

// perRequest is where the steps begin that are run for every request. What the steps before find out about a token is kept.
var perRequest = slices.IndexFunc(Steps, func(s Step) bool { return s.PerRequest })
