package trace

import (
	"strings"

	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// Trace tells the operator what was decided about a token, and why.
type Trace struct {
	*pipeline.Run
	Header   []string // Authorization, as far as it is known
	OfLogout bool     // the token is a logout token

	faults []*pipeline.Fault // all that the steps found
}

// Detail is all that is known of a fault, in one line, without what is secret or personal.
func (t *Trace) Detail(f *pipeline.Fault) string { return Sentence(f.Detail, t.Cause(f)) }

// Cause is the text of the fault's cause without what is secret or personal; empty where there is none.
func (t *Trace) Cause(f *pipeline.Fault) string {
	if f.Err == nil {
		return ""
	}
	return t.Redacted(f.Err.Error(), MaxSaid)
}

// Sentence puts a detail and its cause into one line.
func Sentence(detail, cause string) string {
	cause = OneLine(cause)
	if detail == "" || cause == "" {
		return detail + cause
	}
	return detail + ": " + cause
}

// OneLine puts the texts of errors that are joined, each of which stands in a line of its own, into one line.
func OneLine(text string) string { return strings.ReplaceAll(text, "\n", "; ") }
