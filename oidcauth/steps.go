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

func findIssuer(_ context.Context, t *attempt) *Error {
	v, _ := t.token.Claims.Get("iss")
	iss, ok := v.Text()
	if !ok || iss == "" {
		return refuse(UnknownIssuer, nil, "the token has no iss")
	}
	if t.issuer = t.auth.matchIssuer(iss); t.issuer == nil {
		return refuse(UnknownIssuer, nil, "iss %q is not configured", clip(iss))
	}
	return nil
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

func (t *attempt) keyQuery() certsource.Query {
	h := t.token.Header
	return certsource.Query{Issuer: t.issuer.URL, KeyID: h.KeyID, X5T: h.X5T, X5TS256: h.X5TS256, Algorithm: h.Algorithm}
}

// findKeys asks for held keys first; only a token that none fits may cause a bounded refresh.
func findKeys(ctx context.Context, t *attempt) *Error {
	q := t.keyQuery()
	keys, err := t.issuer.keys.Keys(q)
	if len(keys) == 0 {
		if r, ok := t.issuer.keys.(certsource.Refresher); ok {
			if refreshErr := r.Refresh(ctx, q); refreshErr != nil && ctx.Err() != nil {
				return refuse(KeysUnavailable, ctx.Err(), "the request ended while keys were fetched")
			}
			keys, err = t.issuer.keys.Keys(q)
		}
	}
	for _, k := range keys {
		// A key of issuer A never verifies a token of issuer B, whatever a source answers.
		if (k.Issuer == "" || k.Issuer == t.issuer.URL) && jose.Fits(q.Algorithm, k.Public) &&
			(k.Algorithm == "" || k.Algorithm == q.Algorithm) && len(t.keys) < maxCandidates {
			t.keys = append(t.keys, k)
		}
	}
	switch {
	case len(t.keys) > 0:
		return nil
	case err != nil && !errors.Is(err, certsource.ErrNoKey):
		return refuse(KeysUnavailable, err, "no key fits, and a source could not be reached")
	}
	return refuse(KeyNotFound, err, "no source holds a key for kid %q, alg %s", clip(q.KeyID), q.Algorithm)
}

// maxCandidates bounds the signatures computed for one token.
const maxCandidates = 4

func verifySignature(_ context.Context, t *attempt) *Error {
	var err error
	for _, k := range t.keys {
		if err = t.token.Verify(k.Public); err == nil {
			return nil
		}
	}
	return refuse(InvalidSignature, err, "%d key(s) tried", len(t.keys))
}

// clip bounds what is repeated from an unverified token.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
