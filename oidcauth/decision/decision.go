// Package decision describes the decision about a token, as data for the operator.
//
// A [Decision] lists the steps that checked a token, every independent fault, and the known causes of the faults, each
// with its fix, as a [Hint]. It can be printed as text and marshalled to JSON. A [Finding] is one result of a diagnosis
// of the configuration.
package decision

import (
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Decision describes one decision about a request or a token. It is for the operator, never for the client. It contains
// neither the token nor its signature. It contains the names of claims that concern a person, but their values only if
// [github.com/knownbearer/knownbearer/oidcauth.Config.ShowClaimValues] is set. A Decision must not be changed, because
// others may read it at the same time.
type Decision struct {
	// ID identifies the decision. The response of a refusal contains it too.
	ID      string        `json:"id"`
	Time    time.Time     `json:"time"`
	Elapsed time.Duration `json:"elapsed_ns"`
	// Accepted reports whether the request or the token is accepted.
	Accepted bool `json:"accepted"`
	// Reason is the reason of the first fault. It is empty if the request is accepted.
	Reason reason.Reason `json:"reason,omitempty"`
	// Status is the HTTP status that the client receives. It is 0 if the request is accepted.
	Status int `json:"status,omitempty"`
	// Rule is the application's name for the rule that refuses, as it was given to Require. It is empty for other refusals.
	Rule string `json:"rule,omitempty"`
	// AfterAcceptance reports that an earlier decision with the same ID accepted the token. This decision is the refusal of the
	// application, or the end of a watched connection. To count each request once, count the decisions without AfterAcceptance.
	AfterAcceptance bool `json:"after_acceptance,omitempty"`
	// Verified reports whether the signature is verified. If not, anyone may have written the claims.
	Verified bool `json:"verified"`
	// Cached reports that the token was verified for an earlier request, and was found in the cache of verified tokens.
	Cached bool `json:"cached,omitempty"`
	// Issuer is the configured issuer of the token.
	Issuer string `json:"issuer,omitempty"`
	Method string `json:"method,omitempty"`
	// Route is the pattern of net/http that matched the request. It does not contain the values in the path.
	Route string `json:"route,omitempty"`
	// Remote is the address of the sender. It is empty unless [github.com/knownbearer/knownbearer/oidcauth.Log] has a function
	// Remote.
	Remote string `json:"remote,omitempty"`
	// TraceID identifies the trace to which the request belongs.
	TraceID string     `json:"trace_id,omitempty"`
	Token   TokenFacts `json:"token"`
	// Hints lists the known causes. Those of the first fault come first.
	Hints []Hint `json:"hints,omitempty"`
	// Record describes the token for [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Replay]. It is nil unless
	// [github.com/knownbearer/knownbearer/oidcauth.Log.RecordKey] is set. The decisions about a token that is cached have none:
	// the first decision about the token has it.
	Record *Record `json:"record,omitempty"`
	// Steps lists the steps in order. It is nil for a token that Check accepts.
	Steps []Step `json:"steps,omitempty"`
}

// TokenFacts contains parts of the token as its sender wrote them, so that the provider's own log can be searched for
// them. Each text has at most 200 bytes.
type TokenFacts struct {
	Type      string `json:"typ,omitempty"`
	Algorithm string `json:"alg,omitempty"`
	KeyID     string `json:"kid,omitempty"`
	Issuer    string `json:"iss,omitempty"`
	// Audience is JSON: a string or a list.
	Audience string `json:"aud,omitempty"`
	ID       string `json:"jti,omitempty"`
	// ClientID is the client to which the token was issued: azp, client_id, cid or appid.
	ClientID string `json:"client_id,omitempty"`
	// Subject is the token's sub. It is empty unless [github.com/knownbearer/knownbearer/oidcauth.Config.ShowClaimValues] is set.
	Subject string `json:"sub,omitempty"`
	// IssuedAt and Expires are in seconds since 1970.
	IssuedAt string `json:"iat,omitempty"`
	Expires  string `json:"exp,omitempty"`
	// Claims lists the names of the claims.
	Claims []string `json:"claims,omitempty"`
	// KeySource is the source of the key that verified the signature.
	KeySource string `json:"key_source,omitempty"`
}

// Outcome is the result of a step of a [Decision], or of a check that a [Finding] describes.
type Outcome string

// The outcomes.
const (
	// Passed means that the step or the check found no fault.
	Passed Outcome = "passed"
	// Risky means that the check of a finding found a setting or an answer that works, but should be changed. No step has it.
	Risky Outcome = "risky"
	// Failed means that the step or the check found a fault. A failed finding causes refusals.
	Failed Outcome = "failed"
	// Skipped means that the step did not run: its fault would only follow from another, or it needs the network or a
	// database, which are not used after the decision is known. No finding has it.
	Skipped Outcome = "skipped"
)

// Step describes one step of a decision.
type Step struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	// Unverified reports that the step read a token whose signature is not verified.
	Unverified bool    `json:"unverified,omitempty"`
	Detail     string  `json:"detail,omitempty"`
	Faults     []Fault `json:"faults,omitempty"`
	// Sources lists the sources of keys in order.
	Sources []KeySource   `json:"sources,omitempty"`
	Claims  []ClaimSource `json:"claims,omitempty"`
}

