package certsource

import (
	"fmt"
	"strings"
	"time"
)

// Reporter is a [Source] that describes what it holds, for the operator: decisions, warnings and the diagnosis show it. A
// [Chain] returns one [Report] for each of its sources, in order. The interface is optional.
type Reporter interface {
	Source
	Report() []Report
}

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
