package provider

import (
	"context"
	"errors"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
)

// checkSignature asks for held keys first. An unknown kid causes one refresh, within the source's bounds; so does an answer
// that no held key verifies, since it may be the first after a rotation.
func (v *verifier) checkSignature(ctx context.Context, t *jose.Token) error {
	h := t.Header
	q := certsource.Query{Issuer: v.issuer, KeyID: h.KeyID, X5T: h.X5T, X5TS256: h.X5TS256, Algorithm: h.Algorithm}
	keys, err := v.keys.Keys(q)
	if q.Refuted = v.fitting(keys, q); verifies(t, q.Refuted) {
		return nil
	}
	if r, ok := v.keys.(certsource.Refresher); ok {
		fault := r.Refresh(ctx, q)
		if keys, err = v.keys.Keys(q); verifies(t, q.Untried(v.fitting(keys, q))) {
			return nil
		}
		if fault != nil {
			return unverified("%w", fault)
		}
	}
	if len(keys) == 0 && err != nil {
		return unverified("%w", err)
	}
	return unverified("%w", errSignature)
}

var errSignature = errors.New("no key of the issuer verifies the signature")

// fitting is the last word on what a source answers: a key of another issuer never verifies.
func (v *verifier) fitting(keys []certsource.Key, q certsource.Query) []certsource.Key {
	var out []certsource.Key
	for _, k := range keys {
		if (k.Issuer == "" || k.Issuer == v.issuer) && (k.Algorithm == "" || jose.SameAlgorithm(k.Algorithm, q.Algorithm)) && len(out) < maxCandidates {
			out = append(out, k)
		}
	}
	return out
}

func verifies(t *jose.Token, keys []certsource.Key) bool {
	for _, k := range keys {
		if t.Verify(k.Public) == nil {
			return true
		}
	}
	return false
}
