package hints

import (
	"fmt"
	"slices"
	"time"
)

// Authentication contains the token's statements about the authentication of the user, and the requirement.
type Authentication struct {
	// Required lists the accepted values of acr. If nil, every value is accepted.
	Required []string
	// MaxAge is the greatest age. If zero, every age is accepted.
	MaxAge time.Duration
	// ACR lists the values that the token states.
	ACR []string
	// Time is when the user authenticated, or zero if the token does not state it.
	Time time.Time
}

// isEmpty reports whether nothing is required.
func (a Authentication) isEmpty() bool { return a.Required == nil && a.MaxAge <= 0 }

var notAuthenticated = []string{"insufficient_user_authentication"}

// authenticationRules concern the step-up of RFC 9470.
var authenticationRules = []Rule{
	{
		Code: "machine_cannot_authenticate", Reasons: notAuthenticated,
		Cause: "The token was issued to an application without a user, so no user authenticated.",
		Fix:   "Have the client request the token for a user, or remove the requirement from routes that applications call.",
		match: func(c *Case) (evidence, bool) { return evidence{"no user", "a user who authenticated"}, c.isMachine() },
	},
	{
		Code: "acr_not_stated", Reasons: notAuthenticated,
		Cause: "The token does not state how the user authenticated.",
		Fix:   "Have the provider put acr into its access tokens (RFC 9470 section 6), or set Issuer.Claims.ACR to the claim that states it, such as acrs of Entra ID.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{"no acr", "acr " + join(a.Required)}, a.Required != nil && len(a.ACR) == 0 && !c.isMachine()
		},
	},
	{
		Code: "acr_differs", Reasons: notAuthenticated,
		Cause: "The user authenticated in another way than the route requires.",
		Fix:   "Have the client send the user to the provider again, with acr_values of the challenge. If the new token states the same acr, compare the required value with those that the provider issues.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			met := slices.ContainsFunc(a.ACR, func(acr string) bool { return slices.Contains(a.Required, acr) })
			return evidence{"acr " + clip(join(a.ACR)), "acr " + join(a.Required)}, a.Required != nil && len(a.ACR) > 0 && !met
		},
	},
	{
		Code: "auth_time_not_stated", Reasons: notAuthenticated,
		Cause: "The token does not state when the user authenticated.",
		Fix:   "Have the provider put auth_time into its access tokens (RFC 9470 section 6), or set Issuer.Claims.AuthTime or Issuer.Claims.AuthAge to the claim that states it, such as claims.Pointer(\"/fva/0\") of Clerk.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			return evidence{"no auth_time", fmt.Sprintf("at most %s ago", a.MaxAge)}, a.MaxAge > 0 && a.Time.IsZero() && !c.isMachine()
		},
	},
	{
		Code: "authenticated_in_future", Reasons: notAuthenticated,
		Cause: "The token states that the user will authenticate in the future.",
		Fix:   "Synchronise the clocks of provider and service by NTP.",
		match: func(c *Case) (evidence, bool) {
			at := c.Authentication.Time
			return evidence{stamp(at), "not after " + stamp(c.Now)}, c.Authentication.MaxAge > 0 && at.Sub(c.Now) > c.Leeway
		},
	},
	{
		Code: "authenticated_too_long_ago", Reasons: notAuthenticated,
		Cause: "The user authenticated longer ago than the route allows.",
		Fix:   "Have the client send the user to the provider again, with max_age of the challenge. A refreshed token states the time of the original authentication.",
		match: func(c *Case) (evidence, bool) {
			a := c.Authentication
			age := c.Now.Sub(a.Time)
			return evidence{stamp(a.Time) + ", " + ago(age) + " ago", fmt.Sprintf("at most %s ago", a.MaxAge)}, a.MaxAge > 0 && !a.Time.IsZero() && age > a.MaxAge+c.Leeway
		},
	},
}
