package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// records is the operator's side: the log, and the events of logins and sessions.
type records struct {
	mu      sync.Mutex
	reason  string // of the last refusal
	record  string // of the last refusal
	refused int
	events  []string  // since the last call of seen
	out     io.Writer // nil: records are not printed
}

// event keeps what an operator counts.
func (l *records) event(_ context.Context, e decision.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e.Kind {
	case decision.Refused:
		l.reason = string(e.Decision.Reason)
		l.refused++
	case decision.SignedIn, decision.Refreshed, decision.SignedOut, decision.LoggedOut:
		l.events = append(l.events, string(e.Kind))
		if l.out != nil {
			fmt.Fprintf(l.out, "\n%s %s\n", e.Kind, e.ID)
		}
	}
}

// Write takes one record of a slog.TextHandler.
func (l *records) Write(record []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := folded(split(strings.TrimSpace(string(record))))
	if strings.Contains(text, "event=refused") {
		l.record = text
	}
	if l.out != nil {
		fmt.Fprintf(l.out, "\n%s\n", text)
	}
	return len(record), nil
}

// printTo prints each record and each event from now on.
func (l *records) printTo(out io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = out
}

// refusal returns the reason and the record of the last refusal.
func (l *records) refusal() (reason, record string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason, l.record
}

// count returns the number of refusals.
func (l *records) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// seen returns the kinds of the events since the last call.
func (l *records) seen() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := strings.Join(l.events, ", ")
	l.events = nil
	return out
}

const width = 110 // of a terminal line

// folded joins the attributes to lines of at most this width. A longer attribute has its own line.
func folded(attrs []string) string {
	var lines []string
	for _, attr := range attrs {
		last := len(lines) - 1
		if last >= 0 && len(lines[last])+1+len(attr) <= width {
			lines[last] += " " + attr
			continue
		}
		lines = append(lines, attr)
	}
	return strings.Join(lines, "\n  ")
}

// split cuts a record at the blanks that are not in a quoted value.
func split(record string) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(record, func(r rune) bool {
		if r == '"' && !escaped {
			quoted = !quoted
		}
		escaped = r == '\\' && !escaped
		return r == ' ' && !quoted
	})
}
