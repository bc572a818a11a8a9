package oidcauth

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

const hidden = "[redacted]"

// impersonal are the claims whose values say nothing of a person.
var impersonal = strings.Fields(`iss aud azp client_id cid appid exp iat nbf auth_time jti typ token_use ver tid acr amr
	scope scp roles email_verified idtyp gty appidacr azpacr`)

// shown is a claim's value, as far as the operator may see it.
func (t *attempt) shown(p claims.Path, v claims.Value) string {
	if t.auth.config.ShowClaimValues || slices.Contains(impersonal, p.String()) {
		return clip(v.Raw())
	}
	return hidden
}

// redacted takes out of a text what a dependency may have put there: the token, its parts, and the values by which the
// user is searched and named, and the subject, which finders are told as well, in whatever spelling.
func (t *attempt) redacted(text string) string {
	for _, secret := range t.secrets() {
		for _, spelt := range spellings(secret) {
			text = strings.ReplaceAll(text, spelt, hidden)
		}
	}
	return text
}

// spellings are those in which a URL, a quotation and a statement of SQL repeat a text.
func spellings(s string) []string {
	query := url.QueryEscape(s)
	if query == s {
		return []string{s} // nothing in it that anybody would spell otherwise
	}
	inJSON, _ := json.Marshal(s) // a string is always JSON
	inGo := strconv.Quote(s)
	return []string{s, query, url.PathEscape(s), string(inJSON[1 : len(inJSON)-1]), inGo[1 : len(inGo)-1], strings.ReplaceAll(s, "'", "''")}
}

// telling is the length from which a text betrays something; a shorter one is in many texts by accident.
const telling = 3

// maxParts are those of any JWT, signed or encrypted; what has more was given to nobody who could have quoted a part.
const maxParts = 5

func (t *attempt) secrets() []string {
	out := []string{t.raw}
	if strings.Count(t.raw, ".") < maxParts {
		out = append(out, strings.Split(t.raw, ".")...)
	}
	if t.issuer != nil && !t.auth.config.ShowClaimValues {
		for _, p := range []claims.Path{t.issuer.Search, t.issuer.Name, subject} {
			v, _ := t.claims.Lookup(p)
			if s, ok := v.Text(); ok && !slices.Contains(impersonal, p.String()) {
				out = append(out, s)
			}
		}
	}
	kept := out[:0]
	for _, s := range out {
		if len(s) >= telling {
			kept = append(kept, s)
		}
	}
	// One may be a part of another, of which the rest would remain.
	slices.SortFunc(kept, func(a, b string) int { return len(b) - len(a) })
	return kept
}
