package main

import (
	"strings"
	"sync"
)

// records is the operator's log: it keeps the last record, as its attributes.
type records struct {
	mu    sync.Mutex
	attrs []string
}

// Write takes one record of a slog.TextHandler.
func (l *records) Write(record []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attrs = split(strings.TrimSpace(string(record)))
	return len(record), nil
}

func (l *records) last() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.attrs
}

// reason is that of the last record.
func (l *records) reason() string {
	for _, attr := range l.last() {
		if reason, ok := strings.CutPrefix(attr, "reason="); ok {
			return reason
		}
	}
	return ""
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

const width = 110 // of a terminal line

// wrapped is a record for the terminal: in the log it is one line.
func wrapped(attrs []string) string {
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
