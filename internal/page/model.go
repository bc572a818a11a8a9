package page

import (
	"time"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Home is the state of an Authenticator at the time Now.
type Home struct {
	Now     time.Time
	Issuers []Issuer
	Caches  []Cache
	// Denied is nil if the deny list is in a store of the application.
	Denied *DenyList
	history.Snapshot
	// ReloadFault says why the last configuration that was read again is not used. It is empty if that is used.
	ReloadFault string
	// Problem is shown above the forms. It says why the last request of the operator was not served.
	Problem string
	// ShowsValues reports that the operator may choose to see personal values.
	ShowsValues bool
}

// Issuer is a configured issuer.
type Issuer struct {
	URL string
	// Audience lists the audiences that are accepted.
	Audience []string
	// Ready reports that tokens can be verified now, and Keyless that no key is needed.
	Ready, Keyless bool
	Sources        []KeySource
	Endpoints      []Endpoint
}

// KeySource is one source of keys.
type KeySource struct {
	// Origin is its name in the configuration, and Source the place where the keys were found.
	Origin, Source string
	Keys           []Key
	Notes          []string
	// Fetched is the time of the last fetch that succeeded. It may be zero.
	Fetched time.Time
	// Stale reports that the keys are too old to be used.
	Stale bool
	// Fault is the error of the last fetch. It may be empty.
	Fault string
	// NextFetch is the earliest time of the next fetch. It is zero if one may start now.
	NextFetch time.Time
	// Waiting is the number of requests that wait for a fetch.
	Waiting int
}

// Key is a key of an issuer.
type Key struct {
	ID, Type   string
	Algorithms []string
	Valid      bool
	// Since is the time at which the key was first found, and Until the end of its certificate. Each may be zero.
	Since, Until time.Time
}

// Endpoint counts the calls to an endpoint of the provider.
type Endpoint struct {
	Name                     string
	Calls, Failures, Refused uint64
	// Open reports that calls are paused.
	Open bool
}

// Cache is a cache.
type Cache struct {
	Cache        string
	Hits, Misses uint64
	// Entries and Bytes are the size.
	Entries, Bytes int
	// Waiting is the number of requests that wait for a verification or a call that another request began.
	Waiting int
}

// DenyList is the list of revoked tokens and ended sessions in the memory of the process.
type DenyList struct{ Entries, Limit int }

// Result is the explanation of one decision.
type Result struct {
	Now      time.Time
	Decision *decision.Decision
	// Source says where the decision comes from.
	Source string
	// Read says how the pasted text was understood. It is empty for a decision that is opened by its ID.
	Read []string
	// Stored reports that the decision is opened by its ID, so that the choice can be a link.
	Stored bool
	// Values says whether personal values are shown.
	Values Values
}

// Values is the choice of the operator whether personal values are shown.
type Values int

// The choices.
const (
	// ValuesOff means that the configuration hides the values.
	ValuesOff Values = iota
	// ValuesHidden means that this view hides the values.
	ValuesHidden
	// ValuesShown means that this view shows the values.
	ValuesShown
)
