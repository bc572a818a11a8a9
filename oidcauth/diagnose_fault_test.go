package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// falling is a source that panics.
type falling struct{ certsource.Source }

func (falling) Keys(certsource.Query) ([]certsource.Key, error) { panic("keys") }

// A panic on a goroutine of the library would end the process: no handler's recover reaches it.
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
			require.Equal(t, decision.Failing, found[subject])
			for _, other := range []string{"configuration", "discovery", "users", "userinfo"} {
				if other != subject {
					require.Equal(t, decision.Fine, found[other], other)
				}
			}
			var fault *oidcauth.NotReadyError
			require.Equal(t, subject == "keys", errors.As(s.auth.Ready(t.Context()), &fault))
		})
	}
}

// Whom a discovery document names is asked within the rules, or not at all, and repeated without what could steer.
func TestDiagnoseIsLedNowhereByTheProvider(t *testing.T) {
	for name, keys := range map[string]string{
		"plain http": "http://internal.example/keys", "a file": "file:///etc/passwd", "user info": "https://user:secret-4711@idp.example/keys",
		"no URL": "\\u001b[2J\\u202e", "metadata service": "http://169.254.169.254/latest/meta-data/",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.set(idpDiscovery, answer{body: `{"issuer":"` + idp + `","jwks_uri":"` + keys + `"}`})
			w.start(t, nil)
			found := w.auth.Diagnose(t.Context())
			require.Equal(t, decision.Failing, worst(found)["keys"])
			require.Error(t, w.auth.Ready(t.Context()))
			require.Empty(t, w.strays())
			require.NotContains(t, fmt.Sprint(found), "\x1b")
			require.NotContains(t, fmt.Sprint(found), "\u202e")
			require.NotContains(t, fmt.Sprint(found), "secret-4711")
		})
	}
}

// Being asked for readiness again and again asks the provider no more often than tokens would.
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
