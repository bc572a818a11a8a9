package pipeline

import (
	"fmt"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// headerFault compares the header of an access token with the settings of its issuer. It runs before keys are fetched, so that a
// token with another header causes no request.
func (t *Run) headerFault() *Fault {
	r, jwt := t.RulesOrDefault(), t.Token.JWT
	if t.Form != Signed {
		return nil
	}
	switch {
	case jwt.Padded() && !r.PaddedTokens:
		return Refuse(reason.MalformedToken, nil, "the parts of the token have padding, which RFC 7515 section 2 forbids, and PaddedTokens is not set for its issuer")
	case !jwt.Padded() && r.PaddedTokens:
		return Refuse(reason.MalformedToken, nil, "the parts of the token have no padding, and PaddedTokens is set for its issuer")
	case len(r.HeaderChecks) == 0 || t.unrecordedHeader:
		return nil
	}
	return t.enforceHeader(r.HeaderChecks)
}

func (t *Run) enforceHeader(checks []claims.Check) *Fault {
	header := claimset.FromObject(t.Token.JWT.Header.Raw)
	for _, check := range checks {
		all := check.Failed(header)
		if len(all) == 0 {
			continue
		}
		first := all[0]
		fault := Refuse(reason.HeaderRefused, nil, "%s; HeaderChecks requires %s", describeHeader(header, first.Paths()), first)
		if paths := first.Paths(); len(paths) > 0 {
			fault.Claim = paths[0]
		}
		return fault
	}
	return nil
}

// describeHeader names the members of the header that a check reads, with their values: a header is not about a person.
func describeHeader(header claims.Set, paths []claims.Path) string {
	parts := make([]string, 0, len(paths))
	for _, p := range paths[:min(len(paths), maxDescribed)] {
		if v, ok := header.Lookup(p); ok {
			parts = append(parts, fmt.Sprintf("header member %s is %s", p, record.Short(v.Raw())))
		} else {
			parts = append(parts, fmt.Sprintf("header member %s is absent or null", p))
		}
	}
	return strings.Join(parts, "; ")
}
