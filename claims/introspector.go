package claims

import (
	"context"
	"errors"
)

// Introspector asks the provider whether a token is active and what it holds (RFC 7662), for tokens that cannot be read
// here. A token that is not active is [ErrInactive], whatever the reason; any other error means that nobody knows, and
// says nothing about the token. It must be safe for concurrent use.
//
// The Set is the whole answer, as the provider gave it. That active was true has been seen to; exp, nbf, iss, aud and
// token_type are judged by the caller.
type Introspector interface {
	Introspect(ctx context.Context, token string) (Set, error)
}

// ErrInactive says that the provider knows no such token, or no longer: introspection answered active false.
var ErrInactive = errors.New("claims: introspection says that the token is not active")
