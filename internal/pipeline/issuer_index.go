package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

const maxTenant = 64

// issuerIndex finds the rules for an iss without comparing it with each configured issuer. An issuer has several rules if several
// applications of it are configured.
type issuerIndex struct {
	exact     map[string][]*Rules
	templated [][]*Rules
	urls      []string // in the order of the configuration

	hasTrustDomains bool // an issuer of JWT-SVIDs is configured
}

func newIssuerIndex(issuers []*Rules) issuerIndex {
	x := issuerIndex{exact: make(map[string][]*Rules, len(issuers))}
	templated := map[string]int{}
	for _, rules := range issuers {
		x.hasTrustDomains = x.hasTrustDomains || rules.JWTSVID
		if !slices.Contains(x.urls, rules.URL) {
			x.urls = append(x.urls, rules.URL)
		}
		at, known := templated[rules.URL]
		switch {
		case !discovery.Templated(rules.URL):
			x.exact[rules.URL] = append(x.exact[rules.URL], rules)
		case known:
			x.templated[at] = append(x.templated[at], rules)
		default:
			templated[rules.URL] = len(x.templated)
			x.templated = append(x.templated, []*Rules{rules})
		}
	}
	return x
}

// find returns the rules for the claims, and the tenant if the issuer is templated. Only this function compares iss with the
// configuration.
func (x issuerIndex) find(c strictjson.Object, form Form) (rules *Rules, tenant string, fault *Fault) {
	iss := c.Text("iss")
	if iss == "" {
		if applications := x.ofTrustDomain(c, form); applications != nil {
			return chooseApplication(applications, c, form), "", nil
		}
		return nil, "", Refuse(reason.UnknownIssuer, nil, "the token has no iss")
	}
	if applications := x.exact[iss]; applications != nil {
		return chooseApplication(applications, c, form), "", nil
	}
	return x.findTemplated(iss, c, form)
}

// findTemplated compares iss with each templated issuer after it has put the token's tid into the template.
func (x issuerIndex) findTemplated(iss string, c strictjson.Object, form Form) (rules *Rules, tenant string, fault *Fault) {
	tid := c.Text("tid")
	for _, applications := range x.templated {
		if !IsTenant(tid) || discovery.ForTenant(applications[0].URL, tid) != iss {
			continue
		}
		rules := chooseApplication(applications, c, form)
		if rules.Tenants != nil && !slices.Contains(rules.Tenants, tid) {
			return nil, "", Refuse(reason.UnknownIssuer, nil, "tenant %q is not in Tenants", tid)
		}
		return rules, tid, nil
	}
	return nil, "", Refuse(reason.UnknownIssuer, nil, "iss %q is not configured; configured: %q", record.Short(iss), x.urls[:min(len(x.urls), 5)])
}

// applications returns all rules for the issuer of these rules.
func (x issuerIndex) applications(rules *Rules) []*Rules {
	if found := x.of(rules.URL); found != nil {
		return found
	}
	return []*Rules{rules}
}

// of returns all rules for an issuer as the configuration writes it, or nil.
func (x issuerIndex) of(url string) []*Rules {
	if found := x.exact[url]; found != nil {
		return found
	}
	for _, found := range x.templated {
		if found[0].URL == url {
			return found
		}
	}
	return nil
}

// chooseApplication returns the rules of the application that the claims name. If they name several, it returns the first one in the
// configuration. If they name no application, checkAudience refuses the token by the first rules.
func chooseApplication(applications []*Rules, c strictjson.Object, form Form) *Rules {
	if len(applications) == 1 {
		return applications[0]
	}
	aud, present := c.Get("aud")
	names, _ := aud.Texts()
	for _, rules := range applications {
		configured := rules.Audience
		if form == Logout {
			configured = rules.LogoutAudience
		}
		if slices.ContainsFunc(names, func(name string) bool { return slices.Contains(configured, name) }) {
			return rules
		}
		if !present && rules.ClientIDInsteadOfAudience && slices.Contains(rules.ClientIDs, tokenclaims.Client(c)) {
			return rules
		}
	}
	return applications[0]
}

// IsTenant reports whether the text may be put into an issuer URL: it is an id or a domain name, and cannot change the path.
func IsTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
