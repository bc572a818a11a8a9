package oidctest

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// TestSource tests a source of keys. It returns nil, or an error that joins every fault found. The source must be bound
// and hold a key for good; a [certsource.Refresher] is first asked to refresh where it does not hold it yet. It must
// hold none for the queries in unfit, such as one with an unknown key id.
//
// Whatever the query, the source must answer with at most four keys, or with an error, never with both or neither.
// Each key must be public, and fit the algorithm asked for: by its type, its size and its Algorithm, where it has one.
// An ID, where query and key have one, must be equal, and so must the issuers. A certificate must be the key's own.
// TestSource asks for every algorithm, for none that verifies tokens, for an issuer that nobody has heard of, and with
// hostile key ids and thumbprints.
//
// The caller may change the slice it got, and 32 goroutines may ask at once, also while others refresh: they must get
// keys all the time. Refresh must return when its context has ended, and take no key away. That Keys never waits for a
// fetch cannot be told from outside, and is not checked.
func TestSource(s certsource.Source, good certsource.Query, unfit ...certsource.Query) error {
	t := &sourceTest{source: s, good: good}
	t.try("source", func() {
		// What is wrong with the good answer would be wrong with all others.
		if t.holds() && t.sound() {
			t.queries(unfit)
			t.ownSlice()
			t.concurrency()
			t.endedRefresh()
		}
	})
	return t.err()
}

type sourceTest struct {
	faults
	source certsource.Source
	good   certsource.Query
}

// holds tells whether there is anything to test, after a refresh if need be.
func (t *sourceTest) holds() bool {
	keys, err := t.source.Keys(t.good)
	if r, ok := t.source.(certsource.Refresher); ok && len(keys) == 0 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Refresh(ctx, t.good); err != nil {
			t.add("Refresh: %w", err)
		}
		keys, err = t.source.Keys(t.good)
	}
	switch {
	case len(keys) > 0:
		return true
	case err == nil:
		t.add("neither a key nor an error for the good query")
	default:
		t.add("no key for the good query: %w", err)
	}
	return false
}

func (t *sourceTest) sound() bool {
	t.keys(t.good)
	return t.err() == nil
}

func (t *sourceTest) queries(unfit []certsource.Query) {
	for _, alg := range []string{
		"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
		"", "none", "HS256", "rs256", "RS1", "RSA-OAEP",
	} {
		q := t.good
		q.Algorithm = alg
		t.keys(q)
	}
	for _, hint := range []string{"", "\x00", "../../key", "' OR 1=1 --", "\xff", strings.Repeat("k", 1<<16)} {
		id, thumbprint, sha256 := t.good, t.good, t.good
		id.KeyID, thumbprint.X5T, sha256.X5TS256 = hint, hint, hint
		for _, q := range []certsource.Query{id, thumbprint, sha256} {
			t.keys(q)
		}
	}
	other := t.good
	other.Issuer = "https://another-issuer.invalid"
	for _, k := range t.keys(other) {
		if k.Issuer == other.Issuer {
			t.add("a key is said to be of whatever issuer is asked for")
		}
	}
	for _, q := range unfit {
		if len(t.keys(q)) > 0 {
			t.add("a key for %s, which must have none", brief(q))
		}
	}
}

// ownSlice changes an answer, and asks for it again.
func (t *sourceTest) ownSlice() {
	before := t.keys(t.good)
	kept := slices.Clone(before)
	clear(before)
	after := t.keys(t.good)
	for _, want := range kept {
		if !slices.ContainsFunc(after, func(k certsource.Key) bool { return k.ID == want.ID && jose.SameKey(k.Public, want.Public) }) {
			t.add("a caller that changes its slice changes the source")
		}
	}
}

func (t *sourceTest) concurrency() {
	r, refreshes := t.source.(certsource.Refresher)
	t.parallel("concurrent calls", func(i int) {
		if refreshes && i%8 == 0 {
			_ = r.Refresh(context.Background(), t.good) // too soon is no fault
		}
		t.stillHolds("concurrent calls")
	})
}

func (t *sourceTest) endedRefresh() {
	if r, ok := t.source.(certsource.Refresher); ok {
		t.cancelled("Refresh with a cancelled context", func(ctx context.Context) { _ = r.Refresh(ctx, t.good) })
		t.stillHolds("after a Refresh with a cancelled context")
	}
}

func (t *sourceTest) stillHolds(when string) {
	if len(t.keys(t.good)) == 0 {
		t.add("%s: the key is gone", when)
	}
}
