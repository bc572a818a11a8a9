package hints

import "slices"

// Hint is a recognised cause.
type Hint struct{ Code, Reason, Cause, Fix, Actual, Expected string }

// Rule recognises one cause.
type Rule struct {
	Code string
	// Cause and Fix are one sentence each.
	Cause, Fix string
	// Reasons lists the reasons that the rule may explain. If nil, it may accompany every reason.
	Reasons []string
	// Explained limits the rule to Explain, because it needs the user store.
	Explained bool
	// Alone omits the rule if another rule explains the reason.
	Alone bool
	// General omits the rule if any other rule explains the reason.
	General bool
	sees    func(*Case) (seen, bool)
}

// seen is what a rule shows to the operator.
type seen struct{ actual, expected string }

// Rules returns the whole catalogue, specific rules before general ones.
func Rules() []Rule {
	return slices.Concat(requestRules, certificateRules, tokenRules, issuerRules, audienceRules, keyRules, claimRules, userRules, clientRules, timeRules, pathRules, generalRules, besideRules)
}

var rules = Rules()

// For returns the hints about the faults, in their order, each code once.
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

// explains reports whether there is a hint for the reason.
func explains(hints []Hint, reason string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Reason == reason })
}

func given(hints []Hint, code string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Code == code })
}
