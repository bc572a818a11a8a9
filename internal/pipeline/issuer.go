package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// TenantClaim is the claim that a templated issuer is bound to.
var TenantClaim = claims.Name("tid")

const maxTenant = 64

// issuerIndex has issuers found without a look at each.
type issuerIndex struct {
	exact     map[string]*Rules
	templated []*Rules
	urls      []string // in the order of the configuration
}

func newIssuerIndex(issuers []*Rules) issuerIndex {
	d := issuerIndex{exact: make(map[string]*Rules, len(issuers))}
	for _, iss := range issuers {
		d.urls = append(d.urls, iss.URL)
		if discovery.Templated(iss.URL) {
			d.templated = append(d.templated, iss)
		} else {
			d.exact[iss.URL] = iss
		}
	}
	return d
}

// findIssuer is the one place where a token's iss meets the configuration.
func findIssuer(_ context.Context, t *Run) *Fault {
	iss := t.Text("iss")
	if iss == "" {
		return Refuse(reason.UnknownIssuer, nil, "the token has no iss")
	}
	if have := t.Engine.index.exact[iss]; have != nil {
		t.Rules = have
		t.Established |= KnownIssuer
		return nil
	}
	return t.findTemplated(iss)
}

// findTemplated compares iss with each templated issuer, in which the token's own tid is put first.
func (t *Run) findTemplated(iss string) *Fault {
	tid := t.Text("tid")
	for _, have := range t.Engine.index.templated {
		if !IsTenant(tid) || discovery.ForTenant(have.URL, tid) != iss {
			continue
		}
		if have.Tenants != nil && !slices.Contains(have.Tenants, tid) {
			return Refuse(reason.UnknownIssuer, nil, "tenant %q is not in Tenants", tid)
		}
		t.Rules, t.Tenant = have, tid
		t.Established |= KnownIssuer
		return nil
	}
	return Refuse(reason.UnknownIssuer, nil, "iss %q is not configured; configured: %q", record.Short(iss), t.Engine.index.first())
}

// first are a few, for messages.
func (d issuerIndex) first() []string { return d.urls[:min(len(d.urls), 5)] }

// IsTenant bounds what is put into a URL: an id or a domain name, nothing that could change its path.
func IsTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// URLs are those of the configured issuers, in the order of the configuration.
func (e *Engine) URLs() []string { return e.index.urls }
