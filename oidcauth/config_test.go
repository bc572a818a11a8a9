package oidcauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/usermap"
)

// New refuses common mistakes, and its error names the field.
func TestConfigurationFaultsNameTheirField(t *testing.T) {
	good := oidcauth.Issuer{URL: "https://login.example", Audience: []string{audience}}
	var noUsers *usermap.SQL
	var noClient *provider.Client
	with := func(change func(*oidcauth.Config)) oidcauth.Config {
		c := oidcauth.Config{Issuers: []oidcauth.Issuer{good}}
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		field  string
		change func(*oidcauth.Config)
	}{
		"document as issuer": {"Issuers[0].URL", func(c *oidcauth.Config) { c.Issuers[0].URL += "/.well-known/openid-configuration" }},
		"no scheme":          {"Issuers[0].URL", func(c *oidcauth.Config) { c.Issuers[0].URL = "login.example" }},
		"plain http":         {"Issuers[0].URL", func(c *oidcauth.Config) { c.Issuers[0].URL = "http://login.example" }},
		"trailing blank":     {"Issuers[0].URL", func(c *oidcauth.Config) { c.Issuers[0].URL += " " }},
		"error ignored":      {"Users", func(c *oidcauth.Config) { c.Users = noUsers }},
		"client error":       {"Issuers[0].Claims.UserInfo", func(c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = noClient }},
		"no number": {"Issuers[0].Claims.Checks[0]", func(c *oidcauth.Config) {
			c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("level"), math.NaN())}
		}},
		"empty value": {"Issuers[0].Claims.Checks[1]", func(c *oidcauth.Config) {
			c.Issuers[0].Claims.Checks = []claims.Check{claims.EqualsEmpty(claims.Name("dept")), claims.Not(claims.Equals(claims.Name("dept"), ""))}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := oidcauth.New(with(c.change))
			var fault *oidcauth.ConfigError
			require.True(t, errors.As(err, &fault))
			require.Equal(t, c.field, fault.Field)
		})
	}
	_, err := oidcauth.New(with(func(*oidcauth.Config) {}))
	require.NoError(t, err)
}

// warnings counts the records that New writes about a configuration. It ignores warnings about other tests that trust the same issuer.
func warnings(t *testing.T, c oidcauth.Config) int {
	t.Helper()
	var out bytes.Buffer
	c.Logger = slog.New(slog.NewTextHandler(&out, nil))
	_, err := oidcauth.New(c)
	require.NoError(t, err)
	return strings.Count(out.String(), "risky bearer token configuration")
}

// A provider may give a user name to another user. The name is bound to its tenant only if the finder compares the tenant.
func TestTenantThatNoFinderComparesWarns(t *testing.T) {
	unbound := usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Enabled: true}})
	bound := usermap.NewTable(usermap.Entry{Value: "alice", Tenant: "t1", User: usermap.User{ID: "1", Enabled: true}})
	own := usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, nil })
	for name, c := range map[string]struct {
		users usermap.Finder
		want  int
	}{"unbound": {unbound, 1}, "bound": {bound, 0}, "the service's own": {own, 0}} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, warnings(t, oidcauth.Config{Users: c.users, Issuers: []oidcauth.Issuer{{
				URL: "https://login.example", Audience: []string{audience}, Claims: oidcauth.ClaimRules{User: claims.Name("upn"), Tenant: claims.Name("tid")},
			}}}))
		})
	}
}

func TestConfigurationThatNoTokenFitsWarns(t *testing.T) {
	for name, iss := range map[string]oidcauth.Issuer{
		"Keycloak's account": {URL: "https://id.example/realms/shop", Audience: []string{"account"}},
		"Okta's org server":  {URL: "https://corp.okta.com", Audience: []string{audience}},
		"Auth0 and no slash": {URL: "https://corp.auth0.com", Audience: []string{audience}},
		"pointer as a name": {
			URL: "https://id.example", Audience: []string{audience},
			Claims: oidcauth.ClaimRules{Required: []claims.Path{claims.Name("/realm_access/roles")}},
		},
		"Entra's UserInfo": {URL: entraV2, Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: infoIsDown()}},
		"Okta's UserInfo":  {URL: "https://corp.okta.com/oauth2/default", Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: infoIsDown()}},
		"no finder":        {URL: "https://id.example", Audience: []string{audience}, Claims: oidcauth.ClaimRules{User: claims.Name("oid")}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, 1, warnings(t, oidcauth.Config{Issuers: []oidcauth.Issuer{iss}})) })
	}
}

func TestUserInfoOfOktaByItsClaimIsNoWarning(t *testing.T) {
	require.Zero(t, warnings(t, oidcauth.Config{Issuers: []oidcauth.Issuer{{
		URL: "https://corp.okta.com/oauth2/default", Audience: []string{audience},
		Claims: oidcauth.ClaimRules{UserInfo: infoIsDown(), UserInfoSubject: claims.Name("uid")},
	}}}))
}

// New refuses a nil pointer in an interface, because it would panic at the first request.
func TestNilInAnInterfaceIsRefused(t *testing.T) {
	for name, change := range map[string]func(*oidcauth.Config){
		"FinderFunc": func(c *oidcauth.Config) { c.Users = usermap.FinderFunc(nil) },
		"finder":     func(c *oidcauth.Config) { c.Users = (*usermap.Table)(nil) },
		"deny list":  func(c *oidcauth.Config) { c.Revocation.DenyList = listFunc(nil) },
		"key source": func(c *oidcauth.Config) { c.Issuers[0].Keys = sourceFunc(nil) },
		"source in a chain": func(c *oidcauth.Config) {
			c.Issuers[0].Keys = certsource.Chain(certsource.Discovered{}, sourceFunc(nil))
		},
		"nil in a chain": func(c *oidcauth.Config) { c.Issuers[0].Keys = certsource.Chain(nil) },
		"bound source": func(c *oidcauth.Config) {
			c.Issuers[0].Keys = wrappedAs(sourceFunc(nil))
		},
		"bound to nothing": func(c *oidcauth.Config) { c.Issuers[0].Keys = wrappedAs(nil) },
		"UserInfo":         func(c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = infoFunc(nil) },
		"introspector":     func(c *oidcauth.Config) { c.Issuers[0].Introspection.Client = introspectorFunc(nil) },
		"revoker":          func(c *oidcauth.Config) { c.Issuers[0].Revoker = revokerFunc(nil) },
		"transport":        func(c *oidcauth.Config) { c.HTTPClient = &http.Client{Transport: transportFunc(nil)} },
		"issuer's transport": func(c *oidcauth.Config) {
			c.Issuers[0].HTTPClient = &http.Client{Transport: (*http.Transport)(nil)}
		},
		"logger": func(c *oidcauth.Config) { c.Logger = &slog.Logger{} },
	} {
		t.Run(name, func(t *testing.T) {
			config := oidctest.New(t).Config(audience)
			change(&config)
			_, err := oidcauth.New(config)
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
		})
	}
}
