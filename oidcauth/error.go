package oidcauth

import (
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Error is a refusal. Its text is for the operator: it names claims, issuers and key ids, and contains no token, no secret and no
// value of a personal claim. Use [errors.As] to find it in an error.
type Error struct {
	// Reason says why the request is refused.
	Reason reason.Reason
	// Detail is one sentence for the operator. It may be empty.
	Detail string
	// DecisionID is also in the response, so that a client's report leads to the log record.
	DecisionID string
	// Err is the cause. It may be nil.
	Err error

	cause    string    // Err's text without what is secret or personal
	scopes   []string  // that are required
	foreign  bool      // made of an error that is no Error with a reason
	status   int       // instead of the reason's
	identity *Identity // that lacks what is required
	decision *decision.Decision
}

func (e *Error) Error() string {
	if e == nil {
		return "oidcauth: no refusal"
	}
	text := "oidcauth: " + string(e.Reason)
	if detail := e.detail(); detail != "" {
		text += ": " + detail
	}
	return text
}

// detail is all that is known, in one line.
func (e *Error) detail() string {
	cause := e.cause
	if cause == "" && e.Err != nil {
		cause = e.Err.Error()
	}
	return trace.Sentence(e.Detail, cause)
}

// Decision returns all that is known of the refusal, for the operator. It has no steps and no hints if so many requests were refused for this
// reason that the refusal was not logged.
func (e *Error) Decision() *decision.Decision { return e.decision }

// Format prints [Error.Error] for every verb: the cause may hold the token in a field of its own.
func (e *Error) Format(f fmt.State, verb rune) { record.Format(f, verb, e.Error()) }

// MarshalText is [Error.Error], for the same reason.
func (e *Error) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil { // in an interface, as the result of a function that returns *Error
		return nil
	}
	return e.Err
}

// Is reports whether target is the reason of the refusal, so that errors.Is(err, reason.Expired) is true of one that expired.
func (e *Error) Is(target error) bool {
	r, ok := target.(reason.Reason)
	return ok && r == e.Reason
}

// Status returns the HTTP status for the client: 400, 401, 403 or 503.
func (e *Error) Status() int {
	if e.status != 0 {
		return e.status
	}
	return e.Reason.Status()
}

// errorOf makes an Error of a fault that needs no redaction.
func errorOf(f *pipeline.Fault) *Error { return &Error{Reason: f.Reason, Detail: f.Detail, Err: f.Err} }

// ConfigError is one fault of a [Config]. The error of [New] joins one for each fault.
type ConfigError struct {
	// Field is the path of the field, such as Issuers[0].Audience.
	Field string
	// Problem says what is wrong with the field.
	Problem string
	// Err is the cause. It may be nil.
	Err error
}

func (e *ConfigError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("oidcauth: %s: %s: %v", e.Field, e.Problem, e.Err)
	}
	return fmt.Sprintf("oidcauth: %s: %s", e.Field, e.Problem)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }

// asError finds the refusal in err. A foreign error says nothing about the token, so it is a dependency's; an Error without a
// reason says no more.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) && e != nil && e.Reason != "" {
		return e
	}
	return &Error{Reason: reason.UserStoreUnavailable, Err: err, Detail: "not a refusal of this library", foreign: true}
}
