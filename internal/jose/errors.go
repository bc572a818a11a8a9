package jose

import "errors"

// Code tells in one word why a token was refused.
type Code string

// The codes.
const (
	Malformed        Code = "malformed"         // three parts, but not of valid base64url and strict JSON
	Encrypted        Code = "encrypted"         // five parts: a JWE
	NotCompact       Code = "not_compact"       // not three parts: an opaque token, for all we know
	TooLarge         Code = "too_large"         // longer than the limit
	Critical         Code = "critical"          // crit, b64 or zip is present
	AlgorithmRefused Code = "algorithm_refused" // no algorithm, or one that the key does not fit
)

// ErrSignature is the error of a token whose signature does not verify.
var ErrSignature = errors.New("jose: the signature does not verify")

// Error tells why a token was refused. Its text repeats nothing of the token but a name of at most 32 characters
// that imitates a registered one.
type Error struct {
	Code    Code
	Problem string
	Err     error // the cause, or nil; it may name a member of the token, so it is not part of the text
}

func (e *Error) Error() string { return "jose: " + e.Problem }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func malformed(problem string, cause error) error {
	return &Error{Code: Malformed, Problem: problem, Err: cause}
}
