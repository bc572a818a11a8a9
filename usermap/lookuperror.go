package usermap

import (
	"fmt"
	"strconv"
	"strings"
)

// lookupError is a database's failure. Databases like to repeat the value that they could not digest; it is personal.
type lookupError struct {
	text  string
	cause error
}

func newLookupError(doing string, cause error, q *Query) error {
	text := cause.Error()
	for _, s := range []string{q.Value, q.Subject, q.Tenant} {
		if repeats(text, s) {
			text = fmt.Sprintf("%T (its text repeats the query)", cause)
			break
		}
	}
	return &lookupError{"usermap: " + doing + ": " + text, cause}
}

func (e *lookupError) Error() string { return e.text }
func (e *lookupError) Unwrap() error { return e.cause }

// repeats also sees s quoted as by Go, in another letter case, or cut off.
func repeats(text, s string) bool {
	if s == "" {
		return false
	}
	const telling = 16 // so many characters give a value away
	if r := []rune(s); len(r) > telling {
		s = string(r[:telling])
	}
	text, s = strings.ToLower(text), strings.ToLower(s)
	quoted := strconv.Quote(s)
	return strings.Contains(text, s) || strings.Contains(text, quoted[1:len(quoted)-1])
}
