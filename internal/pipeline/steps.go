package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// Run is one token on its way through the steps.
type Run struct {
	Look
	Engine *Engine
	Token  *jose.Token
	Rules  *Rules

	unverified *jose.Token               // a JWT that is introspected instead of verified
	Tenant     string                    // tid, where the issuer is templated
	said       *answers.Said[claims.Set] // introspection or UserInfo, of an opaque token
	anew       *anew                     // nil: any answer serves
	Keys       []certsource.Key
	used       []certsource.Key // the one that verified
	Claims     claims.Set
	User       usermap.User
	Expiry     time.Time

	Established   Facts
	Form          Form
	askedUserInfo bool // UserInfo, or what is kept of it
	Offline       bool // no network and no database: a step that needs either abstains
	early         bool // nbf may lie in the future
}

// Form is how a token is judged.
type Form uint8

const (
	Signed  Form = 1 << iota // a JWT, by its signature
	Opaque                   // by asking its provider
	AnyForm = Signed | Opaque
)

// Facts are what is established about a token. A step that needs a missing one is skipped, because its fault would only
// follow from another.
type Facts uint

const (
	Parsed      Facts = 1 << iota
	KnownIssuer       // the issuer is a configured one
	Recent            // it did not expire long ago
	Signable          // the algorithm may be used
	HasKeys           // there are keys to try
	Verified          // one of them verifies the signature
	AccessToken       // it is an access token
	Timely            // it is valid now
	Resolved          // the claims were brought together
	UserNamed         // those that find and name the user are among them
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

// parseToken reads a JWT, or finds out whom to ask about a token that is none.
func parseToken(_ context.Context, t *Run) *Fault {
	token, err := jose.Parse(t.Raw, 0)
	if iss := t.introspector(token, err); iss != nil {
		t.Rules, t.Form, t.unverified = iss, Opaque, token
		t.Established |= KnownIssuer
		return nil
	}
	if err == nil {
		token.Hashed(t.hashes)
		t.Token = token
		t.Established |= Parsed
		return nil
	}
	var fault *jose.Error
	if errors.As(err, &fault) {
		switch {
		case noJWT(err) && jose.Disguised(t.Raw):
			return Refuse(reason.MalformedToken, err, "a JWT with something around it or between its parts: no provider is asked about it")
		case fault.Code == jose.NotCompact:
			return Refuse(reason.OpaqueToken, err, "not a JWT, and no issuer is configured to introspect it")
		case fault.Code == jose.Encrypted:
			return Refuse(reason.EncryptedToken, err, "five parts: the token is encrypted; have the provider issue signed tokens for this API")
		case fault.Code == jose.AlgorithmRefused:
			return Refuse(reason.AlgorithmRefused, err, "the header has no usable alg")
		}
	}
	return Refuse(reason.MalformedToken, err, "")
}

func checkAlgorithm(_ context.Context, t *Run) *Fault {
	alg := t.Token.Header.Algorithm
	if !jose.Allowed(alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is never accepted", record.Short(alg))
	}
	if list := t.RulesOrDefault().Algorithms; list != nil && !jose.Listed(list, alg) {
		return Refuse(reason.AlgorithmRefused, nil, "alg %q is not in the issuer's list", alg)
	}
	t.Established |= Signable
	return nil
}

// RulesOrDefault returns the issuer's rules, or the defaults for a token of no configured issuer.
func (t *Run) RulesOrDefault() *Rules {
	if t.Rules == nil {
		return &defaultRules
	}
	return t.Rules
}

var defaultRules = Rules{Leeway: DefaultLeeway}
