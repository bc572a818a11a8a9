// Package keyset chooses the keys of an issuer and verifies signatures with them. A [Set] is immutable and safe for concurrent
// use if its source is.
package keyset

import (
	"context"
	"errors"
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// MaxCandidates is the largest number of keys that are tried for one token. After a fetch, the same number of other keys may be
// tried.
const MaxCandidates = 4

var errNoKey = errors.New("keyset: no key to try")

// Set is the source of an issuer's keys.
type Set struct {
	Source certsource.Source
	Issuer string // the configured issuer; a key that belongs to another issuer is never used
}

// QueryOf returns the query for the key of a token. The tenant is empty unless the issuer is templated.
func QueryOf(token *jose.Token, tenant string) certsource.Query {
	h := token.Header
	return certsource.Query{
		Issuer: token.Claims.Text("iss"), Tenant: tenant, KeyID: h.KeyID, X5T: h.X5T, X5TS256: h.X5TS256, Algorithm: h.Algorithm,
	}
}

// Held returns the keys of the source that may verify the token, at most MaxCandidates. It sends no request.
func (s Set) Held(q certsource.Query) ([]certsource.Key, error) {
	keys, err := s.Source.Keys(q)
	return s.usable(keys, q), err
}

// Find is like Held, but lets the source fetch keys, within its limits, if it has no suitable key. The error is a
// [certsource.ErrNoKey], or the cause for which the source could not read all its keys.
func (s Set) Find(ctx context.Context, q certsource.Query) ([]certsource.Key, error) {
	keys, err := s.Source.Keys(q)
	if len(keys) == 0 {
		s.refresh(ctx, q)
		keys, err = s.Source.Keys(q)
	}
	return s.usable(keys, q), err
}

// Others lets the source fetch keys, and returns the suitable keys that have not been tried. Call it if no key verifies a
// token, which may be the first token after a rotation. If a source that may have the key could not be reached, the error is
// the cause.
func (s Set) Others(ctx context.Context, q certsource.Query, tried []certsource.Key) ([]certsource.Key, error) {
	q.Refuted = tried
	s.refresh(ctx, q)
	keys, err := s.Source.Keys(q)
	if errors.Is(err, certsource.ErrNoKey) {
		err = nil
	}
	return q.Untried(s.usable(keys, q)), err
}

// refresh lets the source fetch keys. It ignores the error, because Keys returns it as well.
func (s Set) refresh(ctx context.Context, q certsource.Query) {
	if r, ok := s.Source.(certsource.Refresher); ok {
		_ = r.Refresh(ctx, q)
	}
}

// usable returns the keys that belong to the issuer and fit the algorithm, at most MaxCandidates. It checks this for every source,
// so that a key of issuer A never verifies a token of issuer B.
func (s Set) usable(keys []certsource.Key, q certsource.Query) []certsource.Key {
	unusable := func(k certsource.Key) bool {
		foreign := k.Issuer != "" && k.Issuer != s.Issuer && k.Issuer != q.Issuer
		return foreign || !jose.Suits(q.Algorithm, k.Public) || k.Algorithm != "" && !jose.SameAlgorithm(k.Algorithm, q.Algorithm)
	}
	if slices.ContainsFunc(keys, unusable) { // otherwise nothing is copied
		keys = slices.DeleteFunc(slices.Clone(keys), unusable)
	}
	return keys[:min(len(keys), MaxCandidates)]
}

// Verify tries the keys in order. It returns the key that verifies the signature, as a slice of one key that shares memory
// with keys.
func Verify(token *jose.Token, keys []certsource.Key) (verifier []certsource.Key, err error) {
	err = errNoKey
	for i, k := range keys {
		if err = token.Verify(k.Public); err == nil {
			return keys[i : i+1 : i+1], nil
		}
	}
	return nil, err
}
