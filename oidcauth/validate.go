package oidcauth

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/spiffe"
)

const (
	defaultIntrospectionAge = time.Minute
	maxIntrospectionAge     = 10 * time.Minute
	minRecordKey            = 32
)

// validate returns all faults of the configuration that could wrongly admit a token, as one joined error.
func (c Config) validate() error {
	var faults []error
	if len(c.Issuers) == 0 {
		faults = append(faults, &ConfigError{Field: "Issuers", Problem: "at least one is required"})
	}
	if !isPrintable(c.Response.Realm) {
		faults = append(faults, &ConfigError{Field: "Response.Realm", Problem: "must be printable ASCII, because a challenge contains it"})
	}
	if guard.IsNil(c.Users) {
		faults = append(faults, &ConfigError{Field: "Users", Problem: "is a nil pointer or function"})
	}
	if guard.IsNil(c.Revocation.DenyList) {
		faults = append(faults, &ConfigError{Field: "Revocation.DenyList", Problem: "is a nil pointer or function"})
	}
	if nilTransport(c.HTTPClient) {
		faults = append(faults, &ConfigError{Field: "HTTPClient", Problem: "has a nil pointer or function as its Transport"})
	}
	if c.Logger.Handler() == nil {
		faults = append(faults, &ConfigError{Field: "Logger", Problem: "has no handler: use slog.New"})
	}
	if n := len(c.Log.RecordKey); n > 0 && n < minRecordKey {
		faults = append(faults, &ConfigError{Field: "Log.RecordKey", Problem: "is shorter than 32 bytes"})
	}
	if !(c.Log.Accepted >= 0 && c.Log.Accepted <= 1) { // NaN is refused too
		faults = append(faults, &ConfigError{Field: "Log.Accepted", Problem: "is not between 0 and 1"})
	}
	if c.Revocation.MaxTokenLife < 0 || c.Revocation.MaxTokenLife > pipeline.MaxTokenLife {
		faults = append(faults, &ConfigError{Field: "Revocation.MaxTokenLife", Problem: "is not between 0 and 366 days"})
	}
	if c.Cache.MaxAge < 0 || c.Cache.MaxAge > pipeline.MaxCacheAge || c.Cache.UserMaxAge < 0 || c.Cache.UserMaxAge > pipeline.MaxCacheAge {
		faults = append(faults, &ConfigError{Field: "Cache", Problem: "MaxAge or UserMaxAge is not between 0 and 1 h"})
	}
	if c.WatchInterval < minWatchInterval || c.WatchInterval > maxWatchInterval {
		faults = append(faults, &ConfigError{Field: "WatchInterval", Problem: "is not between 1 s and 10 min"})
	}
	if c.Shadow != nil {
		faults = append(faults, c.shadowFault())
	}
	for _, fault := range slices.Concat(c.Resource.faults(), c.Credentials.faults(), c.possessionFaults()) {
		faults = append(faults, fault)
	}
	for i, iss := range c.Issuers {
		field := fmt.Sprintf("Issuers[%d].", i)
		for _, other := range c.Issuers[:i] {
			if fault := iss.applicationFault(other); fault != nil {
				fault.Field = field + fault.Field
				faults = append(faults, fault)
			}
		}
		if iss.acceptsOpaque() && iss.Introspection.Owns == nil && c.opaqueIssuers() > 1 {
			faults = append(faults, &ConfigError{Field: field + "Introspection.Owns", Problem: "is required, because more than one issuer accepts opaque tokens"})
		}
		for _, fault := range iss.faults() {
			fault.Field = field + fault.Field
			faults = append(faults, fault)
		}
	}
	return errors.Join(faults...)
}

