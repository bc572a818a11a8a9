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
	// Origin is the name of the source in the configuration. It never changes: Source is the URL of a key set that was
	// discovered, and Origin says that it is discovered.
	Origin string
	// Held lists the keys by their kid, or else by the SHA-256 thumbprint (x5t#S256) of their certificate.
	Held []string
	// Keys describes the keys of Held, in the same order. A source of your own may leave it nil.
	Keys []HeldKey
	// Hash changes if a key is added, removed or replaced. It is a part of a SHA-256 hash in hexadecimal, and empty if the
	// source has no keys.
	Hash string
	// Notes names certificates that are not valid now or end within 30 days, and keys and files that were skipped.
	Notes []string
	// Unusable lists the kids of published keys that cannot be used. Notes says why. It has at most 20 entries.
	Unusable []string
	// Local reports that the source is a text or a folder, so that a key of the provider is missing until an operator adds it.
	Local bool
	// OnDemand reports that keys are fetched when a token names them, so that no keys before the first token are no fault ([KeyURL]).
	OnDemand bool
	// Fetched is the time at which the keys were fetched or read. It is zero for [PEM], and if that never succeeded.
	Fetched time.Time
	// Stale reports that the keys are too old to be used.
	Stale bool
	// Err is the error of the last fetch. Keys that were fetched before may still be in use.
	Err error
	// FetchesLeft is the number of fetches that may start now. If it is 0, NextFetch is the earliest time of the next one. Both
	// are zero if nothing is ever fetched.
	FetchesLeft int
	NextFetch   time.Time
	// Fetching reports that a fetch is under way, and Waiting is the number of requests that wait for it.
	Fetching bool
	Waiting  int
}

// HeldKey describes one key of a [Report].
type HeldKey struct {
	// Type is RSA, EC or OKP (RFC 7518 section 6.1, RFC 8037 section 2).
	Type string
	// Algorithms lists the algorithms that the key may be used with.
	Algorithms []string
	// Valid reports that the key may be used now. In a key set, the dates of a certificate do not count.
	Valid bool
	// Since is the time at which the key was first found. It is zero for [PEM].
	Since time.Time
	// Until is the end of the key's certificate. It is zero for a bare key.
	Until time.Time
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
