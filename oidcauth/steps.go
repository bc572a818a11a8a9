package oidcauth

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
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// attempt is one token on its way through the steps.
type attempt struct {
	glance
	auth   *Authenticator
	header []string // Authorization, as far as it is known
	token  *jose.Token
	issuer *issuer

	hearsay *jose.Token              // a JWT that is introspected instead of verified
	tenant  string                   // tid, where the issuer is templated
	said    answers.Said[claims.Set] // introspection or UserInfo, of an opaque token
	mark    string                   // of the logouts that the answer must know of; empty: any answer serves
	weighed []denylist.Entry         // those logouts
	keys    []certsource.Key
	used    []certsource.Key // the one that verified
	claims  claims.Set
	user    usermap.User
	expiry  time.Time

	faults []*Error // all that were found, while it is explained
	known  facts
	form   form
	asked  bool // UserInfo, or what is kept of it
	local  bool // nobody is to be asked: a step judges what is at hand, or abstains
	early  bool // nbf may lie in the future
}

// form is how a token is judged.
type form uint8

const (
	signed  form = 1 << iota // a JWT, by its signature
	opaque                   // by asking its provider
	anyForm = signed | opaque
)

// facts are what is established of an attempt. A step that needs one which is not is skipped: its fault would only
// follow from another.
type facts uint

const (
	parsed   facts = 1 << iota
	issued         // the issuer is a configured one
	recent         // it did not expire long ago
	signable       // the algorithm may be used
	keyed          // there are keys to try
	verified       // one of them verifies the signature
	access         // it is an access token
	timely         // it is valid now
	resolved       // the claims were brought together
	nameable       // those that find and name the user are among them
	nothing  facts = 0
)

// step is one entry of the table. run returns the fault it finds, and adds to what is known.
type step struct {
	name  string
	of    form
	needs facts // to be run after a fault
	asks  facts // to ask somebody after a fault
	run   func(context.Context, *attempt) *Error
	tell  func(*attempt) string // for the operator: what a step that found no fault saw
}

// steps in order: the first fault is the reason of the refusal.
var steps = []step{
	{"parse", anyForm, nothing, nothing, parseToken, tellToken},
	{"type", signed, parsed, nothing, checkHeaderType, tellHeaderType},
	{"issuer", signed, parsed, nothing, findIssuer, tellIssuer},
	{"algorithm", signed, parsed, nothing, checkAlgorithm, tellAlgorithm},
	{"age", signed, parsed, nothing, checkAge, tellAge},
	{"keys", signed, issued | signable, issued | signable, findKeys, tellKeys},
	{"signature", signed, keyed, keyed, verifySignature, tellSignature},
	{"denied", opaque, issued, issued, checkDenied, tellNotRevoked},
	{"introspection", opaque, issued, issued, introspect, tellIntrospection},
	{"class", anyForm, parsed, nothing, checkClass, tellClass},
	{"subject", anyForm, parsed, nothing, checkSubject, tellSubject},
	{"time", anyForm, parsed | recent, nothing, checkTime, tellTime},
	{"audience", anyForm, issued | access, nothing, checkAudience, tellAudience},
	{"party", anyForm, issued | access, nothing, checkParty, tellParty},
	{"confirmation", anyForm, parsed, nothing, checkConfirmation, tellConfirmation},
	{"revocation", anyForm, verified, verified, checkRevoked, tellNotRevoked},
	{"claims", anyForm, issued | access, verified | timely, resolveClaims, tellClaims},
	{"checks", anyForm, resolved, nothing, enforceChecks, tellChecks},
	{"user", anyForm, verified | nameable, verified, findUser, tellUser},
}

// live is where the steps begin that are run for every request; what those before find out about a token is kept.
var live = slices.IndexFunc(steps, func(s step) bool { return s.name == "revocation" })

// parseToken reads a JWT, or finds out whom to ask about a token that is none.
func parseToken(_ context.Context, t *attempt) *Error {
	token, err := jose.Parse(t.raw, 0)
	if iss := t.toBeAsked(token, err); iss != nil {
		t.issuer, t.form, t.hearsay = iss, opaque, token
		t.known |= issued
		return nil
	}
	if err == nil {
		token.Hashed(t.hashes)
		t.token = token
		t.known |= parsed
		return nil
	}
	var fault *jose.Error
	if errors.As(err, &fault) {
		switch {
		case noJWT(err) && jose.Disguised(t.raw):
			return refuse(reason.MalformedToken, err, "a JWT with something around it or between its parts: no provider is asked about it")
		case fault.Code == jose.NotCompact:
			return refuse(reason.OpaqueToken, err, "not a JWT, and no issuer is configured to introspect it")
		case fault.Code == jose.Encrypted:
			return refuse(reason.EncryptedToken, err, "five parts: the token is encrypted; have the provider issue signed tokens for this API")
		case fault.Code == jose.AlgorithmRefused:
			return refuse(reason.AlgorithmRefused, err, "the header has no usable alg")
		}
	}
	return refuse(reason.MalformedToken, err, "")
}

func checkAlgorithm(_ context.Context, t *attempt) *Error {
	alg := t.token.Header.Algorithm
	if !jose.Allowed(alg) {
		return refuse(reason.AlgorithmRefused, nil, "alg %q is never accepted", clip(alg))
	}
	if list := t.rules().Algorithms; list != nil && !jose.Listed(list, alg) {
		return refuse(reason.AlgorithmRefused, nil, "alg %q is not in the issuer's list", alg)
	}
	t.known |= signable
	return nil
}

// rules are the issuer's; for a token of nobody known, the defaults.
func (t *attempt) rules() *issuer {
	if t.issuer == nil {
		return &nobody
	}
	return t.issuer
}

var nobody = issuer{leeway: defaultLeeway}

const maxClip = 200

// clip bounds what is repeated from an unverified token.
func clip(s string) string { return record.Clip(s, maxClip) }
