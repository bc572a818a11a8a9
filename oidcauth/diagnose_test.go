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
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// worst is the severity of each subject.
func worst(found []oidcauth.Finding) map[string]oidcauth.Severity {
	rank := map[oidcauth.Severity]int{oidcauth.Fine: 1, oidcauth.Risky: 2, oidcauth.Failing: 3}
	out := map[string]oidcauth.Severity{}
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
		c.Issuers[0].UserInfo = info
		c.Users = usermap.NewTable()
	})
	found := s.auth.Diagnose(context.Background())
	require.Equal(t, map[string]oidcauth.Severity{
		"configuration": oidcauth.Fine, "discovery": oidcauth.Fine, "keys": oidcauth.Fine, "clock": oidcauth.Fine,
		"userinfo": oidcauth.Fine, "users": oidcauth.Fine,
	}, worst(found), "%q", found)
}

func TestDiagnoseFindsWhatIsWrong(t *testing.T) {
	cases := map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		want   map[string]oidcauth.Severity
	}{
		"discovery is down": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]oidcauth.Severity{"discovery": oidcauth.Failing, "keys": oidcauth.Failing},
		},
		"discovery is down, keys are there": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]oidcauth.Severity{"discovery": oidcauth.Risky, "keys": oidcauth.Fine},
		},
		"discovery of another issuer": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"https://other.example"}`})
			},
			map[string]oidcauth.Severity{"discovery": oidcauth.Failing},
		},
		"an odd key": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.JWKS, oidctest.Fault{Body: `{"keys":[{"kty":"oct","k":"AA"}]}`})
			},
			map[string]oidcauth.Severity{"keys": oidcauth.Failing},
		},
		"the clock is an hour off": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(-time.Hour) }
			},
			map[string]oidcauth.Severity{"clock": oidcauth.Failing},
		},
		"the clock is off within the leeway": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(30 * time.Second) }
			},
			map[string]oidcauth.Severity{"clock": oidcauth.Risky},
		},
		"UserInfo is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].UserInfo = infoIsDown() },
			map[string]oidcauth.Severity{"userinfo": oidcauth.Failing},
		},
		"UserInfo accepts everybody": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].UserInfo = infoAnswers(`{"sub":"alice"}`) },
			map[string]oidcauth.Severity{"userinfo": oidcauth.Failing},
		},
		"the user store is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, errors.New("down") })
			},
			map[string]oidcauth.Severity{"users": oidcauth.Failing},
		},
		"the finder finds anybody": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
					return []usermap.User{{ID: "1", Enabled: true}}, nil
				})
			},
			map[string]oidcauth.Severity{"users": oidcauth.Failing},
		},
		"search by e-mail": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Search = claims.Name("email") },
			map[string]oidcauth.Severity{"configuration": oidcauth.Risky},
		},
		"insecure": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].InsecureSkipAudience = true },
			map[string]oidcauth.Severity{"configuration": oidcauth.Risky},
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