// applicationFault returns a fault if both Issuers configure applications of one issuer, and a token could belong to either.
func (iss Issuer) applicationFault(other Issuer) *ConfigError {
	shared := func(list, others []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return slices.Contains(others, s) })
	}
	switch {
	case iss.URL != other.URL:
		return nil
	case iss.JWTSVID != other.JWTSVID:
		return &ConfigError{Field: "JWTSVID", Problem: "differs from that of another application of the issuer"}
	case iss.InsecureSkipAudience || other.InsecureSkipAudience:
		return &ConfigError{Field: "URL", Problem: "is configured twice; with InsecureSkipAudience, a token does not select one of the two applications"}
	case iss.HeaderChecksInsteadOfAudience || other.HeaderChecksInsteadOfAudience:
		return &ConfigError{Field: "URL", Problem: "is configured twice; with HeaderChecksInsteadOfAudience, a token does not select one of the two applications: name both signers in one check"}
	case shared(iss.Audience, other.Audience):
		return &ConfigError{Field: "Audience", Problem: "contains an audience of another application of the issuer"}
	case shared(iss.LogoutAudience, other.LogoutAudience):
		return &ConfigError{Field: "LogoutAudience", Problem: "contains an audience of another application of the issuer"}
	case len(iss.Audience) == 0 && len(other.Audience) == 0 && shared(iss.ClientIDs, other.ClientIDs):
		return &ConfigError{Field: "ClientIDs", Problem: "contains a client of another application of the issuer, and Audience is empty"}
	}
	return nil
}

// usesKeys reports whether a signature is verified with the issuer's keys. It returns false if every token of the issuer is
// introspected and no logout token is accepted.
func (iss Issuer) usesKeys() bool {
	return !iss.Introspection.JWTs || iss.Introspection.AudienceOfJWT || len(iss.LogoutAudience) > 0
}

func (iss Issuer) acceptsOpaque() bool {
	return iss.Introspection.Client != nil || iss.Introspection.InsecureByUserInfo
}

// opaqueIssuers returns the number of providers that accept opaque tokens. All applications of one provider count as one.
func (c Config) opaqueIssuers() int {
	urls := map[string]bool{}
	for _, iss := range c.Issuers {
		if iss.acceptsOpaque() {
			urls[iss.URL] = true
		}
	}
	return len(urls)
}

