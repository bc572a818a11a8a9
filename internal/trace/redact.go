package trace

import "github.com/knownbearer/knownbearer/internal/record"

// MaxErrorText is the greatest length in bytes of the text of an error or of an application's own refusal.
const MaxErrorText = 4 << 10

// Redacted removes secrets from a text, because a dependency may have quoted its input. The secrets are the token and its
// parts, the values of the claims that find and name the user, and the subject. [record.Redact] lists the encodings in which it
// finds them.
func (t *Trace) Redacted(text string, max int) string {
	return record.Redact(text, max, t.Secrets())
}
