package oidcauth

import (
	"context"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
)

// tenantID is the claim that a templated issuer is bound to.
var tenantID = claims.Name("tid")

const maxTenant = 64

// findIssuer is the one place where a token's iss meets the configuration.
func findIssuer(_ context.Context, t *attempt) *Error {
	iss := t.text("iss")
	if iss == "" {
		return refuse(UnknownIssuer, nil, "the token has no iss")
	}
	for _, have := range t.auth.issuers {
		if have.URL == iss && !discovery.Templated(iss) {
			t.issuer = have
			t.known |= issued
			return nil
		}
	}
	return t.findTemplated(iss)
}

// findTemplated compares iss with each templated issuer, in which the token's own tid is put first.
func (t *attempt) findTemplated(iss string) *Error {
	tid := t.text("tid")
	for _, have := range t.auth.issuers {
		if !discovery.Templated(have.URL) || !isTenant(tid) || discovery.ForTenant(have.URL, tid) != iss {
			continue
		}
		if have.Tenants != nil && !slices.Contains(have.Tenants, tid) {
			return refuse(UnknownIssuer, nil, "tenant %q is not in Tenants", tid)
		}
		t.issuer, t.tenant = have, tid
		t.known |= issued
		return nil
	}
	return refuse(UnknownIssuer, nil, "iss %q is not configured; configured: %q", clip(iss), t.auth.issuerURLs())
}

// issuerURLs are the first few, for messages.
func (a *Authenticator) issuerURLs() []string {
	var out []string
	for _, iss := range a.issuers[:min(len(a.issuers), 5)] {
		out = append(out, iss.URL)
	}
	return out
}

// isTenant bounds what is put into a URL: an id or a domain name, nothing that could change its path.
func isTenant(id string) bool {
	return id != "" && len(id) <= maxTenant && strings.Trim(id, ".") != "" && !strings.ContainsFunc(id, func(r rune) bool {
		letter := r|0x20 >= 'a' && r|0x20 <= 'z'
		return !letter && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}
