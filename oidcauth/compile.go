package oidcauth

import (
	"errors"
	"fmt"
	"slices"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/discovery"
	"github.com/knownbearer/knownbearer/internal/dpop"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// compile returns the rules of an issuer. It fills in defaults, copies slices, and binds the source of keys to the issuer.
//
// It uses the rules of former if former has an issuer with equal settings. Otherwise it uses the keys of former, or of the others, if
// one of them has the same source of keys for the same issuer.
func (iss Issuer) compile(c Config, calls pipeline.Calls, former, others []compiledIssuer) (compiledIssuer, *ConfigError) {
	declared, rules := iss.declare(c), iss.declare(c)
	rules.Now = c.Now
	source := iss.Keys
	switch {
	case source == nil && iss.usesKeys():
		source = certsource.Discovered{}
	case source == nil:
		source = noKeys{}
	}
	own := compiledIssuer{declared: declared, source: source, rules: rules}
	if same := own.among(former); same != nil {
		return compiledIssuer{declared: declared, source: source, rules: same, carried: true}, nil
	}
	if rules.Keys = own.keysAmong(slices.Concat(others, former)); rules.Keys == nil {
		if fault := iss.bind(rules, source, c, calls); fault != nil {
			return own, fault
		}
	}
	if fault := inheritSettings(rules, c.Now); fault != nil {
		return own, fault
	}
	rules.Declared = declared
	rules.Prepare()
	return own, nil
}

// bind binds the source of keys to the issuer.
func (iss Issuer) bind(rules *pipeline.Rules, source certsource.Source, c Config, calls pipeline.Calls) *ConfigError {
	var err error
	rules.Keys, err = keybind.Bind(source, keybind.Binding{
		Issuer: iss.URL, DiscoveryURL: iss.DiscoveryURL, HTTPClient: rules.HTTPClient, Now: c.Now, Logger: c.Logger, Observer: calls.Of(iss.URL),
	})
	if err != nil {
		return &ConfigError{Field: "Keys", Problem: "cannot be used", Err: err}
	}
	return nil
}

// declare returns the rules without the parts that have a state.
func (iss Issuer) declare(c Config) *pipeline.Rules {
	rules := iss.declaredRules()
	iss.addExceptions(rules)
	applyDefaults(rules, c)
	return rules
}

func (iss Issuer) declaredRules() *pipeline.Rules {
	return &pipeline.Rules{
		URL:              iss.URL,
		DiscoveryURL:     iss.DiscoveryURL,
		Tenants:          slices.Clone(iss.Tenants),
		Audience:         slices.Clone(iss.Audience),
		ClientIDs:        slices.Clone(iss.ClientIDs),
		Algorithms:       slices.Clone(iss.Algorithms),
		AccessTokenTypes: slices.Clone(iss.AccessTokenTypes),
		LogoutAudience:   slices.Clone(iss.LogoutAudience),
		HTTPClient:       iss.HTTPClient,
		Discovered:       iss.Keys == nil,

		UserInfo:        iss.Claims.UserInfo,
		UserInfoSubject: iss.Claims.UserInfoSubject,
		UserInfoOnly:    iss.Claims.UserInfoOnly,
		Users:           iss.Users,
		OwnUsers:        iss.Users != nil,
		Search:          iss.Claims.User,
		Name:            iss.Claims.Name,
		Tenant:          iss.Claims.Tenant,
		ACR:             iss.Claims.ACR,
		AuthTime:        iss.Claims.AuthTime,
		AuthAge:         iss.Claims.AuthAge,
		Claims:          slices.Clone(iss.Claims.Required),
		Checks:          slices.Clone(iss.Claims.Checks),
		Roles:           iss.Claims.Roles.clone(),
		Leeway:          iss.Leeway.Or(pipeline.DefaultLeeway),

		Introspector:              iss.Introspection.Client,
		IntrospectionAge:          iss.Introspection.MaxAge.Or(defaultIntrospectionAge),
		Opaque:                    iss.Introspection.Owns,
		IntrospectJWTs:            iss.Introspection.JWTs,
		AudienceOfIntrospectedJWT: iss.Introspection.AudienceOfJWT,
		RequireTokenType:          iss.Introspection.RequireTokenType,
		Revoker:                   iss.Revoker,
		ConfirmRevocation:         iss.ConfirmRevocation,
	}
}

// addExceptions adds the settings that accept more tokens.
func (iss Issuer) addExceptions(r *pipeline.Rules) {
	r.RequireBoundTokens = iss.RequireBoundTokens
	r.JWTSVID = iss.JWTSVID
	r.PaddedTokens = iss.PaddedTokens
	r.HeaderChecks = slices.Clone(iss.HeaderChecks)
	r.HeaderChecksInsteadOfAudience = iss.HeaderChecksInsteadOfAudience
	r.ClientIDInsteadOfAudience = iss.ClientIDInsteadOfAudience
	r.IDTokenIsAccessToken = iss.InsecureIDTokenAsAccessToken || iss.InsecureSkipIDTokenCheck
	r.ConfirmByUserInfo = iss.InsecureSkipIDTokenCheck
	r.InsecureSkipAudience = iss.InsecureSkipAudience
	r.InsecureIntrospectionWithoutAudience = iss.Introspection.InsecureWithoutAudience
	r.InsecureIntrospectionWithoutTokenType = iss.Introspection.InsecureWithoutTokenType
	r.InsecureOpaqueByUserInfo = iss.Introspection.InsecureByUserInfo
	r.InsecureIgnoreConfirmation = iss.InsecureIgnoreConfirmation
}

func applyDefaults(r *pipeline.Rules, c Config) {
	r.ShowClaimValues = c.ShowClaimValues
	if r.Users == nil {
		r.Users = c.Users
	}
	if r.Search.IsZero() && r.Users != nil {
		r.Search = pipeline.SubjectClaim
	}
	if r.Tenant.IsZero() && discovery.Templated(r.URL) {
		r.Tenant = pipeline.TenantClaim
	}
	if r.HTTPClient == nil {
		r.HTTPClient = c.HTTPClient
	}
}

// inherited are the issuers of other configurations.
type inherited struct {
	issuers []compiledIssuer // their rules and their keys can be used
	keys    []compiledIssuer // their keys can be used
}

// compile makes the rules of every issuer. The error joins a [ConfigError] for each issuer whose rules cannot be made.
func (c Config) compile(calls pipeline.Calls, f inherited) ([]compiledIssuer, error) {
	var issuers []compiledIssuer
	var faults []error
	for i, declared := range c.Issuers {
		iss, fault := declared.compile(c, calls, f.issuers, slices.Concat(issuers, f.keys))
		if fault != nil {
			fault.Field = fmt.Sprintf("Issuers[%d].%s", i, fault.Field)
			faults = append(faults, fault)
			continue
		}
		issuers = append(issuers, iss)
	}
	return issuers, errors.Join(faults...)
}

// possession compiles the configuration, which is valid.
func (c Config) possession() pipeline.Possession {
	p := pipeline.Possession{
		Window: dpop.Window{Before: c.DPoP.MaxAge, After: c.DPoP.MaxAge}, Algorithms: jose.Algorithms(), Replays: c.DPoP.Replays,
		Shares: pipeline.NewProofShares(c.DPoP.ProofsPerKey, 2*c.DPoP.MaxAge),
	}
	if c.PublicURL != "" {
		p.Target, _ = dpop.ParseTarget(c.PublicURL) // validated
	}
	if c.DPoP.RequireNonce {
		p.Nonces = dpop.NewNonces(c.DPoP.NonceSecret)
	}
	return p
}
