package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// worst returns the greatest severity of each subject.
func worst(found []decision.Finding) map[string]decision.Outcome {
	rank := map[decision.Outcome]int{decision.Passed: 1, decision.Risky: 2, decision.Failed: 3}
	out := map[string]decision.Outcome{}
	for _, f := range found {
		if rank[f.Outcome] > rank[out[f.Subject]] {
			out[f.Subject] = f.Outcome
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
	require.Equal(t, map[string]decision.Outcome{
		"configuration": decision.Passed, "discovery": decision.Passed, "keys": decision.Passed, "clock": decision.Passed,
		"userinfo": decision.Passed, "users": decision.Passed,
	}, worst(found), "%q", found)
}

func TestDiagnoseFindsFaults(t *testing.T) {
	cases := map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		want   map[string]decision.Outcome
	}{
		"discovery is down": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]decision.Outcome{"discovery": decision.Failed, "keys": decision.Failed},
		},
		"discovery is down, keys are there": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
			},
			map[string]decision.Outcome{"discovery": decision.Risky, "keys": decision.Passed},
		},
		"discovery of another issuer": {
			func(p *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
				p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"https://other.example"}`})
			},
			map[string]decision.Outcome{"discovery": decision.Failed},
		},
		"an odd key": {
			func(p *oidctest.Provider, _ *oidcauth.Config) {
				p.Fail(oidctest.JWKS, oidctest.Fault{Body: `{"keys":[{"kty":"oct","k":"AA"}]}`})
			},
			map[string]decision.Outcome{"keys": decision.Failed},
		},
		"the clock is an hour off": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(-time.Hour) }
			},
			map[string]decision.Outcome{"clock": decision.Failed},
		},
		"the clock is off within the leeway": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Now = func() time.Time { return time.Now().Add(30 * time.Second) }
			},
			map[string]decision.Outcome{"clock": decision.Risky},
		},
		"UserInfo is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = infoIsDown() },
			map[string]decision.Outcome{"userinfo": decision.Failed},
		},
		"UserInfo accepts every token": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Issuers[0].Claims.UserInfo = infoAnswers(`{"sub":"alice"}`)
			},
			map[string]decision.Outcome{"userinfo": decision.Failed},
		},
		"the user store is down": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return nil, errors.New("down") })
			},
			map[string]decision.Outcome{"users": decision.Failed},
		},
		"the finder finds every user": {
			func(_ *oidctest.Provider, c *oidcauth.Config) {
				c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
					return []usermap.User{{ID: "1", Enabled: true}}, nil
				})
			},
			map[string]decision.Outcome{"users": decision.Failed},
		},
		"search by e-mail": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("email") },
			map[string]decision.Outcome{"configuration": decision.Risky},
		},
		"insecure": {
			func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].InsecureSkipAudience = true },
			map[string]decision.Outcome{"configuration": decision.Risky},
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

// falling is a source that panics.
type falling struct{ certsource.Source }

func (falling) Keys(certsource.Query) ([]certsource.Key, error) { panic("keys") }

// A panic on a goroutine of the library would end the process, because no recover of a handler reaches it.
func TestPanicsOfTheServicesOwnCodeAreFindings(t *testing.T) {
	panics := usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { panic("users") })
	for subject, change := range map[string]func(*oidcauth.Config){
		"keys":  func(c *oidcauth.Config) { c.Issuers[0].Keys = falling{} },
		"users": func(c *oidcauth.Config) { c.Users = panics },
		"userinfo": func(c *oidcauth.Config) {
			c.Issuers[0].Claims.UserInfo = infoFunc(func() (claims.Set, error) { panic("userinfo") })
		},
	} {
		t.Run(subject, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { change(c) })
			found := worst(s.auth.Diagnose(t.Context()))
			require.Equal(t, decision.Failed, found[subject])
			for _, other := range []string{"configuration", "discovery", "users", "userinfo"} {
				if other != subject {
					require.Equal(t, decision.Passed, found[other], other)
				}
			}
			var fault *oidcauth.NotReadyError
			require.Equal(t, subject == "keys", errors.As(s.auth.Ready(t.Context()), &fault))
		})
	}
}

// Diagnose fetches only those URLs of a discovery document that the rules permit, and prints them without control characters.
func TestDiagnoseFetchesNoForbiddenURLOfTheProvider(t *testing.T) {
	for name, keys := range map[string]string{
		"plain http": "http://internal.example/keys", "a file": "file:///etc/passwd", "user info": "https://user:secret-4711@idp.example/keys",
		"no URL": "\\u001b[2J\\u202e", "metadata service": "http://169.254.169.254/latest/meta-data/",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set(idpDiscovery, answer{body: `{"issuer":"` + idp + `","jwks_uri":"` + keys + `"}`})
			w.start(t, nil)
			found := w.auth.Diagnose(t.Context())
			require.Equal(t, decision.Failed, worst(found)["keys"])
			require.Error(t, w.auth.Ready(t.Context()))
			require.Empty(t, w.strays())
			require.NotContains(t, fmt.Sprint(found), "\x1b")
			require.NotContains(t, fmt.Sprint(found), "\u202e")
			require.NotContains(t, fmt.Sprint(found), "secret-4711")
		})
	}
}

// Repeated calls of Ready ask the provider no more often than tokens would.
func TestReadinessProbesDoNotFloodAProviderThatIsDown(t *testing.T) {
	w := newWorld(t)
	w.set(idpDiscovery, answer{status: 500, body: strings.Repeat("x", 1<<20)})
	w.start(t, func(c *oidcauth.Config) {
		c.Issuers[0].Keys = certsource.Discovered{Refresh: certsource.Refresh{Wait: -1}}
	})
	for range 100 {
		require.Error(t, w.auth.Ready(t.Context()))
	}
	require.LessOrEqual(t, w.count(idpDiscovery), 3)
}

func TestDiagnoseIntrospects(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*introspection)
		want   decision.Outcome
	}{
		"knows nothing of it": {func(*introspection) {}, decision.Passed},
		"down":                {func(i *introspection) { i.err = errors.New("down") }, decision.Failed},
		"accepts anything": {func(i *introspection) {
			i.answers["knownbearer-diagnose"] = oidctest.Claims{"active": true}
		}, decision.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil))
			c.change(i)
			require.Equal(t, c.want, worst(s.auth.Diagnose(t.Context()))["introspection"])
		})
	}
}
