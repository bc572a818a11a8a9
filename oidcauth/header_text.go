package oidcauth

import "strings"

// isFieldName reports whether s is empty or a token (RFC 9110 section 5.6.2).
func isFieldName(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// isPrintable reports whether a quoted-string of a challenge can contain the text.
func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7E })
}

// quoted returns the content of a quoted-string (RFC 9110 section 5.6.4). It escapes quotes and backslashes, and drops all
// characters other than printable ASCII.
func quoted(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= 0x20 && r < 0x7F:
			b.WriteRune(r)
		}
	}
	return b.String()
}
