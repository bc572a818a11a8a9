package doctor

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/usermap"
)

// userStores returns rules for each user store: those of the first issuer that uses the store of the whole configuration, and
// those of each issuer that has a store of its own.
func userStores(issuers []*pipeline.Rules) []*pipeline.Rules {
	var out []*pipeline.Rules
	common := false
	for _, rules := range issuers {
		if rules.OwnUsers || !common {
			out = append(out, rules)
		}
		common = common || !rules.OwnUsers
	}
	return out
}

func diagnoseUsers(ctx context.Context, iss *pipeline.Rules, panics *guard.Reporter) []decision.Finding {
	finding := func(s decision.Outcome, format string, args ...any) []decision.Finding {
		f := decision.Finding{Outcome: s, Subject: "users", Text: fmt.Sprintf(format, args...)}
		if iss.OwnUsers {
			f.Issuer = iss.URL
		}
		return []decision.Finding{f}
	}
	if iss.Users == nil {
		return finding(decision.Passed, "No user store is configured, so every valid token is accepted.")
	}
	found, err := guard.Reported(panics, "users", probe, func() ([]usermap.User, error) {
		return iss.Users.FindUsers(ctx, usermap.Query{
			Issuer: iss.URL, Claim: iss.Search.String(), Subject: probe, Value: probe + rand.Text(),
		})
	})
	switch {
	case err != nil:
		return finding(decision.Failed, "The user lookup fails: %s Check that the database is reachable and has the configured tables and columns.", sentence(err))
	case len(found) > 0:
		return finding(decision.Failed, "The user lookup finds %d user(s) for a value that no user has. Check that the lookup compares the whole value.", len(found))
	}
	return finding(decision.Passed, "The user lookup finds no user for an invented value, as it should.")
}
