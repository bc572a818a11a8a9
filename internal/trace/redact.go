package trace

import (
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
)

// MaxErrorText is the greatest length in bytes of the text of an error or of an application's own refusal.
const MaxErrorText = 4 << 10

// Redacted removes secrets from a text, because a dependency may have quoted its input: the token and its parts, the
// values of the claims that find and name the user, and the subject. It removes them in every spelling that [record.Redact]
// knows.
func (t *Trace) Redacted(text string, max int) string {
	return record.Redact(text, max, t.secrets())
}

func (t *Trace) secrets() record.Secrets {
	s := record.Secrets{Credentials: record.Credentials(t.Raw)}
	if t.Rules == nil || t.Engine.ShowClaimValues {
		return s
	}
	for _, p := range []claims.Path{t.Rules.Search, t.Rules.Name, pipeline.SubjectClaim} {
		if text, ok := t.claimValue(p).Text(); ok && !record.Impersonal(p.String()) {
			s.Values = append(s.Values, text)
		}
	}
	return s
}

// claimValue returns the value of a claim. It reads the token if the claims are not resolved yet.
func (t *Trace) claimValue(p claims.Path) claims.Value {
	v, ok := t.Claims.Lookup(p)
	if !ok && t.Token.Known {
		v, _ = claimset.FromObject(t.Token.Claims).Lookup(p)
	}
	return v
}
