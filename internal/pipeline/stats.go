package pipeline

import (
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/tokencache"
)

// Stats are the counters of the caches.
type Stats struct {
	Tokens                  tokencache.Stats
	UserInfo, Introspection answers.Stats
}

// Stats returns the counters of the caches, summed over all issuers.
func (e *Engine) Stats() Stats {
	var out Stats
	if e.tokens != nil {
		out.Tokens = e.tokens.Cache.Stats()
	}
	for _, rules := range e.Issuers {
		addStats(&out.UserInfo, rules.answers.userInfo.Stats())
		addStats(&out.Introspection, rules.answers.introspection.Stats())
	}
	return out
}

func addStats(sum *answers.Stats, s answers.Stats) {
	sum.Hits += s.Hits
	sum.Calls += s.Calls
	sum.Entries += s.Entries
	sum.Refusals += s.Refusals
	sum.Bytes += s.Bytes
	sum.Waiting += s.Waiting
}