func (iss Issuer) faults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string, err error) {
		if bad {
			out = append(out, &ConfigError{Field: field, Problem: problem, Err: err})
		}
	}
	add(iss.URL == "", "URL", "is empty", nil)
	add(strings.Contains(iss.URL, "/.well-known/"), "URL", "is the URL of a discovery document: set DiscoveryURL to it, and Issuer.URL to the issuer in the document", nil)
	if iss.URL != "" && iss.Keys == nil && iss.DiscoveryURL == "" && iss.usesKeys() {
		err := fetch.CheckURL(discovery.URL(iss.URL))
		add(err != nil, "URL", "cannot be used to discover keys: use https, or set DiscoveryURL or Keys", err)
	}
	add(iss.JWTSVID && !spiffe.IsTrustDomain(iss.URL), "URL", "is not a trust domain, such as spiffe://example.org, which JWTSVID needs", nil)
	add(iss.JWTSVID && (iss.InsecureSkipAudience || iss.ClientIDInsteadOfAudience || iss.HeaderChecksInsteadOfAudience), "JWTSVID", "needs an aud in each token: unset InsecureSkipAudience, ClientIDInsteadOfAudience and HeaderChecksInsteadOfAudience", nil)
	for i, check := range iss.HeaderChecks {
		err := check.Validate()
		add(err != nil, fmt.Sprintf("HeaderChecks[%d]", i), "cannot be evaluated", err)
	}
	add(len(iss.HeaderChecks) > 0 && iss.acceptsOpaque(), "HeaderChecks", "contradicts Introspection, because an opaque token has no header", nil)
	add(iss.PaddedTokens && iss.acceptsOpaque(), "PaddedTokens", "contradicts Introspection", nil)
	add(iss.HeaderChecksInsteadOfAudience && len(iss.HeaderChecks) == 0, "HeaderChecks", "is required by HeaderChecksInsteadOfAudience", nil)
	add(iss.JWTSVID && iss.acceptsOpaque(), "JWTSVID", "contradicts Introspection, which does not see the sub before the token is introspected", nil)
	add(guard.IsNil(iss.Users), "Users", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Keys), "Keys", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Claims.UserInfo), "Claims.UserInfo", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Introspection.Client), "Introspection.Client", "is a nil pointer or function", nil)
	add(guard.IsNil(iss.Revoker), "Revoker", "is a nil pointer or function", nil)
	add(nilTransport(iss.HTTPClient), "HTTPClient", "has a nil pointer or function as its Transport", nil)
	add(strings.ContainsAny(discovery.ForTenant(iss.URL, ""), "{}"), "URL", "contains a placeholder other than {tenantid}", nil)
	add(iss.Tenants != nil && !discovery.Templated(iss.URL), "Tenants", "needs {tenantid} in Issuer.URL; for one tenant, add a check on tid", nil)
	for _, id := range iss.Tenants {
		add(!pipeline.IsTenant(id), "Tenants", "contains a value that is neither an id nor a domain name", nil)
	}
	noAudience := len(iss.Audience) == 0 && !iss.InsecureSkipAudience && !iss.ClientIDInsteadOfAudience && !iss.HeaderChecksInsteadOfAudience
	add(noAudience, "Audience", "is empty", nil)
	add(slices.Contains(iss.Audience, ""), "Audience", "contains an empty value", nil)
	add(slices.Contains(iss.ClientIDs, ""), "ClientIDs", "contains an empty value", nil)
	add(slices.Contains(iss.LogoutAudience, ""), "LogoutAudience", "contains an empty value", nil)
	add(iss.ConfirmRevocation && (iss.Revoker == nil || iss.Introspection.Client == nil), "ConfirmRevocation", "needs Revoker and Introspection.Client", nil)
	add(iss.ClientIDInsteadOfAudience && len(iss.ClientIDs) == 0, "ClientIDs", "is required by ClientIDInsteadOfAudience", nil)
	add(!iss.Leeway.within(pipeline.MaxLeeway), "Leeway", "is not between 0 and 10 min", nil)
	for _, alg := range iss.Algorithms {
		add(!jose.Allowed(alg), "Algorithms", "contains an algorithm that is never accepted: "+alg, nil)
	}
	if iss.DiscoveryURL != "" {
		err := fetch.CheckURL(iss.DiscoveryURL)
		add(err != nil, "DiscoveryURL", "is not a URL that may be fetched", err)
	}
	for _, p := range append([]claims.Path{iss.Claims.User, iss.Claims.Name, iss.Claims.Tenant, iss.Claims.UserInfoSubject, iss.Claims.ACR, iss.Claims.AuthTime, iss.Claims.AuthAge}, iss.Claims.Required...) {
		if !p.IsZero() {
			err := p.Validate()
			add(err != nil, "Claims", "contains an invalid claim path", err)
		}
	}
	out = append(out, iss.Claims.Roles.faults()...)
	for i, check := range iss.Claims.Checks {
		err := check.Validate()
		add(err != nil, fmt.Sprintf("Claims.Checks[%d]", i), "cannot be evaluated", err)
	}
	add(iss.Introspection.Owns != nil && !iss.acceptsOpaque(), "Introspection.Owns", "needs Introspection.Client", nil)
	add(iss.Introspection.RequireTokenType && iss.Introspection.Client == nil, "Introspection.RequireTokenType", "needs Introspection.Client", nil)
	add(iss.Introspection.RequireTokenType && iss.Introspection.InsecureWithoutTokenType, "Introspection.RequireTokenType", "contradicts Introspection.InsecureWithoutTokenType", nil)
	for _, name := range iss.AccessTokenTypes {
		add(name == "" || pipeline.NamesOtherToken(name), "AccessTokenTypes", "contains an empty value, or a value that names a refresh token or an ID token", nil)
	}
	add(iss.Introspection.JWTs && !iss.acceptsOpaque(), "Introspection.JWTs", "needs Introspection.Client, or Introspection.InsecureByUserInfo", nil)
	add(!iss.Introspection.MaxAge.within(maxIntrospectionAge), "Introspection.MaxAge", "is not between 0 and 10 min", nil)
	add(iss.Introspection.AudienceOfJWT && !iss.Introspection.JWTs, "Introspection.AudienceOfJWT", "needs Introspection.JWTs", nil)
	add(iss.Introspection.InsecureByUserInfo && iss.Claims.UserInfo == nil, "Introspection.InsecureByUserInfo", "needs Claims.UserInfo", nil)
	_, distributed := iss.Claims.UserInfo.(claims.Distributed)
	add(iss.Introspection.InsecureByUserInfo && distributed, "Introspection.InsecureByUserInfo", "needs a Claims.UserInfo that verifies the token, and a claims.Distributed does not", nil)
	add(iss.InsecureSkipIDTokenCheck && (iss.Claims.UserInfo == nil || distributed), "InsecureSkipIDTokenCheck", "needs a Claims.UserInfo that verifies the token", nil)
	add(iss.InsecureSkipIDTokenCheck && iss.InsecureIDTokenAsAccessToken, "InsecureSkipIDTokenCheck", "contradicts InsecureIDTokenAsAccessToken, which does not request UserInfo", nil)
	add(iss.Claims.UserInfoOnly && distributed, "Claims.UserInfoOnly", "needs a Claims.UserInfo with all claims of the user; a claims.Distributed has only some of them", nil)
	add(!iss.Claims.UserInfoSubject.IsZero() && distributed, "Claims.UserInfoSubject", "must be unset for a claims.Distributed, which answers with the sub of the token", nil)
	add(iss.Introspection.InsecureByUserInfo && iss.Introspection.Client != nil, "Introspection.InsecureByUserInfo", "contradicts Introspection.Client, which is safer", nil)
	add(!iss.Claims.UserInfoSubject.IsZero() && iss.Claims.UserInfo == nil, "Claims.UserInfoSubject", "needs Claims.UserInfo", nil)
	add(!iss.Claims.AuthAge.IsZero() && !iss.Claims.AuthTime.IsZero(), "Claims.AuthAge", "contradicts Claims.AuthTime", nil)
	add(iss.Claims.UserInfoOnly && iss.Claims.UserInfo == nil, "Claims.UserInfoOnly", "needs Claims.UserInfo", nil)
	return out
}

