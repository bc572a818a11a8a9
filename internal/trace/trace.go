package trace

import (
	"net/http"
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Trace explains the decision about one token to the operator.
type Trace struct {
	*pipeline.Run
	Header      string   // The name of the header with the credentials; empty if it is Authorization.
	Credentials []string // The values of that header, or nil if the token did not arrive in a request.

	// Request is the request that carried the token, or nil. It is examined only if it has no credentials.
	Request *http.Request

	faults []*pipeline.Fault // The faults of all steps so far.
}

// Detail describes a fault and its cause in one line, without secrets and personal values.
func (t *Trace) Detail(f *pipeline.Fault) string { return Sentence(f.Detail, t.Cause(f)) }

// Cause returns the text of the fault's cause, without secrets and personal values. It is empty if there is no cause.
func (t *Trace) Cause(f *pipeline.Fault) string {
	if f.Err == nil {
		return ""
	}
	return t.Redacted(f.Err.Error(), MaxErrorText)
}

// Sentence joins a detail and its cause in one line.
func Sentence(detail, cause string) string {
	cause = OneLine(cause)
	if detail == "" || cause == "" {
		return detail + cause
	}
	return detail + ": " + cause
}

// OneLine joins the lines of a text by semicolons. The text of errors.Join has one line for each error.
func OneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
