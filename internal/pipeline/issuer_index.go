package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const maxTenant = 64

// issuerIndex finds the rules for an iss without comparing it with each configured issuer.
type issuerIndex struct {
	exact     map[string]*Rules
	templated []*Rules
	urls      []string // in the order of the configuration
}

func newIssuerIndex(issuers []*Rules) issuerIndex {
	x := issuerIndex{exact: make(map[string]*Rules, len(issuers))}
	for _, rules := range issuers {
		x.urls = append(x.urls, rules.URL)
		if discovery.Templated(rules.URL) {
			x.templated = append(x.templated, rules)
		} else {
			x.exact[rules.URL] = rules
		}
	}
	return x
}

// find returns the rules for the claims, and the tenant if the issuer is templated. Only this function compares iss with the
// configuration.
func (x issuerIndex) find(c strictjson.Object) (rules *Rules, tenant string, fault *Fault) {
	iss := c.Text("iss")
	if iss == "" {
		return nil, "", Refuse(reason.UnknownIssuer, nil, "the token has no iss")
	}
	if rules = x.exact[iss]; rules != nil {
		return rules, "", nil
	}
	return x.findTemplated(iss, c.Text("tid"))
}

// findTemplated compares iss with each templated issuer after it has put the token's tid into the template.
func (x issuerIndex) findTemplated(iss, tid string) (rules *Rules, tenant string, fault *Fault) {
	for _, rules := range x.templated {
		if !IsTenant(tid) || discovery.ForTenant(rules.URL, tid) != iss {
			continue
		}
		if rules.Tenants != nil && !slices.Contains(rules.Tenants, tid) {
			return nil, "", Refuse(reason.UnknownIssuer, nil, "tenant %q is not in Tenants", tid)
		}
		return rules, tid, nil
	}
	return nil, "", Refuse(reason.UnknownIssuer, nil, "iss %q is not configured; configured: %q", record.Short(iss), x.urls[:min(len(x.urls), 5)])
}

// IsTenant reports whether the text may be put into an issuer URL: it is an id or a domain name, and cannot change the path.
func IsTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
