package hints

import (
	"fmt"
	"time"
)

// clockDrift is the greatest error that a clock is assumed to have.
const clockDrift = 10 * time.Minute

// timeRules concern the times of a token.
var timeRules = []Rule{
	{
		Code: "expired", Reasons: []string{"expired"},
		Cause: "The token has expired.",
		Fix:   "Have the client refresh its token, or request a new one, before the old one expires.",
		match: func(c *Case) (evidence, bool) {
			exp, ok := c.date("exp")
			return evidence{"exp " + stamp(exp) + ", " + ago(c.Now.Sub(exp)) + " ago", fmt.Sprintf("later than %s minus %s", stamp(c.Now), c.Leeway)}, ok
		},
	},
	{
		Code: "clock_differs", Reasons: []string{"not_yet_valid"},
		Cause: "The token becomes valid in a few minutes, so the clocks of provider and service may differ.",
		Fix:   "Synchronise both clocks by NTP; Issuer.Leeway allows small differences.",
		match: func(c *Case) (evidence, bool) {
			nbf, ok := c.date("nbf")
			return evidence{"nbf " + stamp(nbf), fmt.Sprintf("not after %s plus %s", stamp(c.Now), c.Leeway)},
				ok && nbf.Sub(c.Now) <= clockDrift+c.Leeway
		},
	},
}

// besideRules describe facts that are not a fault, but may help to explain any fault.
var besideRules = []Rule{
	{
		Code:  "issued_in_future", // Reasons is nil, so that the rule accompanies every fault.
		Cause: "The token was issued later than this service's clock shows.",
		Fix:   "Synchronise the clocks of provider and service by NTP.",
		match: func(c *Case) (evidence, bool) {
			iat, ok := c.date("iat")
			return evidence{"iat " + stamp(iat), "not after " + stamp(c.Now)}, ok && iat.Sub(c.Now) > c.Leeway
		},
	},
}

func (c *Case) date(claim string) (time.Time, bool) {
	v, _ := c.Claims.Get(claim)
	n, ok := v.Number()
	if !ok {
		return time.Time{}, false
	}
	return n.Date()
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ago returns a duration in days if it is long, and in seconds otherwise.
func ago(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	}
	return d.Round(time.Second).String()
}
