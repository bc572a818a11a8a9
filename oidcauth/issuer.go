package oidcauth

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/usermap"
)

// issuer is an Issuer made ready: defaults filled in, slices copied, keys bound.
type issuer struct {
	Issuer
	keys   certsource.Source
	needed []claims.Path // what has to be resolved before checks and user
	leeway time.Duration
	users  usermap.Finder
	panics *panicLog

	userInfo      *answers.Cache[claims.Set]
	introspection *answers.Cache[claims.Set]
	tellsClass    atomic.Bool // an answer of introspection said of what kind a token is
}

func newIssuer(declared Issuer, c Config, panics *panicLog) (*issuer, *ConfigError) {
	iss := &issuer{
		Issuer: declared, leeway: declared.Leeway.Or(defaultLeeway), users: c.Users, panics: panics,
		userInfo: newUserInfoCache(), introspection: newIntrospectionCache(declared.IntrospectionAge.Or(defaultIntrospectionAge)),
	}
	iss.Audience = slices.Clone(declared.Audience)
	iss.ClientIDs = slices.Clone(declared.ClientIDs)
	iss.Algorithms = slices.Clone(declared.Algorithms)
	iss.AccessTokenTypes = slices.Clone(declared.AccessTokenTypes)
	iss.Checks = slices.Clone(declared.Checks)
	iss.Claims = slices.Clone(declared.Claims)
	iss.Tenants = slices.Clone(declared.Tenants)
	iss.LogoutAudience = slices.Clone(declared.LogoutAudience)
	if iss.Search.IsZero() && c.Users != nil {
		iss.Search = subject
	}
	if iss.Tenant.IsZero() && discovery.Templated(iss.URL) {
		iss.Tenant = tenantID
	}
	iss.needed = iss.neededClaims()
	if iss.HTTPClient == nil {
		iss.HTTPClient = c.HTTPClient
	}
	source := declared.Keys
	switch {
	case source == nil && iss.usesKeys():
		source = certsource.Discovered{}
	case source == nil:
		source = noKeys{}
	}
	var err error
	iss.keys, err = certsource.Bind(source, certsource.Binding{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient, Now: c.Now, Logger: c.Logger,
	})
	if err != nil {
		return nil, &ConfigError{Field: "Keys", Problem: "cannot be used", Err: err}
	}
	return iss, iss.bequeath(c.Now)
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

func (iss *issuer) checksOn(p claims.Path) bool {
	return slices.ContainsFunc(iss.Checks, func(c claims.Check) bool { return c.Path() == p })
}

// noKeys is the source of an issuer that verifies nothing.
type noKeys struct{}

func (noKeys) Keys(certsource.Query) ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

func (noKeys) Report() []certsource.Report { return nil }
