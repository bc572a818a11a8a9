// Package decision holds what was decided about a token, and why, as data for the operator.
//
// A [Decision] lists the steps that judged a token, every independent fault, and the known cause of a fault with its fix
// as a [Hint]. It prints itself as text and as JSON. A [Finding] is one line of a diagnosis of the configuration.
package decision

import (
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Decision is what was decided about one request or token, and why: for the operator, never for the client. It holds
// neither the token nor its signature, and of claims that concern a person the names only, unless
// [github.com/knownbearer/knownbearer/oidcauth.Config.ShowClaimValues] is set. A Decision is not to be changed.
type Decision struct {
	ID       string        `json:"id"` // also in the response of a refusal
	Time     time.Time     `json:"time"`
	Elapsed  time.Duration `json:"elapsed_ns"`
	Accepted bool          `json:"accepted"`
	Reason   reason.Reason `json:"reason,omitempty"` // of the first fault; empty where accepted
	Status   int           `json:"status,omitempty"` // the client's; 0 where accepted
	Verified bool          `json:"verified"`         // whether the signature is; if not, anyone may have written what the token says
	Issuer   string        `json:"issuer,omitempty"` // the configured one that the token is of
	Method   string        `json:"method,omitempty"`
	Route    string        `json:"route,omitempty"` // the pattern of net/http, without the path's values
	Token    TokenFacts    `json:"token"`
	Hints    []Hint        `json:"hints,omitempty"` // those on the first fault first
	Steps    []Step        `json:"steps,omitempty"` // in order; nil for a token accepted by Check
}

// TokenFacts is what a token says of itself, so that the provider's own log can be matched. Each text is at most 200
// bytes long, and raw: as the sender wrote it.
type TokenFacts struct {
	Type      string   `json:"typ,omitempty"`
	Algorithm string   `json:"alg,omitempty"`
	KeyID     string   `json:"kid,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	Audience  string   `json:"aud,omitempty"` // JSON: a string or a list
	ID        string   `json:"jti,omitempty"`
	IssuedAt  string   `json:"iat,omitempty"` // seconds since 1970
	Expires   string   `json:"exp,omitempty"` // seconds since 1970
	Claims    []string `json:"claims,omitempty"`
	KeySource string   `json:"key_source,omitempty"` // that held the key of the signature
}

// Outcome is how a step ended.
type Outcome string

// The outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // its fault would only follow from another, or the network or a database would be needed
)

// Step is one step of a
type Step struct {
	Name       string        `json:"name"`
	Outcome    Outcome       `json:"outcome"`
	Unverified bool          `json:"unverified,omitempty"` // found in a token whose signature was not verified
	Detail     string        `json:"detail,omitempty"`
	Faults     []Fault       `json:"faults,omitempty"`
	Sources    []KeySource   `json:"sources,omitempty"` // of keys, in order, with what each holds
	Claims     []ClaimSource `json:"claims,omitempty"`
}

// KeySource is what one source of keys holds.
type KeySource struct {
	Source  string    `json:"source"`
	Held    []string  `json:"held"` // key ids, or thumbprints; at most 50
	Notes   []string  `json:"notes,omitempty"`
	Fetched time.Time `json:"fetched,omitzero"` // zero: local, or never
	Stale   bool      `json:"stale,omitempty"`  // too old to be used
	Fault   string    `json:"fault,omitempty"`  // of the last fetch, though the keys held may still serve
}

// Fault is one thing wrong. Faults that only follow from another are not listed.
type Fault struct {
	Reason reason.Reason `json:"reason"`
	Detail string        `json:"detail,omitempty"`
}

// ClaimSource says where a claim that is needed was found.
type ClaimSource struct {
	Name   string `json:"name"`
	Source string `json:"source"` // token, UserInfo or nowhere
	Value  string `json:"value,omitempty"`
}

// Hint names a known cause of a fault, and its remedy. It never changes a verdict.
type Hint struct {
	Code     string        `json:"code"` // stable; programs may compare it
	Reason   reason.Reason `json:"reason"`
	Cause    string        `json:"cause"`
	Fix      string        `json:"fix"`
	Actual   string        `json:"actual,omitempty"`   // what the request, the token or the provider had
	Expected string        `json:"expected,omitempty"` // what would have done
}

// Faults lists all that is wrong, the reason of the refusal first.
func (d *Decision) Faults() []Fault {
	var out []Fault
	for _, s := range d.Steps {
		out = append(out, s.Faults...)
	}
	// Not every fault is that of a step before: a request may be refused because of its scopes alone.
	i := slices.IndexFunc(out, func(f Fault) bool { return f.Reason == d.Reason })
	if i > 0 {
		out[0], out[i] = out[i], out[0]
	}
	return out
}

// HintCodes are the codes of the hints, for logs and metrics.
func (d *Decision) HintCodes() []string {
	var out []string
	for _, h := range d.Hints {
		out = append(out, h.Code)
	}
	return out
}
