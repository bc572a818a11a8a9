package usermap

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
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

// repeats also sees s quoted as by Go, in another letter case, or cut off. A value of one or two characters betrays
// nobody, and a short one that is a part of a word is there by accident.
func repeats(text, s string) bool {
	const short, betraying = 8, 3
	if len(s) < betraying {
		return false
	}
	whole := len(s) < short
	const telling = 16 // so many characters give a value away
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
