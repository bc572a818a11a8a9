package trace

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
)

// MaxSaid bounds what is repeated of an error's text, and of what an application says of its own refusal.
const MaxSaid = 4 << 10

// Redacted takes out of a text what a dependency may have put there: the token, its parts, and the values by which the
// user is searched and named, and the subject, which finders are told as well, in whatever spelling.
func (t *Trace) Redacted(text string, max int) string {
	return record.Redact(text, max, t.secrets())
}

func (t *Trace) secrets() record.Secrets {
	s := record.Secrets{Credentials: record.Credentials(t.Raw)}
	if t.Rules == nil || t.Engine.ShowClaimValues {
		return s
	}
	for _, p := range []claims.Path{t.Rules.Search, t.Rules.Name, pipeline.SubjectClaim} {
		if text, ok := t.lookedUp(p).Text(); ok && !record.Impersonal(p.String()) {
			s.Values = append(s.Values, text)
		}
	}
	return s
}

// lookedUp is a claim's value, where the claims are not yet resolved the token's.
func (t *Trace) lookedUp(p claims.Path) claims.Value {
	v, ok := t.Claims.Lookup(p)
	if !ok && t.Token != nil {
		v, _ = claimset.FromObject(t.Token.Claims).Lookup(p)
	}
	return v
}
