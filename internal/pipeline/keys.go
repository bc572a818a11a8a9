package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// maxCandidates bounds the signatures computed for one token over one snapshot of keys.
const maxCandidates = 4

func (t *Run) KeyQuery() certsource.Query { return queryOf(t.Token, t.Tenant) }

func queryOf(token *jose.Token, tenant string) certsource.Query {
	h := token.Header
	return certsource.Query{
		Issuer: token.Claims.Text("iss"), Tenant: tenant, KeyID: h.KeyID, X5T: h.X5T, X5TS256: h.X5TS256, Algorithm: h.Algorithm,
	}
}

// findKeys asks for held keys first; only a token that none fits may cause a bounded refresh.
func findKeys(ctx context.Context, t *Run) *Fault {
	q := t.KeyQuery()
	keys, err := t.Rules.Keys.Keys(q)
	switch {
	case len(keys) == 0 && t.Offline:
		return Abstain("no key that fits is held, and none is fetched for a token that is refused")
	case len(keys) == 0:
		if t.refreshKeys(ctx, q); ctx.Err() != nil {
			return Refuse(reason.KeysUnavailable, ctx.Err(), "the request ended while keys were fetched")
		}
		keys, err = t.Rules.Keys.Keys(q)
	}
	t.Keys = t.Rules.fitting(keys, q)
	switch {
	case len(t.Keys) > 0:
		t.Established |= HasKeys
		return nil
	case err != nil && !errors.Is(err, certsource.ErrNoKey) && !t.Rules.SignsNothing():
		return Refuse(reason.KeysUnavailable, err, "a source of keys could not be reached")
	}
	return Refuse(reason.KeyNotFound, err, "no source holds a key for kid %q, alg %s", record.Short(q.KeyID), q.Algorithm)
}

func (t *Run) refreshKeys(ctx context.Context, q certsource.Query) {
	if r, ok := t.Rules.Keys.(certsource.Refresher); ok {
		_ = r.Refresh(ctx, q) // what it could not reach, Keys says
	}
}

// fitting is the last word on what a source answers: a key of issuer A never verifies a token of issuer B.
func (iss *Rules) fitting(keys []certsource.Key, q certsource.Query) []certsource.Key {
	unfit := func(k certsource.Key) bool {
		foreign := k.Issuer != "" && k.Issuer != iss.URL && k.Issuer != q.Issuer
		return foreign || !jose.Suits(q.Algorithm, k.Public) || k.Algorithm != "" && !jose.SameAlgorithm(k.Algorithm, q.Algorithm)
	}
	if slices.ContainsFunc(keys, unfit) { // hardly ever
		keys = slices.DeleteFunc(slices.Clone(keys), unfit)
	}
	return keys[:min(len(keys), maxCandidates)]
}

// verifySignature tries the candidates. A token that they do not verify may be the first after a rotation, also under a kid
// that is held: one bounded refresh is allowed it, and the keys that have come by it are tried.
func verifySignature(ctx context.Context, t *Run) *Fault {
	err := t.verifyWith(t.Keys)
	q := t.KeyQuery()
	switch {
	case err == nil:
		return nil
	case t.Offline && !q.Named():
		return Abstain("no key held verifies it, and none is fetched for a token that is refused")
	case !t.Offline:
		others, unknown := t.otherKeys(ctx, q)
		if len(others) == 0 && unknown != nil {
			return Refuse(reason.KeysUnavailable, unknown, "the keys held do not verify it, and a source of further keys could not be reached")
		}
		t.Keys = slices.Concat(t.Keys, others)
		if len(others) > 0 {
			err = t.verifyWith(others)
		}
	}
	if err != nil {
		return Refuse(reason.InvalidSignature, err, "%d key(s) tried", len(t.Keys))
	}
	return nil
}

// otherKeys refreshes, and returns the keys that were not tried yet. The error is that of a source which could not be reached,
// and may hold the key.
func (t *Run) otherKeys(ctx context.Context, q certsource.Query) ([]certsource.Key, error) {
	q.Refuted = t.Keys
	t.refreshKeys(ctx, q)
	keys, err := t.Rules.Keys.Keys(q)
	if errors.Is(err, certsource.ErrNoKey) {
		err = nil
	}
	return q.Untried(t.Rules.fitting(keys, q)), err
}

func (t *Run) verifyWith(keys []certsource.Key) error {
	err := errNoCandidate
	for i, k := range keys {
		if err = t.Token.Verify(k.Public); err == nil {
			t.used = keys[i : i+1 : i+1]
			t.Established |= Verified
			return nil
		}
	}
	return err
}

var errNoCandidate = errors.New("oidcauth: no key to try")
