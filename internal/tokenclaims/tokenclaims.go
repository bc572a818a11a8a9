// Package tokenclaims reads claims of an access token that have several names or several forms in different products.
package tokenclaims

import (
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// ClientClaims are the claims that contain the client of a token. Each product uses one or more of them.
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

// IsMachine reports whether the claims identify no user: sub is missing, or equals the client.
func IsMachine(c strictjson.Object) bool {
	sub := c.Text("sub")
	return sub == "" || slices.ContainsFunc(ClientClaims, func(claim string) bool { return c.Text(claim) == sub })
}

// HasValue reports whether the claim is present and not null. A check that refuses a token because of a claim uses Has instead,
// because a claim that is null must not avoid the refusal.
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
	var buffer [4]string
	for _, name := range [...]string{"scope", "scp"} {
		v, _ := c.Get(name)
		list, _ := v.AppendTexts(buffer[:0])
		for _, s := range list {
			out = slices.Grow(out, min(1+strings.Count(s, " "), 32))
			for more := true; more; {
				var scope string
				if scope, s, more = strings.Cut(s, " "); scope != "" { // only spaces separate scopes (RFC 6749 section 3.3)
					out = append(out, scope)
				}
			}
		}
	}
	return out
}
