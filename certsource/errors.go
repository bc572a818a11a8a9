package certsource

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrNoKey reports that a source holds no key that fits the query. A [Chain] then asks the next source.
	ErrNoKey = errors.New("certsource: no key fits")
	// ErrNoKeySet reports that the discovery document was read and has no jwks_uri. Such an issuer signs no tokens.
	ErrNoKeySet = errors.New("certsource: the discovery document names no jwks_uri")
	// ErrNotBound reports that Keys was called on a declaration that is not bound to an issuer.
	ErrNotBound = errors.New("certsource: the source is not bound to an issuer")
)

// UnavailableError reports that a source could not be reached, so that it is unknown which keys it holds.
type UnavailableError struct {
	// Source is the name of the source, without the secrets of its URL.
	Source string
	// Err is the cause. Unwrap returns it.
	Err error
}

func (e *UnavailableError) Error() string { return "certsource: " + e.Source + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Report describes what one source holds, for the operator.
type Report struct {
	// Source is the name of the source, without the secrets of its URL.
	Source string
	// Held lists the keys by their kid, or else by the SHA-256 thumbprint (x5t#S256) of their certificate.
	Held []string
	// Notes names certificates that are not valid now or end within 30 days, and keys and files that were skipped.
	Notes []string
	// Fetched is the time at which the keys were fetched or read. It is zero for [PEM], and if that never succeeded.
	Fetched time.Time
	// Stale reports that the keys are too old to be used.
	Stale bool
	// Err is the error of the last fetch. Keys that were fetched before may still be in use.
	Err error
}

// maxNamed bounds how many keys a text names, because the provider chooses how many there are.
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

// NoKeyError lists the sources that were asked, in order, and what they hold. It matches [ErrNoKey] only if all of
// them could be reached.
type NoKeyError struct {
	// Reports describes the sources in the order in which they were asked.
	Reports []Report
	// Unavailable is the error of the first source that could not be reached. It is nil if all were reached.
	Unavailable error
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

// Is reports whether target is [ErrNoKey] and all sources could be reached.
func (e *NoKeyError) Is(target error) bool { return target == ErrNoKey && e.Unavailable == nil }

// Unwrap returns the error of the first source that could not be reached.
func (e *NoKeyError) Unwrap() error { return e.Unavailable }
