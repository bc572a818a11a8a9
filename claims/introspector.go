package claims

import (
	"context"
	"errors"
)

// Introspector asks the provider whether a token is active, and for its claims (RFC 7662). It is used for tokens that
// cannot be verified locally.
//
// Introspect returns the whole answer of the provider. It checks only that active is true; the caller checks exp,
// nbf, iss, aud and token_type. If the token is not active, the error is [ErrInactive]. Any other error means that
// the provider gave no usable answer, and says nothing about the token. Implementations must be safe for concurrent
// use.
type Introspector interface {
	Introspect(ctx context.Context, token string) (Set, error)
}

// ErrInactive reports that introspection answered active false: the provider does not know the token, or it is no
// longer valid.
var ErrInactive = errors.New("claims: introspection says that the token is not active")
