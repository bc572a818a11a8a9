package jose

import "errors"

// Code is the kind of fault for which a token is refused.
type Code string

// The codes.
const (
	// Malformed: the token has three parts, but they are not valid base64url and strict JSON.
	Malformed Code = "malformed"
	// Encrypted: the token has five parts, so it is a JWE.
	Encrypted Code = "encrypted"
	// NotCompact: the token does not have three parts, so it may be opaque.
	NotCompact Code = "not_compact"
	// TooLarge: the token is longer than the limit.
	TooLarge Code = "too_large"
	// Critical: the header contains crit, b64 or zip.
	Critical Code = "critical"
	// AlgorithmRefused: the header names no algorithm, or one that is not allowed or does not fit the key.
	AlgorithmRefused Code = "algorithm_refused"
)

// ErrSignature reports that the signature of a token does not verify.
var ErrSignature = errors.New("jose: the signature does not verify")

// Error says why a token is refused. Its text contains nothing of the token except a member name that differs from a
// registered name only by case.
type Error struct {
	Code    Code
	Problem string
	// Err is the cause, or nil. It is not part of the text, because it may name a member of the token.
	Err error
}

func (e *Error) Error() string { return "jose: " + e.Problem }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func malformed(problem string, cause error) error {
	return &Error{Code: Malformed, Problem: problem, Err: cause}
}