// KeySource describes one source of keys.
type KeySource struct {
	Source string `json:"source"`
	// Held lists the key IDs, or else the thumbprints, of the keys in the source. It has at most 50 entries.
	Held  []string `json:"held"`
	Notes []string `json:"notes,omitempty"`
	// Fetched is the time at which the keys were fetched. It is zero if the source is local, or if its keys were never fetched.
	Fetched time.Time `json:"fetched,omitzero"`
	// Stale reports that the keys are too old to be used.
	Stale bool `json:"stale,omitempty"`
	// Fault is the error of the last fetch. Keys that were fetched before may still be in use.
	Fault string `json:"fault,omitempty"`
}

// Fault is one fault. A fault that only follows from another is not listed.
type Fault struct {
	Reason reason.Reason `json:"reason"`
	Detail string        `json:"detail,omitempty"`
}

// ClaimSource names the source of one required claim.
type ClaimSource struct {
	Name string `json:"name"`
	// Source is token, UserInfo or nowhere.
	Source string `json:"source"`
	// Value is hidden if it concerns a person and Config.ShowClaimValues is not set.
	Value string `json:"value,omitempty"`
}

// Hint describes a known cause of a fault and its fix. A hint never changes a decision.
type Hint struct {
	// Code identifies the cause. Codes are stable, so programs may compare them.
	Code   string        `json:"code"`
	Reason reason.Reason `json:"reason"`
	Cause  string        `json:"cause"`
	Fix    string        `json:"fix"`
	// Actual is the value in the request, in the token or in the answer of the provider.
	Actual string `json:"actual,omitempty"`
	// Expected is a value that would be accepted.
	Expected string `json:"expected,omitempty"`
	// Mends lists changes of the configuration or of the provider, where they are known.
	Mends []Mend `json:"mends,omitempty"`
}

// Faults returns the faults of all steps. The fault with the reason of the refusal comes first.
func (d *Decision) Faults() []Fault {
	var out []Fault
	for _, s := range d.Steps {
		out = append(out, s.Faults...)
	}
	// i is -1 if the decision has no steps.
	i := slices.IndexFunc(out, func(f Fault) bool { return f.Reason == d.Reason })
	if i > 0 {
		out[0], out[i] = out[i], out[0]
	}
	return out
}

// Cause returns the cause of the first hint on the reason or, if there is no such hint, the meaning of the reason. It is empty if the request is
// accepted, or if the application made the reason.
func (d *Decision) Cause() string {
	if best, ok := d.BestHint(); ok {
		return best.Cause
	}
	return d.Reason.Meaning()
}

// HintCodes returns the codes of the hints, for logs and metrics.
func (d *Decision) HintCodes() []string {
	var out []string
	for _, h := range d.Hints {
		out = append(out, h.Code)
	}
	return out
}
