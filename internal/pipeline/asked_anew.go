package pipeline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Where neither introspection nor UserInfo tells when a token was issued, or of which session it is, a logout says nothing
// about it. Then an answer that was asked for after the logout decides: the provider knows what it has ended.

// anew are the logouts that the answer must know of.
type anew struct {
	mark    string
	logouts []denylist.Entry
}

// askAnew sends a run back to introspection. It is no refusal.
var askAnew = Abstain("the provider has to be asked once more, since the user was logged out")

// asking is where a run goes on that asks anew.
var asking = slices.IndexFunc(Steps, func(s Step) bool { return s.ID == StepIntrospection })

// forgetAnswer leaves of an opaque token what was known before its provider was asked.
func (t *Run) forgetAnswer() {
	t.Token, t.Tenant, t.Expiry, t.Established = nil, "", time.Time{}, KnownIssuer
}

// weighAnswer tells whether the answer was asked for after these logouts of a token that does not say when it was issued. It
// compares times of two clocks only where these are further apart than clocks may be. Otherwise the answer is asked for
// once more, under the mark of what was found, and serves while nothing else is found.
func (t *Run) weighAnswer(logouts []denylist.Entry) *Fault {
	open := slices.DeleteFunc(logouts, func(e denylist.Entry) bool { return t.said.Asked.After(e.Before.Add(MaxLeeway)) })
	switch {
	case len(open) == 0 || markOf(open) == t.said.Mark:
		return nil
	case t.anew == nil:
		t.anew = &anew{markOf(open), open}
		return askAnew
	case t.weighs(open):
		return nil
	}
	return Refuse(reason.TokenRevoked, nil, "%s", covers(open[0].Key)) // once more since the provider was asked anew
}

// weighs tells whether all of these were known when the provider was asked anew.
func (t *Run) weighs(open []denylist.Entry) bool {
	for _, e := range open {
		if !slices.ContainsFunc(t.anew.logouts, func(w denylist.Entry) bool { return w.Key == e.Key && w.Before.Equal(e.Before) }) {
			return false
		}
	}
	return true
}

// markOf changes with every further logout: each sets Until anew.
func markOf(logouts []denylist.Entry) string {
	parts := make([]string, 0, len(logouts))
	for _, e := range logouts {
		parts = append(parts, e.Key+" "+strconv.FormatInt(e.Before.UnixMicro(), 36)+" "+strconv.FormatInt(e.Until.UnixMicro(), 36))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// question is asked under the mark of the logouts that its answer has to know of.
func (t *Run) question(end time.Time) answers.Question {
	q := answers.Question{Now: t.Now, End: end}
	if t.anew != nil {
		q.Mark = t.anew.mark
	}
	return q
}
