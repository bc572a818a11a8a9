package oidcauth_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

const (
	v1 = "https://sts.windows.net/t1/"
	v2 = "https://login.microsoftonline.com/{tenantid}/v2.0"
)

// withTenants trusts both issuers of Entra ID for these tenants, and the provider's keys.
func withTenants(tenants ...string) option {
	return func(p *oidctest.Provider, c *oidcauth.Config) {
		keys := certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
		c.Issuers = []oidcauth.Issuer{
			{URL: v2, Audience: []string{audience}, Keys: keys, Tenants: tenants},
			{URL: v1, Audience: []string{audience}, Keys: keys},
		}
	}
}

func entra(iss string, tid any) oidctest.Forgery {
	return claimsOf(oidctest.Claims{"iss": iss, "tid": tid})
}

func TestTemplatedIssuerIsBoundToTheTenantOfTheToken(t *testing.T) {
	const of = "https://login.microsoftonline.com/"
	long := strings.Repeat("a", 64)
	runCases(t, newService(t, withTenants("t1", "t2")), []tokenCase{
		{"listed tenant", entra(of+"t2/v2.0", "t2"), ""},
		{"both issuers of the product side by side", entra(v1, "t1"), ""},
		{"tenant of another list", entra(of+"t3/v2.0", "t3"), reason.UnknownIssuer},
		{"iss of one tenant, tid of another", entra(of+"t1/v2.0", "t2"), reason.UnknownIssuer},
		{"no tid", entra(of+"t1/v2.0", nil), reason.UnknownIssuer},
		{"tid is a list", entra(of+"t1/v2.0", []string{"t1"}), reason.UnknownIssuer},
		{"the template itself", entra(v2, "{tenantid}"), reason.UnknownIssuer},
		{"a path for a tenant", entra(of+"t1/x/v2.0", "t1/x"), reason.UnknownIssuer},
		{"dots for a tenant", entra(of+"../v2.0", ".."), reason.UnknownIssuer},
	})
	runCases(t, newService(t, withTenants()), []tokenCase{
		{"any tenant", entra(of+"t9/v2.0", "t9"), ""},
		{"still bound to tid", entra(of+"t9/v2.0", "t8"), reason.UnknownIssuer},
		{"id", entra(of+"9A-b.0/v2.0", "9A-b.0"), ""},
		{"domain name", entra(of+"corp.example/v2.0", "corp.example"), ""},
		{"the longest", entra(of+long+"/v2.0", long), ""},
	})
	// Every tenant is trusted, so only the syntax of tid limits the text that a sender can put into the URL.
	var bad []tokenCase
	for _, tid := range []string{
		"", ".", "..", "...", "t1/x", "t1/", "/", `t1\x`, "t1?x", "t1#x", "t1@evil.example", "t1:80", "t1%2fx", "t1%00", "t1 ", " ", "t1\x00", "{tenantid}",
		"t1_x", "t\u00e9", "t1,t2", "@", "`", "[", "{", "\u017f", "t1~", long + "x",
	} {
		bad = append(bad, tokenCase{"tenant " + tid, entra(of+tid+"/v2.0", tid), reason.UnknownIssuer})
	}
	runCases(t, newService(t, withTenants()), bad)
}

// A source of the application may return a key of one tenant. The key verifies no token of another tenant.
func TestKeyOfATenantVerifiesItsTokensOnly(t *testing.T) {
	const of = "https://login.microsoftonline.com/"
	w := newWorld(t)
	w.start(t, func(c *oidcauth.Config) {
		c.Issuers[0].URL = v2
		c.Issuers[0].Keys = every{{Issuer: of + "t1/v2.0", Public: es256().public}}
	})
	for tenant, want := range map[string]reason.Reason{"t1": "", "t2": reason.KeyNotFound} {
		require.Equal(t, want, w.reason(t, verdict{claims: obj{"iss": of + tenant + "/v2.0", "tid": tenant}}), tenant)
	}
}

func TestTenantReachesTheUserLookup(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers = []oidcauth.Issuer{{URL: v2, Audience: []string{audience}, Keys: certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}}}
		c.Users = usermap.NewTable(
			usermap.Entry{Issuer: "https://login.microsoftonline.com/t1/v2.0", Tenant: "t1", Value: "alice", User: person("1", true)},
			usermap.Entry{Issuer: "https://login.microsoftonline.com/t2/v2.0", Tenant: "t2", Value: "alice", User: person("2", true)},
		)
	})
	id, err := s.auth.Check(withHeaders("Bearer " + s.Forge(entra("https://login.microsoftonline.com/t2/v2.0", "t2"))))
	require.NoError(t, err)
	require.Equal(t, "2", id.User().ID)
	require.Equal(t, "t2", id.Tenant())
	require.Equal(t, "https://login.microsoftonline.com/t2/v2.0", id.Issuer())
}

func TestTenantConfiguration(t *testing.T) {
	for url, tenants := range map[string][]string{
		"https://a.example/{tenant}/": nil, "https://a.example/": {"t1"}, v2: {"a/b"},
	} {
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: url, Audience: []string{"x"}, Tenants: tenants}}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault, url)
	}
}

func TestRiskyConfigurationWarns(t *testing.T) {
	for url, warned := range map[string]bool{
		v2: true, "https://login.microsoftonline.com/common/v2.0": true, "https://login.microsoftonline.com/t1/v2.0": false,
	} {
		var out bytes.Buffer
		_, err := oidcauth.New(oidcauth.Config{
			Issuers: []oidcauth.Issuer{{URL: url, Audience: []string{"x"}}}, Logger: slog.New(slog.NewJSONHandler(&out, nil)),
		})
		require.NoError(t, err)
		require.Equal(t, warned, out.Len() > 0, url)
	}
}
