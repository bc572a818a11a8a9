package hints

import (
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Hint describes a recognised cause and its fix.
type Hint struct {
	Code, Reason, Cause, Fix, Actual, Expected string
	Mends                                      []decision.Mend
}

// Rule recognises one cause.
type Rule struct {
	// Code identifies the cause. Codes are stable.
	Code string
	// Cause describes the cause. Fix begins with an imperative, and names the exact setting.
	Cause, Fix string
	// Reasons lists the reasons that the rule may explain. If nil, it may accompany every reason.
	Reasons []string
	// Explained marks a rule that may need the user store, which only Explain asks again.
	Explained bool
	// Alone omits the rule if another rule explains the reason.
	Alone bool
	// Sole omits every hint after this one: it explains all that is wrong with the token.
	Sole bool
	// Logout limits the rule to logout tokens. Other rules are not about them.
	Logout bool
	// Login limits the rule to logins and sessions.
	Login bool
	// General omits the rule if any other rule explains the reason.
	General bool
	both    bool // the rule is about bearer tokens and about logins
	match   func(*Case) (evidence, bool)
}

// evidence is shown to the operator beside the cause.
type evidence struct{ actual, expected string }

// Rules returns all rules. Specific rules come before general ones.
func Rules() []Rule {
	return slices.Concat(loginRules, requestRules, alsoForLogins(certificateRules), hostedRules, workloadRules, tokenRules, idTokenRules, productIssuerRules, issuerRules, productAudienceRules, audienceRules, partyRules, alsoForLogins(keyRules), alsoForLogins(claimNameRules), claimRules, productClaimRules, missingClaimRules, scopeRules, alsoForLogins(roleRules), sessionRules, alsoForLogins(userRules), alsoForLogins(clientRules), revocationRules, exchangeRules, authenticationRules, proofRules, timeRules, pathRules, logoutRules, generalRules, besideRules)
}

var rules = Rules()

// For returns the hints about the faults, in the order of the faults. Each code occurs once.
func For(faults ...*Case) []Hint {
	var out []Hint
	for _, c := range faults {
		for _, r := range rules {
			if !r.appliesTo(c) || r.Reasons != nil && !slices.Contains(r.Reasons, c.Reason) || hasCode(out, r.Code) || (r.General || r.Alone) && explains(out, c.Reason) {
				continue
			}
			if found, ok := r.match(c); ok {
				out = append(out, Hint{Code: r.Code, Reason: c.Reason, Cause: r.Cause, Fix: r.Fix, Actual: found.actual, Expected: found.expected, Mends: mendsOf(r.Code, c)})
				if r.Sole {
					return out
				}
			}
		}
	}
	return out
}

// explains reports whether a hint explains the reason.
func explains(hints []Hint, reason string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Reason == reason })
}

// hasCode reports whether a hint has the code.
func hasCode(hints []Hint, code string) bool {
	return slices.ContainsFunc(hints, func(h Hint) bool { return h.Code == code })
}
