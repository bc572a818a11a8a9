package oidcauth_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// The shadow uses the answers that the configuration in effect got. It sends no request itself, and asks no user store.
func TestShadowCausesNoCall(t *testing.T) {
	var lookups atomic.Int64
	users := usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
		lookups.Add(1)
		return []usermap.User{person("1", true)}, nil
	})
	var store usermap.Finder = &users
	options := func(shadow option) []option {
		return []option{withClient(t, nil), withConfig(func(c *oidcauth.Config) {
			c.Users = store
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		}), shadow}
	}
	count := func(shadow option) map[any]int {
		lookups.Store(0)
		p := oidctest.New(t)
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
		s := serviceOf(t, p, options(shadow)...)
		sent := uint64(0)
		for range 3 {
			for _, token := range []string{p.Token(audience, alice), p.Opaque(audience, alice), "unknown"} {
				reasonOf(t, s.auth, withHeaders("Bearer "+token))
				sent++
			}
		}
		if shadow != nil {
			require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == sent }, 10*time.Second, time.Millisecond)
			require.Zero(t, s.auth.Status().Shadow.Changes[decision.ShadowUnknown])
			require.EqualValues(t, 6, s.auth.Status().Shadow.Changes[decision.ShadowRefuses])
		}
		out := map[any]int{"users": int(lookups.Load())}
		for _, e := range []oidctest.Endpoint{oidctest.Discovery, oidctest.JWKS, oidctest.UserInfo, oidctest.Introspection} {
			out[e] = p.Requests(e)
		}
		return out
	}
	require.Equal(t, count(nil), count(withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("email"), "bob@example.com")}
	})))
}

// A shadow that needs another answer than the configuration in effect got does not ask for it.
func TestShadowThatNeedsAnotherAnswerIsUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		live   option
		shadow func(*oidctest.Provider, *oidcauth.Config)
		token  func(*oidctest.Provider) string
		step   string
	}{
		"UserInfo": {shadow: func(p *oidctest.Provider, c *oidcauth.Config) {
			withClient(t, nil)(p, c)
			c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
		}, step: "claims"},
		"introspection by another client": {live: withClient(t, nil), shadow: func(p *oidctest.Provider, c *oidcauth.Config) {
			withClient(t, nil)(p, c)
		}, token: func(p *oidctest.Provider) string { return p.Opaque(audience, alice) }, step: "introspection"},
		"introspection of JWTs": {live: withClient(t, nil), shadow: func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Introspection.JWTs = true
		}, step: "introspection"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			p.SetUserInfo("alice", oidctest.Claims{"email": "alice@example.com"})
			s := shadowedOf(t, p, c.live, withShadow(func(other *oidcauth.Config) { c.shadow(p, other) }))
			token := p.Token(audience, alice)
			if c.token != nil {
				token = c.token(p)
			}
			why, got := s.judge(t, token)
			require.Empty(t, why)
			require.Equal(t, decision.ShadowUnknown, got.Change)
			require.Equal(t, c.step, got.Step)
			require.Zero(t, p.Requests(oidctest.UserInfo))
			require.LessOrEqual(t, p.Requests(oidctest.Introspection), 1)
		})
	}
}

// While the provider of the shadow hangs, no client waits, and its keys are requested once.
func TestHangingProviderOfAShadowDelaysNoClient(t *testing.T) {
	other := oidctest.New(t)
	other.Fail(oidctest.JWKS, oidctest.Fault{Hang: true})
	t.Cleanup(other.Resume)
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) {
		c.Issuers = append(c.Issuers, other.Config(audience).Issuers...)
	}))
	foreign := other.Token(audience, alice)
	own := s.Token(audience, alice)
	for range 500 { // each request ends, although the provider never answers
		require.Equal(t, reason.UnknownIssuer, s.reason(t, foreign))
		require.Empty(t, s.reason(t, own))
	}
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
	require.LessOrEqual(t, len(s.told), 1000)
	other.Fail(oidctest.JWKS, oidctest.Fault{})
	other.Resume()
	require.Eventually(t, func() bool {
		s.reason(t, foreign)
		return s.auth.Status().Shadow.Changes[decision.ShadowAccepts] > 0
	}, 10*time.Second, time.Millisecond)
	require.LessOrEqual(t, other.Requests(oidctest.JWKS), 3, "the limit of the source")
}

// At most 64 requests are judged at once, however long the code of the shadow takes. The others are skipped, and their clients do not wait.
func TestShadowThatHangsIsBounded(t *testing.T) {
	release := make(chan struct{})
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.CheckFunc("hangs", claims.Name("sub"), func(claims.Value) bool {
			<-release
			return true
		})}
	}))
	token := s.Token(audience, alice)
	for range 1000 {
		require.Empty(t, s.reason(t, token))
	}
	require.EqualValues(t, 1000-64, s.auth.Status().Shadow.Skipped)
	close(release)
	require.Eventually(t, func() bool { return s.auth.Status().Shadow.Judged == 64 }, 10*time.Second, time.Millisecond)
}

func TestPanicOfAShadowIsContained(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.CheckFunc("breaks", claims.Name("sub"), func(claims.Value) bool { panic("broken") })}
	}))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Eventually(t, func() bool { return len(records()) == 1 }, 10*time.Second, time.Millisecond)
	require.Equal(t, "panicked", records()[0]["event"])
	require.Equal(t, "Shadow", records()[0]["called"])
}

// A panic of OnEvent about a cached verdict does not end the request either.
func TestPanicOfOnEventAboutAShadowIsContained(t *testing.T) {
	var told atomic.Int64
	s := newService(t, withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				told.Add(1)
				panic("broken")
			}
		}
	}), withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	token := s.Token(audience, alice)
	for n := range int64(3) {
		require.Empty(t, s.reason(t, token))
		require.Eventually(t, func() bool { return told.Load() == n+1 }, 10*time.Second, time.Millisecond)
	}
}
