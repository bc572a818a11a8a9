package mend

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// maxValue is the greatest length of a value.
const maxValue = 200

// Placeholder returns the name that an operator replaces by a value.
func Placeholder(name string) string { return "<" + name + ">" }

// Value returns the value if it can be quoted for every language, and otherwise a placeholder. A command takes a value that begins with
// - for an option, and az and curl take one that begins with @ for the name of a file. A value that is cut ends in an ellipsis, which is
// not ASCII.
func Value(value, name string) string {
	if value == "" || len(value) > maxValue || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) || strings.ContainsAny(value[:1], "-@<") {
		return Placeholder(name)
	}
	return value
}

// Word is like [Value], for a value within another language, such as a path or a rule of ADFS: it has only letters, digits and a few
// other characters.
func Word(value, name string) string {
	if strings.ContainsFunc(value, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:/", r))
	}) {
		return Placeholder(name)
	}
	return Value(value, name)
}

// Go quotes a text for Go.
func Go(s string) string { return strconv.Quote(s) }

// GoList returns a list of texts in Go.
func GoList(list []string) string {
	quoted := make([]string, 0, len(list))
	for _, s := range list {
		quoted = append(quoted, Go(s))
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

// JSON returns the JSON of a value. The value is a text, a boolean or nil, or consists of such.
func JSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // no such value has an error
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Shell quotes a text for a POSIX shell.
func Shell(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// PowerShell quotes an ASCII text for PowerShell. Other quotation marks of PowerShell are not ASCII.
func PowerShell(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
