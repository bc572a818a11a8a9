package record

import (
	"fmt"
	"strings"
	"unicode"
)

// Format writes a text for every verb. Without it, fmt prints the fields of a value for verbs that do not apply to
// text.
func Format(f fmt.State, verb rune, text string) {
	switch verb {
	case 'v', 's', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	default:
		fmt.Fprint(f, text)
	}
}

// Printable replaces control characters and invisible characters, which could deceive a reader or control a terminal.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return '\uFFFD'
		}
		return r
	}, s)
}
