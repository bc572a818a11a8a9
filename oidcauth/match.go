package oidcauth

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// tenantID is the claim that a templated issuer is bound to.
var tenantID = claims.Name("tid")

const maxTenant = 64

// directory has issuers found without a look at each.
type directory struct {
	exact     map[string]*issuer
	templated []*issuer
	urls      []string // in the order of the configuration
}

func newDirectory(issuers []*issuer) directory {
	d := directory{exact: make(map[string]*issuer, len(issuers))}
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
func findIssuer(_ context.Context, t *attempt) *Error {
	iss := t.text("iss")
	if iss == "" {
		return refuse(reason.UnknownIssuer, nil, "the token has no iss")
	}
	if have := t.auth.byURL.exact[iss]; have != nil {
		t.issuer = have
		t.known |= issued
		return nil
	}
	return t.findTemplated(iss)
}

// findTemplated compares iss with each templated issuer, in which the token's own tid is put first.
func (t *attempt) findTemplated(iss string) *Error {
	tid := t.text("tid")
	for _, have := range t.auth.byURL.templated {
		if !isTenant(tid) || discovery.ForTenant(have.URL, tid) != iss {
			continue
		}
		if have.Tenants != nil && !slices.Contains(have.Tenants, tid) {
			return refuse(reason.UnknownIssuer, nil, "tenant %q is not in Tenants", tid)
		}
		t.issuer, t.tenant = have, tid
		t.known |= issued
		return nil
	}
	return refuse(reason.UnknownIssuer, nil, "iss %q is not configured; configured: %q", clip(iss), t.auth.byURL.first())
}

// first are a few, for messages.
func (d directory) first() []string { return d.urls[:min(len(d.urls), 5)] }

// isTenant bounds what is put into a URL: an id or a domain name, nothing that could change its path.
func isTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
