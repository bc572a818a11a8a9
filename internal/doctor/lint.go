package doctor

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/usermap"
)

// Warnings names what is legal but risky, or will soon no longer work.
func Warnings(rules *pipeline.Rules, users usermap.Finder) []string {
	iss := issuer{rules}
	return slices.Concat(iss.searchWarnings(users), iss.tenantWarnings(), iss.productWarnings(), iss.keyWarnings())
}

// searchWarnings concern claims that providers hand to another person later.
func (iss issuer) searchWarnings(users usermap.Finder) []string {
	var out []string
	for _, p := range iss.Needed {
		if strings.HasPrefix(p.String(), "/") && p == claims.Name(p.String()) {
			out = append(out, fmt.Sprintf("claims.Name(%q) is a claim whose name begins with a slash: claims.Pointer may be meant", p))
		}
	}
	if users == nil && !iss.Search.IsZero() {
		out = append(out, "Claims.User is set, and Config.Users is nil: no user is looked up, and everyone with a good token is let in")
	}
	name := iss.Search.String()
	if !slices.Contains([]string{"email", "preferred_username", "unique_name", "upn"}, name) {
		return out
	}
	if !iss.boundToTenant(users) {
		out = append(out, fmt.Sprintf("%s can be reassigned: bind it to the tenant (a check on tid, or Issuer.Claims.Tenant and a finder that compares Query.Tenant), or search by an immutable id", name))
	}
	if name == "email" && !iss.ChecksOn(claims.Name("email_verified")) {
		out = append(out, "email may be unverified: add the check claims.Equals(claims.Name(\"email_verified\"), true)")
	}
	return out
}

// boundToTenant believes a finder of the service's own to compare the tenant that it is given. So it does no harm that one
// which embeds a finder of usermap inherits the answer: it decides about a warning only, and never is worse than none.
func (iss issuer) boundToTenant(users usermap.Finder) bool {
	if iss.ChecksOn(pipeline.TenantClaim) {
		return true
	}
	known, ok := users.(interface{ ComparesTenant() bool })
	return !iss.Tenant.IsZero() && (!ok || known.ComparesTenant())
}

// productWarnings concern configurations that no token fits, or the wrong ones.
func (iss issuer) productWarnings() []string {
	var out []string
	u, err := url.Parse(iss.URL)
	if err != nil {
		return nil
	}
	host := u.Hostname()
	if slices.Contains(iss.Audience, "account") {
		out = append(out, "the audience account is in every token of Keycloak: add an audience mapper for this API")
	}
	if strings.HasSuffix(host, ".okta.com") && !strings.Contains(u.Path, "/oauth2/") {
		out = append(out, "tokens of Okta's org server are for Okta alone: configure a custom authorization server, /oauth2/<id>")
	}
	if iss.UserInfo != nil && hints.IsEntra(iss.URL) {
		out = append(out, "UserInfo of Entra ID belongs to Microsoft Graph and refuses this API's tokens: leave UserInfo unset, and have claims put into the token")
	}
	if iss.UserInfo != nil && iss.UserInfoSubject.IsZero() && strings.HasSuffix(host, ".okta.com") {
		out = append(out, "Okta's access tokens have UserInfo's sub in uid: set UserInfoSubject to it")
	}
	if strings.HasSuffix(host, ".auth0.com") && u.Path == "" {
		out = append(out, "the issuer of Auth0 ends in a slash")
	}
	return out
}

func (iss issuer) tenantWarnings() []string {
	if discovery.Templated(iss.URL) && iss.Tenants == nil {
		return []string{"every tenant of the product is trusted: list those you mean in Tenants"}
	}
	for _, anyTenant := range []string{"/common/", "/organizations/", "/consumers/"} {
		if strings.Contains(iss.URL, anyTenant) {
			return []string{"no token has this issuer: name the tenant, or write {tenantid} in its place"}
		}
	}
	return nil
}

// keyWarnings tell of certificates that have ended or soon will; keys that are fetched are not there yet.
func (iss issuer) keyWarnings() []string {
	r, ok := iss.Keys.(certsource.Reporter)
	if !ok {
		return nil
	}
	var out []string
	for _, report := range r.Report() {
		if report.Fetched.IsZero() && len(report.Held) == 0 {
			continue
		}
		for _, note := range report.Notes {
			out = append(out, report.Source+": "+note)
		}
	}
	return out
}
