package pipeline

import (
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/usermap"
)

// Run is one token on its way through the steps.
type Run struct {
	Look
	Engine *Engine
	Token  *jose.Token
	Rules  *Rules

	unverified *jose.Token               // a JWT that is introspected instead of verified
	Tenant     string                    // tid, where the issuer is templated
	said       *answers.Said[claims.Set] // introspection or UserInfo, of an opaque token
	anew       *anew                     // nil: any answer serves
	Keys       []certsource.Key
	used       []certsource.Key // the one that verified
	Claims     claims.Set
	User       usermap.User
	Expiry     time.Time

	Established   Facts
	Form          Form
	askedUserInfo bool // UserInfo, or what is kept of it
	Offline       bool // no network and no database: a step that needs either abstains
	early         bool // nbf may lie in the future
}

// Form is how a token is judged.
type Form uint8

const (
	Signed  Form = 1 << iota // a JWT, by its signature
	Opaque                   // by asking its provider
	AnyForm = Signed | Opaque
)

// Facts are what is established about a token. A step that needs a missing one is skipped, because its fault would only
// follow from another.
type Facts uint

const (
	Parsed      Facts = 1 << iota
	KnownIssuer       // the issuer is a configured one
	Recent            // it did not expire long ago
	Signable          // the algorithm may be used
	HasKeys           // there are keys to try
	Verified          // one of them verifies the signature
	AccessToken       // it is an access token
	Timely            // it is valid now
	Resolved          // the claims were brought together
	UserNamed         // those that find and name the user are among them
)

func (k Facts) String() string {
	names := []struct {
		Facts
		name string
	}{
		{Parsed, "the token cannot be read"},
		{KnownIssuer, "its issuer is unknown"},
		{Recent, "it expired long ago"},
		{Signable, "its algorithm is refused"},
		{HasKeys, "there is no key"},
		{Verified, "its signature is not verified"},
		{AccessToken, "it is no access token"},
		{Resolved, "its claims are not resolved"},
		{UserNamed, "the claims that name the user are not there"},
	}
	if k&Parsed != 0 {
		k &^= Recent // a token that cannot be read has no known exp
	}
	var out []string
	for _, n := range names {
		if k&n.Facts != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}

// RulesOrDefault returns the issuer's rules, or the defaults for a token of no configured issuer.
func (t *Run) RulesOrDefault() *Rules {
	if t.Rules == nil {
		return &defaultRules
	}
	return t.Rules
}

var defaultRules = Rules{Leeway: DefaultLeeway}

func (t *Run) Text(claim string) string {
	return t.Token.Claims.Text(claim)
}

// Has tells whether a claim is there at all, be it null: what makes a token suspect counts in any form.
func (t *Run) Has(claim string) bool { return t.Token.Claims.Has(claim) }

// hasValue tells whether a claim has a value: null clears no suspicion.
func (t *Run) hasValue(claim string) bool {
	v, ok := t.Token.Claims.Get(claim)
	return ok && v.Kind() != strictjson.Null
}

// timeClaim reads a time claim; ok is false where it is there but no date.
func (t *Run) timeClaim(claim string) (when time.Time, present, ok bool) {
	v, present := t.Token.Claims.Get(claim)
	if !present {
		return time.Time{}, false, true
	}
	n, ok := v.Number()
	if !ok {
		return time.Time{}, true, false
	}
	when, ok = n.Date()
	return when, true, ok
}

// Key is the one that verified; the zero Key before.
func (t *Run) Key() certsource.Key {
	if len(t.used) == 0 {
		return certsource.Key{}
	}
	return t.used[0]
}

// issuerName is the issuer of the token; introspection need not name it.
func (t *Run) issuerName() string {
	if iss := t.Text("iss"); iss != "" || t.Form == Signed {
		return iss
	}
	return t.Rules.URL
}
