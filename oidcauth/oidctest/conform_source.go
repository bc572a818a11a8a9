package oidctest

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// TestSource tests an implementation of [certsource.Source]. It returns nil, or an error that joins every fault
// found. The source must hold keys itself: the declarations of package certsource do not, before oidcauth.New uses them.
// It must hold a key for the query good. If it does not hold it at first and is a [certsource.Refresher], it is refreshed
// once. It must hold no key for the queries in unfit, such as one with an unknown key ID.
//
// It requires the following:
//
//   - Every query returns either one to four keys, or an error.
//   - Each key is public, and its type, size and Algorithm fit the algorithm of the query.
//   - If the query and the key both have an ID or an issuer, these are equal.
//   - A certificate belongs to its key.
//   - The caller may change the returned slice.
//   - 32 goroutines get keys at any time, even while others refresh.
//   - Refresh returns when its context ends, and removes no key.
//
// The queries name every algorithm, algorithms that cannot verify tokens, an unknown issuer, and hostile key IDs and
// thumbprints. TestSource cannot see whether Keys waits for a fetch.
func TestSource(s certsource.Source, good certsource.Query, unfit ...certsource.Query) error {
	t := &sourceTest{source: s, good: good}
	t.try("source", func() {
		// A fault of the good answer would be reported for every other query as well.
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

// holds reports whether the source has a key for the good query, after a refresh if necessary.
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
			t.add("a key claims to belong to any issuer that is asked for")
		}
	}
	for _, q := range unfit {
		if len(t.keys(q)) > 0 {
			t.add("a key for %s, want none", brief(q))
		}
	}
}

// ownSlice changes an answer, and asks again.
func (t *sourceTest) ownSlice() {
	before := t.keys(t.good)
	kept := slices.Clone(before)
	clear(before)
	after := t.keys(t.good)
	for _, want := range kept {
		if !slices.ContainsFunc(after, func(k certsource.Key) bool { return k.ID == want.ID && jose.SameKey(k.Public, want.Public) }) {
			t.add("the source changes if a caller changes the returned slice")
		}
	}
}

func (t *sourceTest) concurrency() {
	r, refreshes := t.source.(certsource.Refresher)
	t.parallel("concurrent calls", func(i int) {
		if refreshes && i%8 == 0 {
			_ = r.Refresh(context.Background(), t.good) // The refusal of a refresh that comes too soon is not a fault.
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
		t.add("%s: the key is missing", when)
	}
}
