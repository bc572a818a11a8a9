package record

import (
	"slices"
	"strings"
)

// impersonal lists the claims whose values reveal nothing about a person.
var impersonal = strings.Fields(`iss aud azp client_id cid appid exp iat nbf auth_time jti typ token_use ver tid acr amr
	scope scp roles email_verified idtyp gty appidacr azpacr`)

// Impersonal reports whether the value of a claim reveals nothing about a person.
func Impersonal(claim string) bool { return slices.Contains(impersonal, claim) }

// maxParts is the number of parts of a JWE. No JWT has more. A text with more parts is never passed to code that could quote
// one of them.
const maxParts = 5

// Credentials returns the token and its parts.
func Credentials(raw string) []string {
	out := []string{raw}
	if strings.Count(raw, ".") < maxParts {
		out = append(out, strings.Split(raw, ".")...)
	}
	return out
}
