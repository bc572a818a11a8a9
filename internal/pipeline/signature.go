package pipeline

import (
	"context"
	"errors"
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keyset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// findKeys finds the keys that may verify the token. It fetches keys only if no cached key is suitable, and within the limits of
// the source.
func findKeys(ctx context.Context, t *Run) *Fault {
	keys, fault := t.Rules.keysFor(ctx, t.KeyQuery(), t.Offline)
	if t.Keys.Tried = keys; fault == nil {
		t.Established |= HasKeys
	}
	return fault
}

// keysFor returns the keys that may verify a token. If offline is set, it returns only cached keys.
func (r *Rules) keysFor(ctx context.Context, q certsource.Query, offline bool) ([]certsource.Key, *Fault) {
	if offline {
		if keys, _ := r.keySet().Held(q); len(keys) > 0 {
			return keys, nil
		}
		return nil, Skip("no suitable key is cached, and keys are not fetched for a token that is refused")
	}
	keys, err := r.keySet().Find(ctx, q)
	switch {
	case len(keys) > 0:
		return keys, nil
	case ctx.Err() != nil:
		return nil, Refuse(reason.KeysUnavailable, ctx.Err(), "the request ended while keys were fetched")
	case err != nil && !errors.Is(err, certsource.ErrNoKey) && !r.HasNoKeySet():
		return nil, Refuse(reason.KeysUnavailable, err, "a source of keys could not be reached")
	}
	return nil, Refuse(reason.KeyNotFound, err, "no source has a key for kid %q, alg %s", record.Short(q.KeyID), q.Algorithm)
}

func verifySignature(ctx context.Context, t *Run) *Fault {
	keys, fault := t.Rules.verify(ctx, t.Token.JWT, t.KeyQuery(), t.Keys.Tried, t.Offline)
	if t.Keys = keys; fault == nil {
		t.Established |= Verified
	}
	return fault
}

// verify tries the given keys. If they do not verify the token, the provider may have rotated its keys, even if it kept the kid.
// The source may then fetch once, within its limits, and verify tries the new keys.
func (r *Rules) verify(ctx context.Context, jwt *jose.Token, q certsource.Query, found []certsource.Key, offline bool) (Keys, *Fault) {
	verifier, err := keyset.Verify(jwt, found)
	keys := Keys{Tried: found, verifier: verifier}
	switch {
	case err == nil:
		return keys, nil
	case offline && !q.Named():
		return keys, Skip("no cached key verifies the signature, and keys are not fetched for a token that is refused")
	case !offline:
		others, unreachable := r.keySet().Others(ctx, q, found)
		if len(others) == 0 {
			if unreachable != nil {
				return keys, Refuse(reason.KeysUnavailable, unreachable, "the cached keys do not verify the signature, and a source of other keys could not be reached")
			}
			break
		}
		keys.Tried = slices.Concat(found, others)
		if keys.verifier, err = keyset.Verify(jwt, others); err == nil {
			return keys, nil
		}
	}
	return keys, Refuse(reason.InvalidSignature, err, "the signature does not verify with any of %d key(s)", len(keys.Tried))
}
