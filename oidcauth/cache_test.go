package oidcauth_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/keybind"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// A cached token is refused as soon as full verification would refuse it.
func TestCachedTokenEndsAtItsExpiry(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(2 * time.Minute).Unix(), "nbf": s.Now().Unix()})
	require.Empty(t, s.reason(t, token))
	require.Empty(t, s.reason(t, token))
	require.EqualValues(t, 1, s.auth.Status().Caches[0].Hits)
	s.Advance(3*time.Minute + 2*time.Second)
	require.Equal(t, reason.Expired, s.reason(t, token))
	s.Advance(-10 * time.Minute)
	require.Equal(t, reason.NotYetValid, s.reason(t, token), "the clock was set back")
}

// A request is either a hit or a miss, even if it waits for the verification of the same token by another request.
func TestEachRequestIsCountedOnce(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.EqualValues(t, 1, s.auth.Status().Caches[0].Misses)
	require.Empty(t, s.reason(t, token))
	require.EqualValues(t, 1, s.auth.Status().Caches[0].Misses)
	require.EqualValues(t, 1, s.auth.Status().Caches[0].Hits)

	token = s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "2"})
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { assert.Empty(t, s.reason(t, token)) })
	}
	wg.Wait()
	stats := s.auth.Status().Caches[0]
	require.EqualValues(t, 32, stats.Hits+stats.Misses)

	expired := s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-time.Hour).Unix()})
	require.Equal(t, reason.Expired, s.reason(t, expired))
	require.Equal(t, reason.Expired, s.reason(t, expired))
	require.Equal(t, stats.Misses+2, s.auth.Status().Caches[0].Misses, "what is refused is not kept")
}

// keyring is a source of the application whose keys can be removed.
type keyring struct {
	certsource.Source
	gone atomic.Bool
	err  error
}

func (k *keyring) Keys(q certsource.Query) ([]certsource.Key, error) {
	if k.gone.Load() {
		return nil, k.err
	}
	return k.Source.Keys(q)
}

func TestCachedTokenEndsWithItsKey(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want reason.Reason
	}{
		"removed":     {certsource.ErrNoKey, reason.KeyNotFound},
		"unreachable": {errors.New("down"), reason.KeysUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			keys := &keyring{err: c.err}
			s := newService(t, func(p *oidctest.Provider, config *oidcauth.Config) {
				bound, err := keybind.Bind(certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}, keybind.Binding{Issuer: p.Issuer(), Now: p.Now})
				require.NoError(t, err)
				refresher, ok := bound.(certsource.Refresher)
				require.True(t, ok)
				require.NoError(t, refresher.Refresh(t.Context(), certsource.Query{}))
				keys.Source = bound
				config.Issuers[0].Keys = keys
			})
			token := s.Token(audience, alice)
			require.Empty(t, s.reason(t, token))
			keys.gone.Store(true)
			s.Advance(time.Second)
			require.Equal(t, c.want, s.reason(t, token))
			keys.gone.Store(false)
			require.Empty(t, s.reason(t, token))
		})
	}
}

func TestCachedTokenIsRefusedAfterItsRevocation(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The user is looked up at each request, unless a lifetime is set.
func TestUserOfACachedTokenIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		age     time.Duration
		want    reason.Reason
		lookups int64
	}{
		"at each request": {0, reason.UserDisabled, 2},
		"for a minute":    {time.Minute, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var lookups atomic.Int64
			var disabled atomic.Bool
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Cache.UserMaxAge = c.age
				config.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
					lookups.Add(1)
					return []usermap.User{person("7", !disabled.Load())}, nil
				})
			})
			token := s.Token(audience, alice)
			require.Empty(t, s.reason(t, token))
			disabled.Store(true)
			require.Equal(t, c.want, s.reason(t, token))
			require.Equal(t, c.lookups, lookups.Load())
			s.Advance(time.Minute)
			require.Equal(t, reason.UserDisabled, s.reason(t, token))
		})
	}
}

// Checks apply to UserInfo's current answer, not to its answer when the token was new.
func TestClaimsOfACachedTokenAreResolvedAgain(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, config *oidcauth.Config) {
		info, err := p.UserInfoClient()
		require.NoError(t, err)
		p.SetUserInfo("alice", oidctest.Claims{"level": "staff"})
		config.Issuers[0].Claims.UserInfo = info
		config.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("level"), "staff")}
		config.Cache.MaxAge = time.Hour
	})
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(time.Hour).Unix()})
	require.Empty(t, s.reason(t, token))
	s.SetUserInfo("alice", oidctest.Claims{"level": "guest"})
	s.Advance(5 * time.Minute)
	require.Equal(t, reason.CheckFailed, s.reason(t, token))
}

func TestRefusedTokensAreNotCached(t *testing.T) {
	s := newService(t, nil)
	for i := range 50 {
		s.reason(t, s.Token("api://invoices", oidctest.Claims{"n": i}))
		s.reason(t, s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"aud": audience, "n": i}, Header: map[string]any{"kid": "x"}}))
	}
	require.Zero(t, s.auth.Status().Caches[0].Entries)
}

func TestCachedTokensAreBoundedAndTheCacheCanBeDisabled(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Cache.Entries = 64 })
	for i := range 300 {
		require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"n": i})))
	}
	require.LessOrEqual(t, s.auth.Status().Caches[0].Entries, 64)
	s = newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Cache.Disabled = true })
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Equal(t, oidcauth.CacheStatus{Cache: "tokens"}, s.auth.Status().Caches[0])
}

func TestConcurrentFirstRequestsWithOneToken(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			_, err := s.auth.Check(withHeaders("Bearer " + token))
			assert.NoError(t, err, fmt.Sprint(i))
		})
	}
	wg.Wait()
	require.Equal(t, 1, s.auth.Status().Caches[0].Entries)
	require.Equal(t, 1, s.Requests(oidctest.JWKS))
}

func TestCacheWithATooLongMaxAgeIsRefused(t *testing.T) {
	for _, c := range []oidcauth.Cache{{MaxAge: 2 * time.Hour}, {MaxAge: -1}, {UserMaxAge: 2 * time.Hour}} {
		_, err := oidcauth.New(oidcauth.Config{Cache: c, Issuers: []oidcauth.Issuer{{URL: "https://a.example", Audience: []string{"x"}}}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
	}
}
