package trace

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Hint adds the hints on the faults to a decision. If thorough is true, it also searches the user store for the value in
// lower and upper case. A database that folds case has already returned such a user.
func (t *Trace) Hint(ctx context.Context, d *decision.Decision, first *pipeline.Fault, thorough bool) {
	if first == nil {
		return
	}
	faults := t.faults
	if len(faults) == 0 { // The request was refused outside the steps.
		faults = []*pipeline.Fault{first}
	}
	cases := make([]*hints.Case, 0, len(faults))
	for _, f := range faults {
		c := t.hintCase(f)
		if f.Reason == reason.UserNotFound {
			c.InOtherCase = t.UserInOtherCase() || thorough && t.otherCase(ctx)
		}
		cases = append(cases, c)
	}
	d.Hints = asHints(hints.For(cases...))
}

// hintCase collects the facts that the rules of hints may read.
func (t *Trace) hintCase(f *pipeline.Fault) *hints.Case {
	c := &hints.Case{
		Reason: string(f.Reason), Now: t.Now, Required: f.Scopes, Claim: f.Claim.String(), Leeway: t.RulesOrDefault().Leeway,
		Issuers: t.Engine.URLs(), Tenants: t.tenants(), Request: hints.OfCredentials(t.Header, t.Credentials), OwnAudience: t.NamesThisAPI(),
		Introspected: t.Form == pipeline.Opaque, LogoutToken: t.Form == pipeline.Logout,
		LoginCase: t.loginCase(f),
		Verified:  t.Token.Known && t.Established&pipeline.Verified != 0,
	}
	if f.Reason == reason.NoCredentials && t.Request != nil {
		if c.Elsewhere = hints.OfRequest(t.Request); t.Header != "" { // only this header may contain a token
			c.Elsewhere = hints.Elsewhere{Preflight: c.Elsewhere.Preflight}
		}
	}
	switch jwt := t.IntrospectedJWT(); {
	case t.Token.Known:
		c.Header, c.Claims = t.Token.Header().Raw, t.Token.Claims
		if t.Token.JWT != nil && t.Token.JWT.Padded() {
			c.Token = hints.OfToken(t.Raw)
		}
		c.Signature.Actual, c.Signature.Expected = t.Token.SignatureSize(), t.expectedSignatureSize()
	case jwt != nil:
		c.Header, c.Claims = jwt.Header.Raw, jwt.Claims
	default:
		c.Token = hints.OfToken(t.Raw)
	}
	if t.Rules != nil {
		t.addIssuer(c, f)
	}
	if a := f.Authentication; a != nil {
		c.Authentication = hints.Authentication{Required: a.Required.ACR, MaxAge: a.Required.MaxAge, ACR: record.List(a.ACR), Time: a.Time}
	}
	t.addProof(c, f)
	t.addUserInfo(c, f.Err)
	t.addClient(c, f.Err)
	t.addDownstream(c, f.Err)
	if fault := hints.CertificateFault(f.Err); fault != "" {
		c.Certificate = fault
	}
	c.OtherIssuer = errors.Is(f.Err, discovery.ErrIssuer)
	return c
}

// tenants returns the trusted tenants of the templated issuers, or nil if every tenant is trusted.
func (t *Trace) tenants() []string {
	var out []string
	for _, rules := range t.Engine.Issuers {
		if discovery.Templated(rules.URL) {
			if rules.Tenants == nil {
				return nil
			}
			out = append(out, rules.Tenants...)
		}
	}
	return out
}

// addProof adds the facts about the request's proof of possession.
func (t *Trace) addProof(c *hints.Case, f *pipeline.Fault) {
	c.Proof.Accepted = !t.Engine.Possession.Target.IsZero()
	if s := t.Sender; s != nil {
		c.Proof.Scheme, c.Proof.Headers, c.Proof.Forwarded = s.DPoP, len(s.Proofs), len(s.Forwarded) > 0
	}
	if p := f.Proof; p != nil {
		c.Proof.OtherMethod, c.Proof.OtherOrigin, c.Proof.Actual, c.Proof.Expected = p.OtherMethod, p.OtherOrigin, p.Actual, p.Expected
	}
}

