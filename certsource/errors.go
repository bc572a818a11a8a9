package certsource

import (
	"errors"
	"strings"

	"github.com/knownbearer/knownbearer/internal/clientfault"
)

// ErrNoKey reports that a source holds no key that fits the query. A [Chain] then asks the next source.
var ErrNoKey = errors.New("certsource: no key fits")

var _ clientfault.UnusableKeys = (*unusableError)(nil)

var errNotBound = errors.New("certsource: the source is not bound to an issuer")

// unavailableError reports that a source could not be reached, so that it is unknown which keys it holds.
type unavailableError struct {
	source string // without the secrets of its URL
	err    error
}

func (e *unavailableError) Error() string { return "certsource: " + e.source + ": " + e.err.Error() }

func (e *unavailableError) Unwrap() error { return e.err }

// unusableError reports that a key set was fetched, and that no key in it can verify tokens. Hints read it through
// clientfault.UnusableKeys.
type unusableError struct {
	problem string
	jwtSVID bool // A key has the use "jwt-svid".
}

func (e *unusableError) Error() string { return "certsource: " + e.problem }

func (e *unusableError) UnusableKeys() (problem string, jwtSVID bool) { return e.problem, e.jwtSVID }

// noKeyError lists the sources that were asked, in order, and what they hold. It matches ErrNoKey only if all of
// them could be reached.
type noKeyError struct {
	reports     []Report
	unavailable error // The error of the first source that could not be reached. It is nil if all were reached.
}

func (e *noKeyError) Error() string {
	parts := make([]string, len(e.reports))
	for i, r := range e.reports {
		parts[i] = r.String()
	}
	text := "certsource: no key fits: " + strings.Join(parts, "; ")
	if e.unavailable != nil {
		text += ": " + e.unavailable.Error()
	}
	return text
}

// Is reports whether target is ErrNoKey and all sources could be reached.
func (e *noKeyError) Is(target error) bool { return target == ErrNoKey && e.unavailable == nil }

func (e *noKeyError) Unwrap() error { return e.unavailable }
