package hints

import "slices"

// Hint is a cause that was recognised.
type Hint struct{ Code, Reason, Cause, Fix, Actual, Expected string }

// Rule recognises one cause.
type Rule struct {
	Code       string
	Cause, Fix string   // one sentence each
	Reasons    []string // the faults that it may explain; nil: any of a token
	Explained  bool     // only Explain looks for it, since somebody has to be asked
	Alone      bool     // it is left out where another rule explains its reason
	General    bool     // it explains its reason where nothing more is known
	sees       func(*Case) (seen, bool)
}

// seen is what a rule found, for the operator.
type seen struct{ actual, expected string }

// Rules is the whole catalogue, the more specific before the more general.
func Rules() []Rule {
	return slices.Concat(requestRules, certificateRules, tokenRules, issuerRules, audienceRules, keyRules, claimRules, userRules, clientRules, timeRules, pathRules, generalRules, besideRules)
}

var rules = Rules()

// For returns the hints on the faults, in their order, each code once.
func For(faults ...*Case) []Hint {
	var out []Hint
	for _, c := range faults {
		if c.OfLogout {
			out = append(out, ofLogout(c.Reason))
			continue
		}
		for _, r := range rules {
			if r.Reasons != nil && !slices.Contains(r.Reasons, c.Reason) || given(out, r.Code) || (r.General || r.Alone) && explains(out, c.Reason) {
				continue
			}
			if s, ok := r.sees(c); ok {
				out = append(out, Hint{r.Code, c.Reason, r.Cause, r.Fix, s.actual, s.expected})
			}
		}
	}
	return out
}

// explains tells whether a fault has a hint of its own already.
func explains(hints []Hint, reason string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Reason == reason })
}

func given(hints []Hint, code string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Code == code })
}
