package record

import (
	"fmt"
	"strings"
	"unicode"
)

// Format prints a text for every verb. For a verb that is none of a text's, fmt would print the fields of the value instead.
func Format(f fmt.State, verb rune, text string) {
	switch verb {
	case 'v', 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		fmt.Fprint(f, text)
	}
}

// Printable replaces characters that could steer a terminal, or that a reader does not see: the texts come from outside.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '\uFFFD'
		}
		return r
	}, s)
}
