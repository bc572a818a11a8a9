package certsource

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrNoKey means that a source holds no key that fits.
	ErrNoKey = errors.New("certsource: no key fits")
	// ErrNoKeySet means that the discovery document could be read, and names no keys: the issuer signs none of its tokens.
	ErrNoKeySet = errors.New("certsource: the discovery document names no jwks_uri")
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
	Source  string
	Held    []string  // key ids, or thumbprints (x5t#S256)
	Notes   []string  // for the operator: certificates that have ended or soon will, keys and files passed over
	Fetched time.Time // when the keys came; zero: they are local, or never came
	Stale   bool      // the keys held are too old to serve
	Err     error     // of the last fetch, though the keys held may still serve
}

// maxNamed bounds the keys in a text, whose ids are the provider's to choose.
const maxNamed = 20

func (r Report) String() string {
	text := fmt.Sprintf("%s held %.100q", r.Source, r.Held[:min(len(r.Held), maxNamed)])
	if more := len(r.Held) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if len(r.Notes) > 0 {
		text += " (" + strings.Join(r.Notes, "; ") + ")"
	}
	return text
}

// NoKeyError lists the sources asked, in order. It is [ErrNoKey] only if all of them could be reached.
type NoKeyError struct {
	Reports     []Report
	Unavailable error // of the first source that could not be reached; nil: none
}

func (e *NoKeyError) Error() string {
	parts := make([]string, len(e.Reports))
	for i, r := range e.Reports {
		parts[i] = r.String()
	}
	text := "certsource: no key fits: " + strings.Join(parts, "; ")
	if e.Unavailable != nil {
		text += ": " + e.Unavailable.Error()
	}
	return text
}

// Is makes the error match [ErrNoKey].
func (e *NoKeyError) Is(target error) bool { return target == ErrNoKey && e.Unavailable == nil }

// Unwrap returns why a source could not be reached.
func (e *NoKeyError) Unwrap() error { return e.Unavailable }
