package pipeline

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// A logout covers the tokens that were issued before it. If neither introspection nor UserInfo states when a token was issued or
// to which session it belongs, the answer that the provider gives after the logout decides, because the provider knows which
// tokens it has ended.

// requery contains logouts. The next answer of the provider must be newer than all of them.
type requery struct {
	mark    string
	logouts []denylist.Entry
}

func newRequery(logouts []denylist.Entry) *requery { return &requery{markOf(logouts), logouts} }

// includes reports whether the requery contains all of these logouts.
func (r *requery) includes(logouts []denylist.Entry) bool {
	for _, e := range logouts {
		if !slices.ContainsFunc(r.logouts, func(known denylist.Entry) bool { return known.Key == e.Key && known.Before.Equal(e.Before) }) {
			return false
		}
	}
	return true
}

// markOf returns a text that identifies the logouts. It changes with every new logout, because each one sets a new Until.
func markOf(logouts []denylist.Entry) string {
	parts := make([]string, 0, len(logouts))
	for _, e := range logouts {
		parts = append(parts, e.Key+" "+strconv.FormatInt(e.Before.UnixMicro(), 36)+" "+strconv.FormatInt(e.Until.UnixMicro(), 36))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// question returns the lookup in the cache of answers. Its mark excludes cached answers that are older than the logouts.
func (r *requery) question(now, end time.Time) answers.Question {
	q := answers.Question{Now: now, End: end}
	if r != nil {
		q.Mark = r.mark
	}
	return q
}
