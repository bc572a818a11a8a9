package oidcauth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// worst is the severity of each subject.
func worst(found []decision.Finding) map[string]decision.Severity {
	rank := map[decision.Severity]int{decision.Fine: 1, decision.Risky: 2, decision.Failing: 3}
	out := map[string]decision.Severity{}
	for _, f := range found {
		if rank[f.Severity] > rank[out[f.Subject]] {
			out[f.Subject] = f.Severity
		}
	}
	return out
}

func TestDiagnoseFindsNothingWrong(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		info, err := p.UserInfoClient()
		require.NoError(t, err)
		c.Issuers[0].Claims.UserInfo = info
		c.Users = usermap.NewTable()
	})
	found := s.auth.Diagnose(context.Background())
	require.Equal(t, map[string]decision.Severity{
		"configuration": decision.Fine, "discovery": decision.Fine, "keys": decision.Fine, "clock": decision.Fine,
		"userinfo": decision.Fine, "users": decision.Fine,
	}, worst(found), "%q", found)
}

func TestDiagnoseFindsWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		want   map[string]decision.Severity
	}{
		"discovery is down": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]decision.Severity{"discovery": decision.Failing, "keys": decision.Failing},
		},
		"discovery is down, keys are there": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]decision.Severity{"discovery": decision.Risky, "keys": decision.Fine},
		},
		"discovery of another issuer": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"https://other.example"}`})
			},
			map[string]decision.Severity{"discovery": decision.Failing},
		},
		"an odd key": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.JWKS, oidctest.Fault{Body: `{"keys":[{"kty":"oct","k":"AA"}]}`})
			},
			map[string]decision.Severity{"keys": decision.Failing},
		},
		"the clock is an hour off": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(-time.Hour) }
			},
			map[string]decision.Severity{"clock": decision.Failing},
		},
		"the clock is off within the leeway": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(30 * time.Second) }
			},
			map[string]decision.Severity{"clock": decision.Risky},
		},
		"UserInfo is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = infoIsDown() },
			map[string]decision.Severity{"userinfo": decision.Failing},
		},
		"UserInfo accepts everybody": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Claims.UserInfo = infoAnswers(`{"sub":"alice"}`)
			},
			map[string]decision.Severity{"userinfo": decision.Failing},
		},
		"the user store is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, errors.New("down") })
			},
			map[string]decision.Severity{"users": decision.Failing},
		},
		"the finder finds anybody": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
					return []usermap.User{{ID: "1", Enabled: true}}, nil
				})
			},
			map[string]decision.Severity{"users": decision.Failing},
		},
		"search by e-mail": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("email") },
			map[string]decision.Severity{"configuration": decision.Risky},
		},
		"insecure": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].InsecureSkipAudience = true },
			map[string]decision.Severity{"configuration": decision.Risky},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found := newService(t, c.change).auth.Diagnose(context.Background())
			got := worst(found)
			for subject, severity := range c.want {
				require.Equal(t, severity, got[subject], "%s: %q", subject, found)
			}
		})
	}
}
