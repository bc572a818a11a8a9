package oidcauth_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// A clock that was set back does not lengthen the life of a cached answer: its age is then unknown.
func TestClockSetBackDoesNotProlongAnOpaqueToken(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client))
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, client.Revoke(t.Context(), token, ""))
	s.Advance(-time.Hour)
	require.Equal(t, reason.TokenInactive, s.reason(t, token))
}

func TestClockSetBackDoesNotProlongAnAnswerOfUserInfo(t *testing.T) {
	var client *provider.Client
	s := newService(t, withClient(t, &client), func(p *oidctest.Provider, c *oidcauth.Config) {
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
		c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
	})
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	asked := s.Requests(oidctest.UserInfo)
	require.NoError(t, client.Revoke(t.Context(), token, ""))
	s.Advance(-time.Hour)
	require.Equal(t, reason.TokenInactive, s.reason(t, token))
	jwt := s.Token(audience, alice)
	require.Empty(t, s.reason(t, jwt))
	s.Advance(-time.Hour)
	require.Empty(t, s.reason(t, jwt))
	require.Equal(t, asked+2, s.Requests(oidctest.UserInfo))
}

func TestClockSetBackDoesNotProlongACachedUser(t *testing.T) {
	enabled := true
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Cache.UserMaxAge, c.Cache.MaxAge = time.Minute, time.Hour
		c.Issuers[0].Leeway = oidcauth.Exactly(10 * time.Minute)
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			return []usermap.User{person("7", enabled)}, nil
		})
	})
	token := s.Token(audience, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(time.Hour).Unix()})
	require.Empty(t, s.reason(t, token))
	s.Advance(2 * time.Second)
	require.Empty(t, s.reason(t, token))
	s.Advance(58 * time.Second)
	require.Empty(t, s.reason(t, token), "looked up again, a minute after the token was first seen")
	enabled = false
	s.Advance(-30 * time.Second)
	require.Equal(t, reason.UserDisabled, s.reason(t, token))
}

// A deny list with its own clock keeps its entries.
func TestClockSetBackRemovesNoRevocation(t *testing.T) {
	s := newService(t, nil)
	token := s.Token(audience, alice)
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	for _, by := range []time.Duration{-time.Hour, -300 * 24 * time.Hour} {
		s.Advance(by)
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
}

// The keys were fetched and a token was cached while the clock was 300 days ahead. Neither is used after the clock was
// corrected.
func TestWithdrawnKeyIsRefusedAfterTheClockWasSetBack(t *testing.T) {
	const ahead = 300 * 24 * time.Hour
	s := newService(t, nil)
	s.Advance(ahead)
	token := s.Forge(claimsOf(oidctest.Claims{"iat": nil, "nbf": nil, "exp": s.Now().Add(ahead).Unix()}))
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.Rotate("ES256"))
	s.Retire()
	s.Advance(-ahead)
	require.Eventually(t, func() bool {
		s.Advance(time.Second) // right after the clock was set, the budget of fetches is empty
		return s.reason(t, token) == reason.KeyNotFound
	}, 10*time.Second, time.Millisecond)
}

// After the clock was set back, neither a withdrawn key nor a token that is not yet valid is accepted.
func TestCachedTokenAfterTheClockWasSetBack(t *testing.T) {
	key := certsource.Key{ID: "k1", Public: es256().public, Issuer: idp}
	gone := key
	gone.Issuer = "https://other.example"
	source := &changing{}
	source.key.Store(&key)
	w := newWorld(t)
	w.start(t, func(config *oidcauth.Config) { config.Issuers[0].Keys = source })
	c := verdict{claims: obj{"nbf": inSeconds(-60)}}
	token := c.token()
	require.Empty(t, w.judge(t, c.request(), token))
	source.key.Store(&gone)
	w.advance(-time.Second)
	require.Equal(t, reason.KeyNotFound, w.judge(t, c.request(), token))
	source.key.Store(&key)
	require.Empty(t, w.judge(t, c.request(), token))
	w.advance(-3 * time.Minute)
	require.Equal(t, reason.NotYetValid, w.judge(t, c.request(), token))
}

// However often the clock is set back, a cached token is verified again after MaxAge at most.
func TestCachedTokenIsVerifiedAgainAfterTheClockWasSetBack(t *testing.T) {
	w := newWorld(t)
	w.start(t, nil)
	token, bearer := verdict{}.token(), verdict{}.request()
	hits := func() uint64 { return w.auth.Status().Caches[0].Hits }
	for _, c := range []struct {
		by   time.Duration
		kept bool
	}{{0, false}, {0, true}, {-10 * time.Minute, false}, {0, true}, {4 * time.Minute, true}, {-time.Hour, false}, {time.Minute, true}} {
		before := hits()
		w.advance(c.by)
		require.Empty(t, w.judge(t, bearer, token))
		require.Equal(t, c.kept, hits() > before, c.by)
	}
}
