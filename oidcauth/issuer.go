package oidcauth

import (
	"fmt"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
)

// issuer is an Issuer made ready: defaults filled in, slices copied, keys bound.
type issuer struct {
	Issuer
	keys   certsource.Source
	needed []claims.Path // what has to be resolved before checks and user
	leeway time.Duration

	userInfo userInfoCache
}

func newIssuer(declared Issuer, c Config) (*issuer, error) {
	iss := &issuer{Issuer: declared, leeway: declared.Leeway}
	iss.Audience = slices.Clone(declared.Audience)
	iss.ClientIDs = slices.Clone(declared.ClientIDs)
	iss.Algorithms = slices.Clone(declared.Algorithms)
	iss.Checks = slices.Clone(declared.Checks)
	iss.Claims = slices.Clone(declared.Claims)
	switch {
	case declared.Leeway == 0:
		iss.leeway = defaultLeeway
	case declared.Leeway < 0:
		iss.leeway = 0
	}
	if iss.Search.IsZero() && c.Users != nil {
		iss.Search = subject
	}
	iss.needed = iss.neededClaims()
	if iss.HTTPClient == nil {
		iss.HTTPClient = c.HTTPClient
	}
	source := declared.Keys
	if source == nil {
		source = certsource.Discovered{}
	}
	var err error
	iss.keys, err = certsource.Bind(source, certsource.Binding{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient, Now: c.Now,
	})
	return iss, err
}

func (iss *issuer) neededClaims() []claims.Path {
	var out []claims.Path
	for _, p := range []claims.Path{iss.Search, iss.Name, iss.Tenant} {
		if !p.IsZero() {
			out = append(out, p)
		}
	}
	for _, check := range iss.Checks {
		out = append(out, check.Path())
	}
	return append(out, iss.Claims...)
}

// matchIssuer is the one place where a token's iss meets the configuration: exact comparison.
func (a *Authenticator) matchIssuer(iss string) *issuer {
	for _, have := range a.issuers {
		if have.URL == iss {
			return have
		}
	}
	return nil
}

// warnings names what is legal but risky: claims that providers hand to another person later.
func (iss *issuer) warnings() []string {
	name := iss.Search.String()
	if !slices.Contains([]string{"email", "preferred_username", "unique_name", "upn"}, name) {
		return nil
	}
	var out []string
	if iss.Tenant.IsZero() && !iss.checksOn("tid") {
		out = append(out, fmt.Sprintf("%s can be reassigned: bind it to the tenant (Issuer.Tenant, or a check on tid), or search by an immutable id", name))
	}
	if name == "email" && !iss.checksOn("email_verified") {
		out = append(out, "email may be unverified: add the check claims.Equals(claims.Name(\"email_verified\"), true)")
	}
	return out
}

func (iss *issuer) checksOn(name string) bool {
	return slices.ContainsFunc(iss.Checks, func(c claims.Check) bool { return c.Path().String() == name })
}
