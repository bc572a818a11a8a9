// Package record bounds the words of others, and takes secrets out of them, before they enter an error or a log.
package record

import "unicode/utf8"

// Clip bounds a text to max bytes and marks that it was cut. It cuts no character: in a text that is UTF-8 none of which it
// is made of is spoilt.
func Clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return head(s, max) + mark
}

// mark stands where a text was cut.
const mark = "…"

// head is the beginning of a text that is longer than max bytes, without the bytes of a character that does not fit.
func head(s string, max int) string {
	end := max
	for end > max-utf8.UTFMax && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if !utf8.RuneStart(s[end]) {
		end = max // not UTF-8
	}
	return s[:end]
}
