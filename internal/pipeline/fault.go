package pipeline

import (
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Fault is the reason for which a step refuses a token. It is not redacted: its cause may contain the token.
type Fault struct {
	Reason reason.Reason
	Detail string // one sentence for the operator; may be empty
	Err    error  // the cause; may be nil

	Claim          claims.Path           // the claim that is missing or has an unexpected value
	Scopes         []string              // the scopes that are required
	Roles          []string              // the required roles: one of them, or all
	Proof          *dpop.Fault           // the fault of a DPoP proof; nil for other reasons
	Authentication *StatedAuthentication // the authentication that does not meet the requirement; nil for other reasons
	Response       *Response             // what a login got instead of tokens; nil for other reasons
	Also           []*Fault              // further faults of the same step
}

// Skip makes the result of a step that cannot check the token. It has no reason, and does not refuse the token.
func Skip(why string) *Fault { return &Fault{Detail: why} }

// Refuse makes a Fault.
func Refuse(reason reason.Reason, cause error, format string, args ...any) *Fault {
	return &Fault{Reason: reason, Detail: fmt.Sprintf(format, args...), Err: cause}
}

// jsonType returns the JSON type of a value. It reveals nothing about a person, and a wrong type is a frequent cause.
func jsonType(v claims.Value) string {
	switch raw := v.Raw(); {
	case raw == "":
		return "claim without a value"
	case raw[0] == '"':
		return "string"
	case raw[0] == '[':
		return "list"
	case raw[0] == '{':
		return "object"
	case raw[0] == 't' || raw[0] == 'f':
		return "boolean"
	}
	return "number"
}

// Authentication is a requirement on how and when the user authenticated (RFC 9470). No token meets the zero Authentication.
type Authentication struct {
	ACR    []string      // one of them is required; if nil, any authentication context is accepted
	MaxAge time.Duration // if 0, any age is accepted
}

// StatedAuthentication contains the claims of a token about the authentication of the user.
type StatedAuthentication struct {
	Required Authentication
	ACR      []string
	Time     time.Time // zero if the token does not state it
}

// Response is what the provider or the browser sent to a login instead of tokens.
type Response struct {
	Error, Description string // an error response (RFC 6749 sections 4.1.2.1 and 5.2)
	Actual, Expected   string // values that differ
}
