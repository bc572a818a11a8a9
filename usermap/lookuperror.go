package usermap

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lookupError is the failure of a database. Its text leaves out the cause if the cause repeats the searched value,
// which is personal.
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

// repeats also finds s in Go's quoted form, in another case, or cut off. It ignores a value of one or two characters,
// which reveals nothing, and a short one inside a word, which is there by chance.
func repeats(text, s string) bool {
	const short, betraying = 8, 3
	if len(s) < betraying {
		return false
	}
	whole := len(s) < short
	const telling = 16 // As many characters of a value reveal it.
	if r := []rune(s); len(r) > telling {
		s = string(r[:telling])
	}
	text, s = strings.ToLower(text), strings.ToLower(s)
	quoted := strconv.Quote(s)
	return contains(text, s, whole) || contains(text, quoted[1:len(quoted)-1], whole)
}

func contains(text, s string, whole bool) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], s)
		if at < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+at])
		after, _ := utf8.DecodeRuneInString(text[from+at+len(s):])
		if !whole || !inWord(before) && !inWord(after) {
			return true
		}
		from += at + 1
	}
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) && r != utf8.RuneError }
