package pipeline

import (
	"strings"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// scopesOf reads scope and scp in the shapes that providers use: one blank-separated string, or a list.
func scopesOf(token strictjson.Object) []string {
	var out []string
	var room [4]string
	for _, name := range [...]string{"scope", "scp"} {
		v, _ := token.Get(name)
		list, _ := v.AppendTexts(room[:0])
		for _, s := range list {
			scopes := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }) // no other white space (RFC 6749 section 3.3)
			if out == nil {
				out = scopes
				continue
			}
			out = append(out, scopes...)
		}
	}
	return out
}
