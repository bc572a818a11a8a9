package settings

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Error is one fault of a document. It contains names and positions, and no value of a secret.
type Error struct {
	// File is the path of the document, as it was opened. It may be empty.
	File string
	// Line and Column are the position of the fault, counted from 1. They are 0 if the document has no text.
	Line, Column int
	// Path locates the fault in the document, as in providers.corp.claims.checks[0]. It is empty for the whole document.
	Path string
	// Problem describes the fault.
	Problem string
	// Suggestion is the name that was probably meant. It may be empty.
	Suggestion string
	// Err is the cause. It may be nil.
	Err error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("settings: ")
	if e.File != "" {
		b.WriteString(e.File + ":")
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", e.Line, e.Column)
	}
	if e.File != "" || e.Line > 0 {
		b.WriteString(" ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Problem)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// faults collects the errors of one document, each one once: the same value can be decoded for several applications.
type faults struct {
	file string
	list []*Error
	seen map[string]bool
}

func (f *faults) add(e *Error) {
	e.File = f.file
	key := fmt.Sprint(e.Line, e.Column, e.Path, e.Problem)
	if f.seen[key] {
		return
	}
	if f.seen == nil {
		f.seen = map[string]bool{}
	}
	f.seen[key] = true
	f.list = append(f.list, e)
}

// suggested reports whether an error at this path already suggests the name of a member.
func (f *faults) suggested(name, path string) bool {
	return slices.ContainsFunc(f.list, func(e *Error) bool { return e.Suggestion == name && e.Path == path })
}

// reported reports whether there is already an error at this path.
func (f *faults) reported(path string) bool {
	return slices.ContainsFunc(f.list, func(e *Error) bool { return e.Path == path })
}

// maxListed is the largest number of names in an error.
const maxListed = 40

// unknown adds an error about a name that does not exist. If it resembles no known name, the error lists the known names.
func (f *faults) unknown(n Node, kind, name string, known []string) {
	e := &Error{Line: n.Line, Column: n.Column, Path: n.path, Problem: fmt.Sprintf("there is no %s %q", kind, clip(name)), Suggestion: nearest(name, known)}
	if e.Suggestion == "" && len(known) > 0 && len(known) <= maxListed {
		e.Problem += "; the names are " + strings.Join(known, ", ")
	}
	f.add(e)
}

// at adds an error at the position of a node.
func (f *faults) at(n Node, problem string, cause error) {
	f.add(&Error{Line: n.Line, Column: n.Column, Path: n.path, Problem: problem, Err: cause})
}

// err joins the errors in the order of their positions.
func (f *faults) err() error {
	slices.SortStableFunc(f.list, func(a, b *Error) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	list := make([]error, 0, len(f.list))
	for _, e := range f.list {
		list = append(list, e)
	}
	return errors.Join(list...)
}
