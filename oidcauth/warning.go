package oidcauth

import (
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
)

// warnings names what is legal but risky, or will soon no longer work.
func (iss *issuer) warnings() []string {
	return slices.Concat(iss.searchWarnings(), iss.tenantWarnings(), iss.keyWarnings())
}

// searchWarnings concern claims that providers hand to another person later.
func (iss *issuer) searchWarnings() []string {
	name := iss.Search.String()
	if !slices.Contains([]string{"email", "preferred_username", "unique_name", "upn"}, name) {
		return nil
	}
	var out []string
	if iss.Tenant.IsZero() && !iss.checksOn(tenantID) {
		out = append(out, fmt.Sprintf("%s can be reassigned: bind it to the tenant (Issuer.Tenant, or a check on tid), or search by an immutable id", name))
	}
	if name == "email" && !iss.checksOn(claims.Name("email_verified")) {
		out = append(out, "email may be unverified: add the check claims.Equals(claims.Name(\"email_verified\"), true)")
	}
	return out
}

func (iss *issuer) tenantWarnings() []string {
	if discovery.Templated(iss.URL) && iss.Tenants == nil {
		return []string{"every tenant of the product is trusted: list those you mean in Tenants"}
	}
	for _, nobody := range []string{"/common/", "/organizations/", "/consumers/"} {
		if strings.Contains(iss.URL, nobody) {
			return []string{"no token has this issuer: name the tenant, or write {tenantid} in its place"}
		}
	}
	return nil
}

// keyWarnings tell of certificates that have ended or soon will; keys that are fetched are not there yet.
func (iss *issuer) keyWarnings() []string {
	r, ok := iss.keys.(certsource.Reporter)
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
