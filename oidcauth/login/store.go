package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// Store stores the sessions of a service with several replicas. It has three of the methods of CtxStore in
// github.com/alexedwards/scs/v2, so the stores of that module fit. It must be safe for concurrent use.
//
// A token is the hash of a session ID, in 43 characters of base64url, and the stored value is sealed with [Config.Keys]. A
// reader of the store learns neither a session ID nor a token of the provider, and a writer cannot make a session. An error means that the
// store gives no usable answer, and the request is answered with 503. The context of each call ends after 5 s.
type Store interface {
	// FindCtx returns the value of a token. found is false if there is none, or if its expiry has passed.
	FindCtx(ctx context.Context, token string) (value []byte, found bool, err error)
	// CommitCtx stores a value until its expiry, and replaces a former value.
	CommitCtx(ctx context.Context, token string, value []byte, expiry time.Time) error
	// DeleteCtx deletes a value. It returns nil if there is none.
	DeleteCtx(ctx context.Context, token string) error
}

// Swapper is a [Store] that can compare and swap. With it, one replica at a time refreshes the tokens of a session, and a session that
// was ended stays ended while another replica prolongs it. Without it, both hold within one process only: a provider that rotates
// refresh tokens may end the session if two replicas refresh it at the same moment.
type Swapper interface {
	Store
	// SwapCtx stores a value until its expiry if the present value equals old. A nil old requires that there is no value. swapped
	// reports whether the value was stored.
	SwapCtx(ctx context.Context, token string, old, value []byte, expiry time.Time) (swapped bool, err error)
}

// The kinds of values in a store. A hash of one kind never equals a hash of another kind.
const (
	kindSession = "session"
	kindAttempt = "attempt"
	kindSID     = "sid"
)

// storeKey returns the token under which the store has a value.
func storeKey(kind, name string) string {
	sum := sha256.Sum256([]byte("knownbearer login " + kind + "\x00" + name))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
