package certsource

import (
	"context"
	"crypto"
	"crypto/x509"
	"slices"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Source is a place where the keys of an issuer are found. An application may write its own.
//
// Keys returns the keys that it holds for a token. Keys never waits for a fetch. If no key fits, its error matches
// [ErrNoKey], and the next source is asked. Any other error means that it is unknown whether the source holds the
// key. Implementations must be safe for concurrent use.
type Source interface {
	Keys(Query) ([]Key, error)
}

// Query says what an unverified token states about its key. Its strings are chosen by the sender and never trusted.
type Query struct {
	// Issuer is the token's iss, after it was found equal to a configured issuer.
	Issuer string
	// Tenant is the token's tid, if the configured issuer is templated.
	Tenant string
	// KeyID is the token's kid. If empty, up to four keys of the algorithm fit.
	KeyID string
	// X5T and X5TS256 are the x5t and x5t#S256 of the header, in base64url.
	X5T     string
	X5TS256 string
	// Algorithm is the token's alg.
	Algorithm string

	// Refuted lists the keys that fit and do not verify the token. A [Refresher] then fetches to see whether they
	// were replaced. A [Chain] goes on to the next source if the token does not name a refuted key.
	Refuted []Key
}

// Named reports whether the token names its key, by kid, x5t or x5t#S256.
func (q Query) Named() bool { return q.KeyID != "" || q.X5T != "" || q.X5TS256 != "" }

// Untried returns the keys that are not in q.Refuted.
func (q Query) Untried(keys []Key) []Key {
	if len(q.Refuted) == 0 {
		return keys
	}
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool {
		return slices.ContainsFunc(q.Refuted, func(r Key) bool { return jose.SameKey(r.Public, k.Public) })
	})
}

// Key is a public key that may verify tokens of its issuer.
type Key struct {
	// ID is the kid. It is empty if the source knows no kid.
	ID string
	// Algorithm is the only algorithm that the key may be used with. If empty, every algorithm of its type is
	// allowed.
	Algorithm string
	// Issuer is the issuer whose tokens the key may verify.
	Issuer string
	// Public is the public key.
	Public crypto.PublicKey
	// Certificate is the key's certificate. It is nil for a bare key.
	Certificate *x509.Certificate
	// Source is the name of the source, for the operator.
	Source string
}

// Refresher is a [Source] that can fetch its keys. The interface is optional: a source without it has fixed keys, or
// fetches them by itself. Refresh is called if no key fits a token, or if the fitting keys do not verify it
// ([Query.Refuted]). An attacker can cause both at will, so Refresh must limit its fetches. Concurrent calls share one
// fetch, which the context of a single caller does not end.
type Refresher interface {
	Source
	Refresh(context.Context, Query) error
}
