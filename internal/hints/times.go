package hints

import (
	"fmt"
	"strings"
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
		Code: "exp_missing", Reasons: []string{"invalid_claims"},
		Cause: "The token has no exp, so it would never expire.",
		Fix:   "Have the provider write exp into its access tokens (RFC 9068 section 2.2).",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no exp", "exp, a number of seconds since 1970"}, c.Claims.Len() > 0 && !c.has("exp") && !c.Introspected
		},
	},
	{
		Code: "time_in_milliseconds", Reasons: []string{"invalid_claims"}, Sole: true,
		Cause: "A time of the token is thousands of years ahead: it may be in milliseconds instead of seconds.",
		Fix:   "Have the provider write exp, iat and nbf in seconds since 1970 (RFC 7519 section 2).",
		match: func(c *Case) (evidence, bool) {
			claim := c.timeWhere(func(raw string) bool { return len(raw) > 11 && strings.Trim(raw, "0123456789") == "" })
			return evidence{claim + " " + c.raw(claim), "a number of seconds since 1970"}, claim != ""
		},
	},
	{
		Code: "time_not_a_number", Reasons: []string{"invalid_claims"},
		Cause: "A time of the token is not a positive number.",
		Fix:   "Have the provider write exp, iat and nbf as numbers of seconds since 1970 (RFC 7519 section 2), and not as strings.",
		match: func(c *Case) (evidence, bool) {
			claim := c.timeWhere(func(raw string) bool { return raw == "" || raw == "0" || raw[0] < '0' || raw[0] > '9' })
			return evidence{claim + " " + c.raw(claim), "a number of seconds since 1970"}, claim != ""
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

// timeWhere returns the first of the token's times whose JSON fits, or "".
func (c *Case) timeWhere(fits func(raw string) bool) string {
	for _, claim := range []string{"exp", "iat", "nbf"} {
		if v, has := c.Claims.Get(claim); has && fits(v.Raw()) {
			return claim
		}
	}
	return ""
}

// raw returns the JSON of a claim.
func (c *Case) raw(claim string) string {
	v, _ := c.Claims.Get(claim)
	return clip(v.Raw())
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// ago returns a duration in days if it is long, and in seconds otherwise.
func ago(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	}
	return d.Round(time.Second).String()
}