// addIssuer adds the facts about the issuer and its sources of keys.
func (t *Trace) addIssuer(c *hints.Case, f *pipeline.Fault) {
	iss := t.Rules
	c.Issuer, c.DiscoveryURL, c.Audience, c.ClientIDs, c.Algorithms = iss.URL, iss.DiscoveryURL, t.Audiences(), iss.ClientIDs, iss.Algorithms
	c.HeaderChecks = iss.HeaderChecks
	c.IsUserClaim = !f.Claim.IsZero() && f.Claim == iss.Search
	c.UserInfo.Configured = iss.UserInfo != nil
	_, c.UserInfo.Groups = iss.UserInfo.(claims.Distributed)
	if len(f.Roles) > 0 {
		c.Roles = rolesOf(iss.Roles, f.Roles, t.Claims)
	}
	if t.Token.Known && t.Token.Claims.Has(c.Claim) && iss.UserInfoOnly {
		c.Unread = "token"
	}
	t.addKeys(c, f)
}

// addKeys adds the facts about the sources of keys.
func (t *Trace) addKeys(c *hints.Case, f *pipeline.Fault) {
	reports := t.Rules.Reports()
	c.Keys.Local = len(reports) > 0
	for _, report := range reports {
		c.Keys.Held, c.Keys.Unusable = append(c.Keys.Held, report.Held...), append(c.Keys.Unusable, report.Unusable...)
		c.Keys.Local = c.Keys.Local && report.Local
		c.Stale = c.Stale || report.Stale
		if report.Err != nil && c.Keys.Fault == "" {
			c.Keys.Fault = OneLine(report.Err.Error())
		}
		if len(report.Held) == 0 && report.Err == nil && !report.Fetched.IsZero() {
			c.Keys.NotSelected = report.Source
		}
		if c.Certificate == "" && f.Reason == reason.KeysUnavailable {
			c.Certificate = hints.CertificateFault(report.Err)
		}
	}
	var unusable clientfault.UnusableKeys
	if errors.As(f.Err, &unusable) {
		c.Keys.Problem, c.Keys.JWTSVID = unusable.UnusableKeys()
	}
	if t.Token.Known {
		h := t.Token.Header()
		c.Keys.Named = h.X5T != "" || h.X5TS256 != "" || slices.ContainsFunc(t.Keys.Tried, func(k certsource.Key) bool { return h.KeyID != "" && k.ID == h.KeyID })
	}
}

// expectedSignatureSize returns the length of a signature by the first key, or 0 if there is no key.
func (t *Trace) expectedSignatureSize() int {
	if len(t.Keys.Tried) == 0 || t.Token.JWT == nil {
		return 0
	}
	return t.Token.JWT.SignatureWanted(t.Keys.Tried[0].Public)
}

// otherCase reports whether a user has the search value in lower or upper case.
func (t *Trace) otherCase(ctx context.Context) bool {
	q, fault := t.UserQuery()
	if fault != nil {
		return false
	}
	value := q.Value
	for _, folded := range []string{strings.ToLower(value), strings.ToUpper(value)} {
		if q.Value = folded; folded == value {
			continue
		}
		if users, err := t.Rules.Users.FindUsers(ctx, q); err == nil && len(users) > 0 {
			return true
		}
	}
	return false
}

func asHints(found []hints.Hint) []decision.Hint {
	out := make([]decision.Hint, 0, len(found))
	for _, h := range found {
		out = append(out, decision.Hint{Code: h.Code, Reason: reason.Reason(h.Reason), Cause: h.Cause, Fix: h.Fix, Actual: h.Actual, Expected: h.Expected, Mends: h.Mends})
	}
	return out
}

// rolesOf describes the required roles, and how the configuration reads roles.
func rolesOf(rules pipeline.RoleRules, required []string, set claims.Set) hints.Roles {
	out := hints.Roles{Required: required, Values: rules.Values(set)}
	for _, p := range rules.Paths {
		out.Paths = append(out.Paths, p.String())
	}
	if rules.Map == nil {
		return out
	}
	out.Mapped = []string{}
	for _, role := range required {
		out.Mapped = append(out.Mapped, rules.Grants(role)...)
	}
	return out
}
