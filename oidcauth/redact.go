package oidcauth

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/record"
)

// impersonal are the claims whose values say nothing of a person.
var impersonal = strings.Fields(`iss aud azp client_id cid appid exp iat nbf auth_time jti typ token_use ver tid acr amr
	scope scp roles email_verified idtyp gty appidacr azpacr`)

// shown is a claim's value, as far as the operator may see it.
func (t *attempt) shown(p claims.Path, v claims.Value) string {
	if t.auth.config.ShowClaimValues || slices.Contains(impersonal, p.String()) {
		return clip(v.Raw())
	}
	return record.Hidden
}

// maxSaid bounds what is repeated of an error's text, and of what an application says of its own refusal.
const maxSaid = 4 << 10

// redacted takes out of a text what a dependency may have put there: the token, its parts, and the values by which the
// user is searched and named, and the subject, which finders are told as well, in whatever spelling.
func (t *attempt) redacted(text string, max int) string {
	return record.Redact(text, max, t.secrets())
}

// maxParts are those of any JWT, signed or encrypted; what has more was given to no dependency that could quote a part.
const maxParts = 5

func (t *attempt) secrets() record.Secrets {
	s := record.Secrets{Credentials: credentials(t.raw)}
	if t.issuer == nil || t.auth.config.ShowClaimValues {
		return s
	}
	for _, p := range []claims.Path{t.issuer.Search, t.issuer.Name, subject} {
		if text, ok := t.lookedUp(p).Text(); ok && !slices.Contains(impersonal, p.String()) {
			s.Values = append(s.Values, text)
		}
	}
	return s
}

// lookedUp is a claim's value, where the claims are not yet resolved the token's.
func (t *attempt) lookedUp(p claims.Path) claims.Value {
	v, ok := t.claims.Lookup(p)
	if !ok && t.token != nil {
		v, _ = claims.FromObject(t.token.Claims).Lookup(p)
	}
	return v
}

// credentials are the token and its parts.
func credentials(raw string) []string {
	out := []string{raw}
	if strings.Count(raw, ".") < maxParts {
		out = append(out, strings.Split(raw, ".")...)
	}
	return out
}