// nilTransport reports whether the client would panic at its first request.
func nilTransport(c *http.Client) bool { return c != nil && guard.IsNil(c.Transport) }

func (c Config) possessionFaults() []*ConfigError {
	var out []*ConfigError
	add := func(bad bool, field, problem string) {
		if bad {
			out = append(out, &ConfigError{Field: field, Problem: problem})
		}
	}
	if c.PublicURL != "" {
		_, err := dpop.ParseTarget(c.PublicURL)
		add(err != nil || strings.ContainsAny(c.PublicURL, "?#"), "PublicURL", "is not an absolute http or https URL without query and fragment")
	}
	add(c.DPoP.MaxAge < 0 || c.DPoP.MaxAge > pipeline.MaxProofAge, "DPoP.MaxAge", "is not between 0 and 10 min")
	add(c.DPoP.ProofsPerKey < 0, "DPoP.ProofsPerKey", "is negative")
	add(guard.IsNil(c.DPoP.Replays), "DPoP.Replays", "is a nil pointer or function")
	add(c.DPoP.NonceSecret != nil && len(c.DPoP.NonceSecret) < minNonceSecret, "DPoP.NonceSecret", "has fewer than 32 bytes")
	add(c.DPoP.NonceSecret != nil && !c.DPoP.RequireNonce, "DPoP.NonceSecret", "needs DPoP.RequireNonce")
	add(c.DPoP.RequireNonce && c.PublicURL == "", "DPoP.RequireNonce", "needs PublicURL, without which no proof is accepted")
	return append(out, c.ClientCertificate.faults()...)
}
