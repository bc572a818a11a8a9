package oidcauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// What beginners write must fail at New, and name the field that they wrote.
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

// warnings counts the records that New writes about a configuration. That other tests trust the same issuer is not its fault.
func warnings(t *testing.T, c oidcauth.Config) int {
	t.Helper()
	var out bytes.Buffer
	c.Logger = slog.New(slog.NewTextHandler(&out, nil))
	_, err := oidcauth.New(c)
	require.NoError(t, err)
	return strings.Count(out.String(), "risky bearer token configuration")
}

// A name that may be given to somebody else is bound to its tenant only where the finder compares that.
func TestTenantThatNobodyComparesIsAWarning(t *testing.T) {
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

func TestConfigurationsThatNoTokenFitsAreWarnedOf(t *testing.T) {
	for name, iss := range map[string]oidcauth.Issuer{
		"Keycloak's account": {URL: "https://id.example/realms/shop", Audience: []string{"account"}},
		"Okta's org server":  {URL: "https://corp.okta.com", Audience: []string{audience}},
		"Auth0 and no slash": {URL: "https://corp.auth0.com", Audience: []string{audience}},
		"pointer as a name":  {URL: "https://id.example", Audience: []string{audience}, Claims: oidcauth.ClaimRules{Required: []claims.Path{claims.Name("/realm_access/roles")}}},
		"Entra's UserInfo":   {URL: entraV2, Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: infoIsDown()}},
		"Okta's UserInfo":    {URL: "https://corp.okta.com/oauth2/default", Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: infoIsDown()}},
		"nobody looked up":   {URL: "https://id.example", Audience: []string{audience}, Claims: oidcauth.ClaimRules{User: claims.Name("oid")}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, 1, warnings(t, oidcauth.Config{Issuers: []oidcauth.Issuer{iss}})) })
	}
}

func TestUserInfoOfOktaByItsClaimIsNoWarning(t *testing.T) {
	require.Zero(t, warnings(t, oidcauth.Config{Issuers: []oidcauth.Issuer{{
		URL: "https://corp.okta.com/oauth2/default", Audience: []string{audience}, Claims: oidcauth.ClaimRules{UserInfo: infoIsDown(), UserInfoSubject: claims.Name("uid")},
	}}}))
}

func TestNilIdentityIsNobody(t *testing.T) {
	var id *oidcauth.Identity
	require.Empty(t, id.Issuer()+id.Subject()+id.Tenant()+id.Name()+id.User().ID)
	require.True(t, id.Expires().IsZero())
	require.Empty(t, id.Claims().Names())
}

// The fix in a record must be that of the reason, not of another fault.
func TestRecordHoldsTheFixOfItsReason(t *testing.T) {
	s, records := logged(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("upn") })
	require.Equal(t, reason.WrongAudience, s.reason(t, s.Token("api://invoices", alice)))
	r := records()[len(records())-1]
	require.Contains(t, r, "wrong_audience")
	require.NotContains(t, r, "userinfo_not_configured")
	require.Equal(t, []any{"claim_missing"}, r["other_faults"])
}

func TestValueIsLoggedWhereThatIsSwitchedOn(t *testing.T) {
	for _, shown := range []bool{false, true} {
		s, records := logged(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.ShowClaimValues, c.Users = shown, usermap.NewTable()
		})
		require.Equal(t, reason.UserNotFound, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice-liddell"})))
		detail, ok := records()[0]["detail"].(string)
		require.True(t, ok)
		require.Equal(t, shown, strings.Contains(detail, "alice-liddell"))
	}
}

func TestOutageIsLoggedWithItsCause(t *testing.T) {
	s, records := logged(t, nil)
	s.Fail(oidctest.Discovery, oidctest.Fault{Status: http.StatusBadGateway})
	require.Equal(t, reason.KeysUnavailable, s.reason(t, s.Token(audience, alice)))
	require.Contains(t, records()[0]["detail"], "502")
}

func TestBearerTokenIsWhatHandlerReads(t *testing.T) {
	for _, h := range []string{"Bearer abc", "bearer abc", "BEARER   abc"} {
		token, err := oidcauth.BearerToken(withHeaders(h))
		require.NoError(t, err)
		require.Equal(t, "abc", token)
	}
	for _, h := range [][]string{nil, {"Basic abc"}, {"Bearer a b"}, {"Bearer a", "Bearer a"}} {
		_, err := oidcauth.BearerToken(withHeaders(h...))
		var refused *oidcauth.Error
		require.ErrorAs(t, err, &refused)
	}
}

// Advice on access tokens would make an operator accept the client's audience at the API.
func TestRefusedLogoutIsLoggedAsSuch(t *testing.T) {
	s, records := logged(t, nil) // without LogoutAudience
	require.Equal(t, http.StatusBadRequest, s.post(t, s.LogoutToken("orders-client", oidctest.Claims{"sub": "alice", "jti": "l-9"})))
	r := records()[0]
	require.Equal(t, []any{"logout_token_refused"}, r["hints"])
	require.EqualValues(t, http.StatusBadRequest, r["status"])
	facts, ok := r["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "l-9", facts["jti"])
}

func TestDiagnoseIntrospects(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*introspection)
		want   decision.Severity
	}{
		"knows nothing of it": {func(*introspection) {}, decision.Fine},
		"down":                {func(i *introspection) { i.err = errors.New("down") }, decision.Failing},
		"accepts anything": {func(i *introspection) {
			i.answers["knownbearer-diagnose"] = oidctest.Claims{"active": true}
		}, decision.Failing},
	} {
		t.Run(name, func(t *testing.T) {
			s, i := newOpaqueService(t, nil, nil)
			c.change(i)
			require.Equal(t, c.want, worst(s.auth.Diagnose(t.Context()))["introspection"])
		})
	}
}

func TestTypeOfACheckedClaimIsNamed(t *testing.T) {
	s, records := logged(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("level"), "3")}
	})
	require.Equal(t, reason.CheckFailed, s.reason(t, s.Token(audience, oidctest.Claims{"level": 3})))
	require.Contains(t, records()[0]["detail"], "number")
}
