package oidcauth

import (
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// compile makes the rules of an issuer: defaults are filled in, slices copied, keys bound.
func (iss Issuer) compile(c Config) (*pipeline.Rules, *ConfigError) {
	rules := &pipeline.Rules{
		URL: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: iss.HTTPClient,
		Tenants: slices.Clone(iss.Tenants), Audience: slices.Clone(iss.Audience), ClientIDs: slices.Clone(iss.ClientIDs),
		Algorithms: slices.Clone(iss.Algorithms), AccessTokenTypes: slices.Clone(iss.AccessTokenTypes),
		LogoutAudience: slices.Clone(iss.LogoutAudience), Discovered: iss.Keys == nil,
		UserInfo: iss.UserInfo, UserInfoSubject: iss.UserInfoSubject, ClaimOrder: iss.ClaimOrder,
		Search: iss.Search, Name: iss.Name, Tenant: iss.Tenant, Claims: slices.Clone(iss.Claims), Checks: slices.Clone(iss.Checks),
		Leeway: iss.Leeway.Or(pipeline.DefaultLeeway), Introspector: iss.Introspector, IntrospectionAge: iss.IntrospectionAge.Or(defaultIntrospectionAge),
		Opaque: iss.Opaque, IntrospectJWTs: iss.IntrospectJWTs, AudienceOfIntrospectedJWT: iss.AudienceOfIntrospectedJWT,
		RequireTokenType: iss.RequireTokenType, Revoker: iss.Revoker, ConfirmRevocation: iss.ConfirmRevocation,
		ClientIDInsteadOfAudience: iss.ClientIDInsteadOfAudience, IDTokenIsAccessToken: iss.IDTokenIsAccessToken,
		InsecureSkipAudience: iss.InsecureSkipAudience, InsecureIntrospectionWithoutAudience: iss.InsecureIntrospectionWithoutAudience,
		InsecureIntrospectionWithoutTokenType: iss.InsecureIntrospectionWithoutTokenType,
		InsecureOpaqueByUserInfo:              iss.InsecureOpaqueByUserInfo, InsecureIgnoreConfirmation: iss.InsecureIgnoreConfirmation,
	}
	if rules.Search.IsZero() && c.Users != nil {
		rules.Search = pipeline.SubjectClaim
	}
	if rules.Tenant.IsZero() && discovery.Templated(iss.URL) {
		rules.Tenant = pipeline.TenantClaim
	}
	if rules.HTTPClient == nil {
		rules.HTTPClient = c.HTTPClient
	}
	source := iss.Keys
	switch {
	case source == nil && iss.usesKeys():
		source = certsource.Discovered{}
	case source == nil:
		source = noKeys{}
	}
	var err error
	rules.Keys, err = certsource.Bind(source, certsource.Binding{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: rules.HTTPClient, Now: c.Now, Logger: c.Logger,
	})
	if err != nil {
		return nil, &ConfigError{Field: "Keys", Problem: "cannot be used", Err: err}
	}
	if fault := bequeath(rules, c.Now); fault != nil {
		return nil, fault
	}
	rules.Prepare()
	return rules, nil
}

// noKeys is the source of an issuer that verifies nothing.
type noKeys struct{}

func (noKeys) Keys(certsource.Query) ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

func (noKeys) Report() []certsource.Report { return nil }
