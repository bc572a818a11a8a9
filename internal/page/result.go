package page

import (
	"strconv"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Render returns the document.
func (r Result) Render() ([]byte, error) {
	d := r.Decision
	v := resultView{
		frame: frame{Title: headline(d), Now: r.Now, ShowsValues: r.Values != ValuesOff}, Decision: d, Headline: headline(d), Origin: r.Source, Read: r.Read, Stored: r.Stored,
		Values: r.Values, Facts: facts(d.Token, r.Now), Plain: d.String(),
	}
	for _, s := range d.Steps {
		if s.Outcome == decision.Skipped {
			v.Skipped = append(v.Skipped, s)
			continue
		}
		v.Steps = append(v.Steps, stepView{s, sourcesOf(s.Sources, r.Now)})
	}
	best, ok := d.BestHint()
	if ok {
		v.Hint = &best
	}
	for _, h := range d.Hints {
		if h.Code != best.Code || h.Reason != best.Reason {
			v.Others = append(v.Others, h)
		}
	}
	return render("result.html", v)
}

// headline is the sentence in the largest type.
func headline(d *decision.Decision) string {
	switch {
	case d.Accepted:
		return "This service accepts the token."
	case d.Cause() == "":
		return "The application refuses for a reason of its own."
	}
	return d.Cause()
}

type resultView struct {
	frame
	*decision.Decision
	Headline string
	Origin   string
	Read     []string
	Stored   bool
	Values   Values
	Hint     *decision.Hint
	Others   []decision.Hint
	Steps    []stepView      // the steps that ran
	Skipped  []decision.Step // the steps that did not run
	Facts    []fact
	Plain    string
}

// Hidden reports that the operator can choose to see the values.
func (v resultView) Hidden() bool { return v.Values == ValuesHidden }

// Shown describes which values the view shows.
func (v resultView) Shown() string {
	switch v.Values {
	case ValuesShown:
		return "personal values are shown"
	case ValuesHidden:
		return "personal values are hidden in this view"
	}
	return "personal values are hidden by the configuration"
}

type stepView struct {
	decision.Step
	Sources []sourceView
}

// sourceView is a source of keys with the age of its keys.
type sourceView struct {
	decision.KeySource
	Age string
}

func sourcesOf(sources []decision.KeySource, now time.Time) []sourceView {
	var out []sourceView
	for _, s := range sources {
		v := sourceView{KeySource: s}
		if !s.Fetched.IsZero() {
			v.Age = past(now.Sub(s.Fetched))
		}
		out = append(out, v)
	}
	return out
}

// fact is a part of the token, with its name in words.
type fact struct{ Name, Words, Value, Note string }

func facts(t decision.TokenFacts, now time.Time) []fact {
	all := []fact{
		{"typ", "type", t.Type, ""},
		{"alg", "algorithm", t.Algorithm, ""},
		{"kid", "key ID", t.KeyID, ""},
		{"iss", "issuer", t.Issuer, ""},
		{"aud", "audience", t.Audience, ""},
		{"jti", "token ID", t.ID, ""},
		{"iat", "issued at", t.IssuedAt, relative(t.IssuedAt, now)},
		{"exp", "expires", t.Expires, relative(t.Expires, now)},
	}
	var out []fact
	for _, f := range all {
		if f.Value != "" {
			out = append(out, f)
		}
	}
	return out
}

// maxSeconds is 31 December 9999. A later time has no form in RFC 3339.
const maxSeconds = 253402300799

// relative describes a time in seconds since 1970. It returns nothing for any other text, because the sender wrote it.
func relative(seconds string, now time.Time) string {
	n, err := strconv.ParseFloat(seconds, 64)
	if err != nil || !(n >= 0 && n <= maxSeconds) {
		return ""
	}
	t := time.Unix(int64(n), 0)
	at := t.UTC().Format("2006-01-02 15:04:05 UTC")
	if t.After(now) {
		return at + ", in " + ago(t.Sub(now))
	}
	return at + ", " + past(now.Sub(t))
}
