// Package record shortens foreign text and removes secrets from it, before it enters an error or a log.
package record

import "unicode/utf8"

// Clip shortens a text to max bytes and marks the cut. It never cuts a character of valid UTF-8 in two.
func Clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return head(s, max) + mark
}

// mark replaces the end that was cut off.
const mark = "…"

// head returns the beginning of a text that is longer than max bytes. It omits a character that does not fit
// entirely.
func head(s string, max int) string {
	end := max
	for end > max-utf8.UTFMax && end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if !utf8.RuneStart(s[end]) {
		end = max // The text is not UTF-8.
	}
	return s[:end]
}
