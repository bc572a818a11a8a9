package pipeline

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The claims that state how and when the user authenticated (RFC 9470 section 6).
var (
	ACRClaim      = claims.Name("acr")
	AuthTimeClaim = claims.Name("auth_time")
)

// RequireAuthentication compares the requirement with the claims of the token or of its introspection. UserInfo is not
// requested, because it describes the user, and not the authentication that led to the token.
func (r Result) RequireAuthentication(want Authentication) *Fault {
	rules := r.Rules
	if rules == nil {
		rules = &defaultRules
	}
	stated := StatedAuthentication{Required: want}
	if !r.byUserInfoAlone() {
		set := claimset.FromObject(r.Token.Claims)
		stated.ACR, stated.Time = rules.acr(set), rules.authTime(set)
	}
	return stated.refusal(want.fault(), stated.acrFault(), stated.ageFault(rules.now(), rules.Leeway))
}

// refusal returns a fault with these texts, or nil if all are empty.
func (s StatedAuthentication) refusal(faults ...string) *Fault {
	faults = slices.DeleteFunc(faults, func(text string) bool { return text == "" })
	if len(faults) == 0 {
		return nil
	}
	f := Refuse(reason.InsufficientUserAuthentication, nil, "%s", strings.Join(faults, "; "))
	f.Authentication = &s
	return f
}

// fault returns a text if the requirement is empty, which is a mistake of the application.
func (a Authentication) fault() string {
	if a.MaxAge < 0 || a.MaxAge == 0 && a.ACR == nil {
		return "the requirement names neither acr nor a positive maximum age, so no token can meet it"
	}
	return ""
}

// maxAge returns MaxAge for texts.
func (a Authentication) maxAge() time.Duration {
	if a.MaxAge == thisMoment {
		return 0
	}
	return a.MaxAge
}

func (s StatedAuthentication) acrFault() string {
	switch {
	case s.Required.ACR == nil || slices.ContainsFunc(s.ACR, func(acr string) bool { return slices.Contains(s.Required.ACR, acr) }):
		return ""
	case len(s.ACR) == 0:
		return fmt.Sprintf("no acr is stated; one of %q is required", s.Required.ACR)
	}
	return fmt.Sprintf("acr is %q; one of %q is required", record.List(s.ACR), s.Required.ACR)
}

// ageFault also refuses a time in the future, because such an authentication would count as recent for too long.
func (s StatedAuthentication) ageFault(now time.Time, leeway time.Duration) string {
	if s.Required.MaxAge <= 0 {
		return ""
	}
	if s.Time.IsZero() {
		return fmt.Sprintf("no time of the authentication is stated; at most %s ago is required", s.Required.maxAge())
	}
	age := now.Sub(s.Time)
	if age >= -leeway && age-leeway <= s.Required.MaxAge {
		return ""
	}
	return fmt.Sprintf("the user authenticated at %s, now %s; at most %s ago is required, leeway %s",
		s.Time.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339), s.Required.maxAge(), leeway)
}

// thisMoment is the MaxAge of a login that requested max_age=0: the user must authenticate now (OpenID Connect Core 1.0 section 3.1.2.1). The
// zero MaxAge of a requirement accepts every age.
const thisMoment = time.Nanosecond

// requestedAge returns the MaxAge of a login. A negative max_age was not requested.
func requestedAge(maxAge time.Duration) time.Duration {
	if maxAge == 0 {
		return thisMoment
	}
	return max(maxAge, 0)
}

func (r *Rules) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}

// acr returns the values of the claim. An empty value states nothing.
func (r *Rules) acr(set claims.Set) []string {
	v, _ := set.Lookup(orDefault(r.ACR, ACRClaim))
	all, ok := v.Texts()
	if !ok {
		return nil
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// authTime returns the time of the authentication, or the zero Time if the token does not state it in the expected form.
func (r *Rules) authTime(set claims.Set) time.Time {
	if !r.AuthAge.IsZero() {
		return r.authTimeByAge(set)
	}
	at, _ := numericDate(set, orDefault(r.AuthTime, AuthTimeClaim))
	return at
}

// authTimeByAge subtracts the age in minutes from the time at which the token was issued. A negative age means that the user did
// not authenticate.
func (r *Rules) authTimeByAge(set claims.Set) time.Time {
	v, _ := set.Lookup(r.AuthAge)
	minutes, ok := v.Int64()
	issued, dated := numericDate(set, claims.Name("iat"))
	if !ok || !dated || minutes < 0 || minutes > int64(MaxTokenLife/time.Minute) {
		return time.Time{}
	}
	return issued.Add(-time.Duration(minutes) * time.Minute)
}

// numericDate reads a NumericDate (RFC 7519 section 2).
func numericDate(set claims.Set, p claims.Path) (time.Time, bool) {
	v, ok := set.Lookup(p)
	if !ok || jsonType(v) != "number" {
		return time.Time{}, false
	}
	return strictjson.Decimal(v.Raw()).Date()
}

func orDefault(p, standard claims.Path) claims.Path {
	if p.IsZero() {
		return standard
	}
	return p
}
