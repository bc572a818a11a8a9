package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

// records is the operator's log. It keeps the last record, as its attributes.
type records struct {
	mu   sync.Mutex
	last []string
	out  io.Writer // nil: records are not printed
}

// Write takes one record of a slog.TextHandler.
func (l *records) Write(record []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = split(strings.TrimSpace(string(record)))
	if l.out == nil {
		return len(record), nil
	}
	if text := why(l.last); text != "" {
		fmt.Fprintf(l.out, "\nA request was refused:\n%s\n", text)
	}
	_, err := fmt.Fprintf(l.out, "\n%s\n", wrapped(l.last))
	return len(record), err
}

// printTo prints each record from now on, and before it the reason if it is a refusal.
func (l *records) printTo(out io.Writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = out
}

func (l *records) latest() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// reason is that of the last record.
func (l *records) reason() string { return value(l.latest(), "reason") }

// value is that of an attribute; empty if the record does not have it.
func value(attrs []string, name string) string {
	for _, attr := range attrs {
		if text, ok := strings.CutPrefix(attr, name+"="); ok {
			if plain, err := strconv.Unquote(text); err == nil {
				return plain
			}
			return text
		}
	}
	return ""
}

const width = 110 // of a terminal line

// why is what the operator reads first: the reason, and the first hint. It is empty for a record that is no refusal.
func why(attrs []string) string {
	reason := value(attrs, "reason")
	if reason == "" {
		return ""
	}
	lines := []string{"reason    " + reason, "cause     " + indented(value(attrs, "msg"))}
	_, rest, _ := strings.Cut(value(attrs, "hints"), " Fix: ")
	rest, _, _ = strings.Cut(rest, " | ")
	fix, expected, _ := strings.Cut(rest, " Expected: ")
	fix, actual, _ := strings.Cut(fix, " Actual: ")
	for _, part := range [][2]string{{"fix", fix}, {"actual", actual}, {"expected", expected}} {
		if part[1] != "" {
			lines = append(lines, fmt.Sprintf("%-10s%s", part[0], indented(strings.TrimSuffix(part[1], "."))))
		}
	}
	return "  " + strings.Join(lines, "\n  ")
}

func indented(text string) string { return folded(strings.Fields(text), width-12, "\n            ") }

// wrapped is a record for the terminal: in the log it is one line.
func wrapped(attrs []string) string { return folded(attrs, width, "\n  ") }

// folded joins the parts to lines of at most this width. A longer part has its own line.
func folded(parts []string, width int, separator string) string {
	var lines []string
	for _, part := range parts {
		last := len(lines) - 1
		if last >= 0 && len(lines[last])+1+len(part) <= width {
			lines[last] += " " + part
			continue
		}
		lines = append(lines, part)
	}
	return strings.Join(lines, separator)
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
