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
	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/usermap"
)

// risk describes a setting that is legal but risky, and its mend where it is known.
type risk struct {
	text  string
	mends []decision.Mend
}

// Warnings describes settings that are legal but risky, and certificates that have expired or expire soon.
func Warnings(rules *pipeline.Rules) []string {
	iss := issuer{rules}
	var out []string
	for _, r := range slices.Concat(iss.searchWarnings(), iss.tenantWarnings(), iss.productWarnings()) {
		out = append(out, r.text)
	}
	return append(out, iss.keyWarnings()...)
}

// searchWarnings concern search claims that a provider may give to another person later, and settings that find no user.
func (iss issuer) searchWarnings() []risk {
	var out []risk
	add := func(text string, mends ...decision.Mend) { out = append(out, risk{text, mends}) }
	for _, p := range iss.Needed {
		if strings.HasPrefix(p.String(), "/") && p == claims.Name(p.String()) {
			add(fmt.Sprintf("claims.Name(%q) names a top-level claim whose name begins with a slash. If you mean a nested claim, use claims.Pointer.", p))
		}
	}
	if iss.Users == nil && !iss.Search.IsZero() {
		add("Issuer.Claims.User is set but Config.Users is nil, so no user is looked up and every valid token is accepted. Set Config.Users or Issuer.Users.")
	}
	name := iss.Search.String()
	if !slices.Contains([]string{"email", "preferred_username", "unique_name", "upn"}, name) {
		return out
	}
	if !iss.boundToTenant() {
		add(fmt.Sprintf("The provider may give a value of %s to another person. Set Issuer.Claims.User to an immutable id, or bind the search to the tenant: by a check on tid in Issuer.Claims.Checks, or by Issuer.Claims.Tenant and a finder that compares Query.Tenant.", name))
	}
	if name == "email" && !iss.ChecksRequire(claims.Name("email_verified")) {
		add("The provider may not have verified email. Add claims.Equals(claims.Name(\"email_verified\"), true) to Issuer.Claims.Checks.", iss.withVerifiedEmail())
	}
	return out
}

// boundToTenant reports whether the search is limited to one tenant. A finder without the method ComparesTenant is assumed
// to compare the tenant. The answer decides only about a warning, so a wrong one does no harm.
func (iss issuer) boundToTenant() bool {
	if iss.ChecksRequire(pipeline.TenantClaim) {
		return true
	}
	finder, ok := iss.Users.(usermap.TenantComparer)
	return !iss.Tenant.IsZero() && (!ok || finder.ComparesTenant())
}

// productWarnings concern settings that, with a known product, refuse every token or accept wrong ones.
func (iss issuer) productWarnings() []risk {
	var out []risk
	add := func(text string, mends ...decision.Mend) { out = append(out, risk{text, mends}) }
	u, err := url.Parse(iss.URL)
	if err != nil {
		return nil
	}
	host := u.Hostname()
	if slices.Contains(iss.Audience, "account") {
		add("Every token of Keycloak may have the audience account. Add an audience mapper for this API in Keycloak, and remove account from Issuer.Audience.", iss.withoutAudience("account"))
	}
	if strings.HasSuffix(host, ".okta.com") && !strings.Contains(u.Path, "/oauth2/") {
		add("The tokens of Okta's org authorization server are only for Okta. Set Issuer.URL to a custom authorization server, which ends in /oauth2/<id>.", iss.renamed("https://"+host+"/oauth2/<authorization-server>"))
	}
	if _, groups := iss.UserInfo.(claims.Distributed); iss.UserInfo != nil && !groups && hints.IsEntra(iss.URL) {
		add("UserInfo of Entra ID belongs to Microsoft Graph and refuses this API's tokens. Leave Issuer.Claims.UserInfo unset, and have Entra ID put the claims into the token.", hints.WithoutUserInfo(iss.URL))
	}
	if iss.UserInfo != nil && iss.UserInfoSubject.IsZero() && strings.HasSuffix(host, ".okta.com") {
		add("Okta's access tokens contain UserInfo's sub in uid. Set Issuer.Claims.UserInfoSubject to claims.Name(\"uid\").", hints.SubjectIs(iss.URL, claims.Name("uid")))
	}
	if strings.HasSuffix(host, ".auth0.com") && u.Path == "" {
		add("The issuer of Auth0 ends in a slash, but Issuer.URL does not. Add the slash to Issuer.URL.", iss.renamed(iss.URL+"/"))
	}
	return out
}

func (iss issuer) tenantWarnings() []risk {
	if discovery.Templated(iss.URL) && iss.Tenants == nil {
		return []risk{{"Every tenant of the product is trusted. List your tenants in Issuer.Tenants.", []decision.Mend{
			mend.OfIssuer(iss.URL, `issuer.Tenants = []string{"<tenant-id>"}`, mend.Members{"tenants": []string{"<tenant-id>"}}),
		}}}
	}
	for _, anyTenant := range []string{"/common/", "/organizations/", "/consumers/"} {
		if strings.Contains(iss.URL, anyTenant) {
			return []risk{{"No token has this issuer. Name your tenant in Issuer.URL, or write {tenantid} in its place and list the tenants in Issuer.Tenants.", []decision.Mend{
				iss.renamed(strings.Replace(iss.URL, anyTenant, "/<tenant-id>/", 1)),
			}}}
		}
	}
	return nil
}

// keyWarnings concern certificates that have expired or expire soon. It skips keys that were not fetched yet.
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
