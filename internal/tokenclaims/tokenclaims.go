// Package tokenclaims reads the claims of an access token that products write under several names or in several forms.
package tokenclaims

import (
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// ClientClaims name the client that requested the token. Products differ in which one they use.
var ClientClaims = []string{"azp", "client_id", "cid", "appid"}

// Client returns the first client that the claims name, or "".
func Client(c strictjson.Object) string {
	for _, claim := range ClientClaims {
		if id := c.Text(claim); id != "" {
			return id
		}
	}
	return ""
}

// IsMachine reports whether the claims name no user: there is no sub, or sub is a client.
func IsMachine(c strictjson.Object) bool {
	sub := c.Text("sub")
	return sub == "" || slices.ContainsFunc(ClientClaims, func(claim string) bool { return c.Text(claim) == sub })
}

// HasValue reports whether the claim is present and not null. A check that distrusts a claim uses Has instead, because null
// must not clear a suspicion.
func HasValue(c strictjson.Object, claim string) bool {
	v, ok := c.Get(claim)
	return ok && v.Kind() != strictjson.Null
}

// Time reads a NumericDate (RFC 7519 section 2). ok is false if the claim is present and not a NumericDate.
func Time(c strictjson.Object, claim string) (at time.Time, present, ok bool) {
	v, present := c.Get(claim)
	if !present {
		return time.Time{}, false, true
	}
	n, ok := v.Number()
	if !ok {
		return time.Time{}, true, false
	}
	at, ok = n.Date()
	return at, true, ok
}

// Scopes reads scope and scp, each of which is a space-separated string or a list of such strings.
func Scopes(c strictjson.Object) []string {
	var out []string
	var room [4]string
	for _, name := range [...]string{"scope", "scp"} {
		v, _ := c.Get(name)
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
