package hints

import "slices"

// Hint names a known cause of a refusal, and its remedy. It never changes a verdict.
type Hint struct {
	Code     string `json:"code"` // stable; programs may compare it
	Cause    string `json:"cause"`
	Fix      string `json:"fix"`
	Actual   string `json:"actual,omitempty"`   // what the request, the token or the provider had
	Expected string `json:"expected,omitempty"` // what would have done
}

// Rule recognises one cause.
type Rule struct {
	Code       string
	Cause, Fix string   // one sentence each
	Reasons    []string // the faults that it may explain; nil: any of a token
	sees       func(*Case) (seen, bool)
}

// seen is what a rule found, for the operator.
type seen struct{ actual, expected string }

// Rules is the whole catalogue, the more specific before the more general.
func Rules() []Rule {
	return slices.Concat(requestRules, tokenRules, issuerRules, audienceRules, keyRules, claimRules, userRules, timeRules)
}

var rules = Rules()

// For returns the hints on the faults, in their order, each code once.
func For(faults ...*Case) []Hint {
	var out []Hint
	for _, c := range faults {
		for _, r := range rules {
			if r.Reasons != nil && !slices.Contains(r.Reasons, c.Reason) || given(out, r.Code) {
				continue
			}
			if s, ok := r.sees(c); ok {
				out = append(out, Hint{r.Code, r.Cause, r.Fix, s.actual, s.expected})
			}
		}
	}
	return out
}

func given(hints []Hint, code string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Code == code })
}
