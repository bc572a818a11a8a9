package certsource

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoKey means that a source holds no key that fits.
	ErrNoKey = errors.New("certsource: no key fits")
	// ErrNotBound means that a declaration was asked for keys before it was bound.
	ErrNotBound = errors.New("certsource: the source is not bound to an issuer")
)

// UnavailableError means that a source could not be reached, so nobody knows what it holds.
type UnavailableError struct {
	Source string
	Err    error
}

func (e *UnavailableError) Error() string { return "certsource: " + e.Source + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Report is what one source held when it was asked.
type Report struct {
	Source string
	Held   []string // key ids or thumbprints
	Note   string
}

// NoKeyError lists the sources asked, in order. It is [ErrNoKey] only if all of them could be reached.
type NoKeyError struct {
	Reports     []Report
	Unavailable error // of the first source that could not be reached; nil: none
}

func (e *NoKeyError) Error() string {
	parts := make([]string, len(e.Reports))
	for i, r := range e.Reports {
		parts[i] = fmt.Sprintf("%s held %q %s", r.Source, r.Held, r.Note)
	}
	return "certsource: no key fits: " + strings.Join(parts, "; ")
}

// Is makes the error match [ErrNoKey].
func (e *NoKeyError) Is(target error) bool { return target == ErrNoKey && e.Unavailable == nil }

// Unwrap returns why a source could not be reached.
func (e *NoKeyError) Unwrap() error { return e.Unavailable }
