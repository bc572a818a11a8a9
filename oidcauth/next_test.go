package oidcauth_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// succeeded returns the service with another configuration that continues its state.
func (s service) succeeded(t *testing.T, change func(*oidcauth.Config)) service {
	t.Helper()
	c := s.Config(audience)
	c.Logger = slog.New(slog.DiscardHandler)
	if change != nil {
		change(&c)
	}
	next, err := s.auth.Next(c)
	require.NoError(t, err)
	return service{s.Provider, next}
}

func TestNextContinuesTheStateOfAnIssuer(t *testing.T) {
	s := newService(t)
	good, revoked := s.Token(audience, alice), s.Token(audience, oidctest.Claims{"sub": "eve"})
	require.Empty(t, s.reason(t, good))
	require.NoError(t, s.auth.Revoke(t.Context(), revoked, ""))
	next := s.succeeded(t, nil)
	require.Empty(t, next.reason(t, good))
	require.EqualValues(t, 1, next.auth.Status().Caches[0].Misses)
	require.Equal(t, reason.TokenRevoked, next.reason(t, revoked))
	require.Equal(t, 1, s.Requests(oidctest.JWKS))

	later := s.Token(audience, oidctest.Claims{"sub": "mallory"})
	require.NoError(t, next.auth.Revoke(t.Context(), later, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, later), "the former one sees what the new one revokes")
}

// Each change of a rule applies to tokens that are cached, although the keys are not fetched again.
func TestNextJudgesCachedTokensByItsOwnRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*oidcauth.Config)
		want   reason.Reason
	}{
		"audience": {func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }, reason.WrongAudience},
		"check": {func(c *oidcauth.Config) {
			c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("sub"), "bob")}
		}, reason.CheckFailed},
		"user": {func(c *oidcauth.Config) {
			c.Users = usermap.NewTable(usermap.Entry{Value: "bob", User: usermap.User{ID: "1", Enabled: true}})
		}, reason.UserNotFound},
		"algorithm": {func(c *oidcauth.Config) { c.Issuers[0].Algorithms = []string{"ES256"} }, reason.AlgorithmRefused},
		"another application before it": {func(c *oidcauth.Config) {
			first := c.Issuers[0]
			first.Claims.Checks = []claims.Check{claims.Equals(claims.Name("sub"), "bob")}
			second := first
			second.Audience, second.Claims.Checks = []string{"api://second"}, nil
			c.Issuers = []oidcauth.Issuer{first, second}
		}, reason.CheckFailed},
		"no such issuer": {func(c *oidcauth.Config) { c.Issuers[0].URL = "https://another.example" }, reason.UnknownIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			token := s.Token(audience, alice)
			require.Empty(t, s.reason(t, token))
			next := s.succeeded(t, c.change)
			require.Equal(t, c.want, next.reason(t, token))
			require.Empty(t, s.reason(t, token), "the former one keeps its rules")
			require.Equal(t, c.want, next.reason(t, token), "and leaves no verdict for the new one")
			require.Equal(t, 1, s.Requests(oidctest.JWKS))
		})
	}
}

// The caller may use the memory of a Config again. It is compared with the values that the former one had.
func TestNextNoticesAConfigThatIsChangedInPlace(t *testing.T) {
	shared := []string{audience}
	s := newService(t, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Audience = shared }))
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token))
	shared[0] = "api://other"
	next := s.succeeded(t, func(c *oidcauth.Config) { c.Issuers[0].Audience = shared })
	require.Equal(t, reason.WrongAudience, next.reason(t, token))
}

func TestNextRefusesAFaultAndLeavesTheFormerOne(t *testing.T) {
	s := newService(t)
	next, err := s.auth.Next(oidcauth.Config{})
	require.Nil(t, next)
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
}

func TestNextWarnsOfAListThatReplacesItsOwn(t *testing.T) {
	logger, records := recorderAt(t, slog.LevelWarn)
	s := newService(t)
	warnings := func(change func(*oidcauth.Config)) (n int) {
		before := len(records())
		s.succeeded(t, func(c *oidcauth.Config) {
			c.Logger = logger
			change(c)
		})
		for _, r := range records()[before:] {
			if strings.Contains(r["msg"].(string), "not shared") {
				n++
			}
		}
		return n
	}
	require.Zero(t, warnings(func(*oidcauth.Config) {}))
	require.Equal(t, 1, warnings(func(c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{} }))
}

// A connection is verified by the configuration that is in use, and not by the one that began it.
func TestWatchGoesOnWithTheNewConfiguration(t *testing.T) {
	s := newService(t, withConfig(func(c *oidcauth.Config) { c.WatchInterval = 1e9 }))
	ctx, cancel := s.auth.Watch(withHeaders("Bearer " + s.Token(audience, alice)))
	defer cancel()
	next := s.succeeded(t, func(c *oidcauth.Config) {
		c.WatchInterval = 1e9
		c.Issuers[0].Audience = []string{"api://other"}
	})
	next.auth.Reloaded(t.Context(), decision.Reload{Source: "settings.json"})
	<-ctx.Done()
	var refused *oidcauth.Error
	require.ErrorAs(t, context.Cause(ctx), &refused)
	require.Equal(t, reason.WrongAudience, refused.Reason)
}

// Events of the keys that both use come to the one in use.
func TestReloadedMovesTheEventsOfKeys(t *testing.T) {
	var first, second atomic.Int64
	count := func(n *atomic.Int64) func(context.Context, decision.Event) {
		return func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Fetched {
				n.Add(1)
			}
		}
	}
	s := newService(t, withConfig(func(c *oidcauth.Config) { c.OnEvent = count(&first) }))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	before := first.Load()
	require.Positive(t, before)
	next := s.succeeded(t, func(c *oidcauth.Config) { c.OnEvent = count(&second) })
	next.auth.Reloaded(t.Context(), decision.Reload{Source: "settings.json"})
	require.NoError(t, s.Rotate("RS256"))
	require.Empty(t, next.reason(t, s.Token(audience, alice)))
	require.Positive(t, second.Load())
	require.Equal(t, before, first.Load())
}

func TestReloadedIsToldToEveryone(t *testing.T) {
	logger, records := recorderAt(t, slog.LevelInfo)
	var told []decision.Event
	s := newService(t, withLogger(logger), withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) { told = append(told, e) }
	}))
	require.Nil(t, s.auth.Status().Reload)
	// The text is too long, and a character of two bytes is where it is cut.
	fault := decision.Reload{Source: "settings.json", Configuration: "8a7f", Fault: "line 3\n" + strings.Repeat("xé", 1<<20)}
	s.auth.Reloaded(t.Context(), fault)
	require.Len(t, told, 1)
	require.Equal(t, decision.Reloaded, told[0].Kind)
	got := s.auth.Status().Reload
	require.Equal(t, told[0].Reload, got)
	require.Less(t, len(got.Fault), 5000)
	require.NotContains(t, got.Fault, "\n")
	require.True(t, utf8.ValidString(got.Fault))
	require.Equal(t, "ERROR", records()[0]["level"])
}
