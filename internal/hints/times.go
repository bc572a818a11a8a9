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
		Fix:   "Have the client use its refresh token, or ask for a new token, before the old one ends.",
		sees: func(c *Case) (seen, bool) {
			exp, ok := c.date("exp")
			return seen{"exp " + stamp(exp) + ", " + ago(c.Now.Sub(exp)) + " ago", fmt.Sprintf("later than %s less %s", stamp(c.Now), c.Leeway)}, ok
		},
	},
	{
		Code: "clock_differs", Reasons: []string{"not_yet_valid"},
		Cause: "The token becomes valid in a few minutes: the clocks of provider and service differ.",
		Fix:   "Synchronise both by NTP; Issuer.Leeway allows for small differences.",
		sees: func(c *Case) (seen, bool) {
			nbf, ok := c.date("nbf")
			return seen{"nbf " + stamp(nbf), fmt.Sprintf("not after %s and %s", stamp(c.Now), c.Leeway)},
				ok && nbf.Sub(c.Now) <= clockDrift+c.Leeway
		},
	},
}

// besideRules name what is not a fault, in addition to any fault.
var besideRules = []Rule{
	{
		Code:  "issued_in_future", // Reasons is nil, so that the rule accompanies every fault.
		Cause: "The token was issued later than this service's clock shows.",
		Fix:   "Synchronise the clocks of provider and service by NTP.",
		sees: func(c *Case) (seen, bool) {
			iat, ok := c.date("iat")
			return seen{"iat " + stamp(iat), "not after " + stamp(c.Now)}, ok && iat.Sub(c.Now) > c.Leeway
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
