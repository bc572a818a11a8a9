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
// value of a personal claim. Use [errors.As] to get it from a wrapped error.
type Error struct {
	// Reason says why the request is refused.
	Reason reason.Reason
	// Detail is one sentence for the operator. It may be empty.
	Detail string
	// DecisionID identifies the log record of the refusal. The client gets it in the response, and can quote it in a report.
	DecisionID string
	// Err is the cause. It may be nil.
	Err error

	cause          string                         // the redacted text of Err
	scopes         []string                       // the required scopes
	authentication *pipeline.StatedAuthentication // the authentication that is insufficient; nil for other reasons
	rule           string                         // the rule of the application that refuses the request
	unmet          *pipeline.Fault                // the fault of the checks that fail
	status         int                            // if not 0, it replaces the status of Reason
	isDPoP         bool                           // the scheme of the request is DPoP
	isLogin        bool                           // a login or a session is refused, and not a token of the request
	identity       *Identity                      // the identity that does not meet the requirement
	decision       *decision.Decision
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

// detail returns Detail and the cause in one line.
func (e *Error) detail() string {
	cause := e.cause
	if cause == "" && e.Err != nil {
		cause = e.Err.Error()
	}
	return trace.Sentence(e.Detail, cause)
}

// Decision returns the decision behind the refusal, for the operator. It is nil if the refusal has not been answered yet, and
// for errors of [Authenticator.Revoke]. It has no steps and no hints if the log's limit for the reason was reached.
func (e *Error) Decision() *decision.Decision { return e.decision }

// Format prints [Error.Error] for every verb, because package fmt would print the fields of the cause, and a field may contain
// the token.
func (e *Error) Format(f fmt.State, verb rune) { record.Format(f, verb, e.Error()) }

// MarshalText returns [Error.Error], because encoders would write the fields of the cause too.
func (e *Error) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil { // errors.Is and errors.As call Unwrap on a nil *Error in an interface
		return nil
	}
	return e.Err
}

// Is reports whether target is the reason of the refusal, so that errors.Is(err, reason.Expired) is true for an expired token.
func (e *Error) Is(target error) bool {
	r, ok := target.(reason.Reason)
	return ok && r == e.Reason
}

// Status returns the HTTP status for the client: 400, 401, 403, 500 or 503.
func (e *Error) Status() int {
	if e.status != 0 {
		return e.status
	}
	return e.Reason.Status()
}

// errorOf makes an Error from a fault that needs no redaction.
func errorOf(f *pipeline.Fault) *Error { return &Error{Reason: f.Reason, Detail: f.Detail, Err: f.Err} }

// asError returns the refusal in err. If err contains no Error with a reason, asError returns a refusal of reason
// application_error.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) && e != nil && e.Reason != "" {
		return e
	}
	return &Error{Reason: reason.ApplicationError, Err: err, Detail: "the application's error contains no oidcauth.Error with a reason"}
}
