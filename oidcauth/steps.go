package oidcauth

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/usermap"
)

// attempt is one token on its way through the steps.
type attempt struct {
	auth   *Authenticator
	raw    string
	now    time.Time
	token  *jose.Token
	issuer *issuer
	tenant string // tid, where the issuer is templated
	keys   []certsource.Key
	claims claims.Set
	user   usermap.User
	expiry time.Time
}

// step is one entry of the table; it returns the fault it finds.
type step struct {
	name string
	run  func(context.Context, *attempt) *Error
}

// steps in order: the first fault is the reason of the refusal.
var steps = []step{
	{"parse", parseToken},
	{"type", checkHeaderType},
	{"issuer", findIssuer},
	{"algorithm", checkAlgorithm},
	{"keys", findKeys},
	{"signature", verifySignature},
	{"class", checkClass},
	{"time", checkTime},
	{"audience", checkAudience},
	{"party", checkParty},
	{"confirmation", checkConfirmation},
	{"claims", resolveClaims},
	{"checks", enforceChecks},
	{"user", findUser},
}

func parseToken(_ context.Context, t *attempt) *Error {
	token, err := jose.Parse(t.raw, 0)
	if err == nil {
		t.token = token
		return nil
	}
	var fault *jose.Error
	if errors.As(err, &fault) {
		switch fault.Code {
		case jose.NotCompact:
			return refuse(OpaqueToken, err, "not a JWT, and opaque tokens are not accepted")
		case jose.Encrypted:
			return refuse(EncryptedToken, err, "five parts: the token is encrypted; have the provider issue signed tokens for this API")
		case jose.AlgorithmRefused:
			return refuse(AlgorithmRefused, err, "the header has no usable alg")
		}
	}
	return refuse(MalformedToken, err, "")
}

func checkAlgorithm(_ context.Context, t *attempt) *Error {
	alg := t.token.Header.Algorithm
	if !jose.Allowed(alg) {
		return refuse(AlgorithmRefused, nil, "alg %q is never accepted", clip(alg))
	}
	if list := t.issuer.Algorithms; list != nil && !slices.Contains(list, alg) {
		return refuse(AlgorithmRefused, nil, "alg %q is not in the issuer's list", alg)
	}
	return nil
}

// clip bounds what is repeated from an unverified token.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
