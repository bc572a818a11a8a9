package record

import (
	"slices"
	"strings"
)

// impersonal are the claims whose values say nothing of a person.
var impersonal = strings.Fields(`iss aud azp client_id cid appid exp iat nbf auth_time jti typ token_use ver tid acr amr
	scope scp roles email_verified idtyp gty appidacr azpacr`)

// Impersonal reports whether the value of a claim says nothing of a person.
func Impersonal(claim string) bool { return slices.Contains(impersonal, claim) }

// maxParts are those of any JWT, signed or encrypted; what has more was given to no dependency that could quote a part.
const maxParts = 5

// Credentials are the token and its parts.
func Credentials(raw string) []string {
	out := []string{raw}
	if strings.Count(raw, ".") < maxParts {
		out = append(out, strings.Split(raw, ".")...)
	}
	return out
}
