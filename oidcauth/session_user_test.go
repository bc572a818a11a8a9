package oidcauth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// countedUsers finds each user, counts the lookups, and can disable all users.
type countedUsers struct {
	lookups  int
	disabled bool
}

func (u *countedUsers) FindUsers(_ context.Context, q usermap.Query) ([]usermap.User, error) {
	u.lookups++
	return []usermap.User{{ID: "user-" + q.Value, Enabled: !u.disabled}}, nil
}

func withUsers(u usermap.Finder, age time.Duration) option {
	return withConfig(func(c *oidcauth.Config) { c.Users, c.Cache.UserMaxAge = u, age })
}

// The user of a session is looked up at each request, unless a lifetime is set. A login and a refresh always look up the user.
func TestUserOfASessionIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		age     time.Duration
		change  func(*oidcauth.Config)
		want    reason.Reason
		lookups int
	}{
		"at each request":       {0, nil, reason.UserDisabled, 2},
		"for a minute":          {time.Minute, nil, "", 1},
		"the cache is disabled": {time.Minute, func(c *oidcauth.Config) { c.Cache.Disabled = true }, reason.UserDisabled, 2},
	} {
		t.Run(name, func(t *testing.T) {
			users := &countedUsers{}
			s := newService(t, withUsers(users, c.age), func(_ *oidctest.Provider, config *oidcauth.Config) {
				if c.change != nil {
					c.change(config)
				}
			})
			e := s.mustSignIn(t, nil)
			users.disabled = true
			_, got := s.resume(t, e)
			require.Equal(t, c.want, got)
			require.Equal(t, c.lookups, users.lookups)
			_, _, got = s.signIn(t, s.granted(nil))
			require.Equal(t, reason.UserDisabled, got)
			_, _, got = s.signIn(t, s.refreshed(e, nil))
			require.Equal(t, reason.UserDisabled, got)
			s.Advance(time.Minute)
			_, got = s.resume(t, e)
			require.Equal(t, reason.UserDisabled, got)
		})
	}
}

// The sessions of one user share the cached user, and those of other users have their own.
func TestCachedUserIsThatOfTheSession(t *testing.T) {
	users := &countedUsers{}
	s := newService(t, withUsers(users, time.Minute))
	for range 2 {
		for _, sub := range []string{"alice", "bob"} {
			id, got := s.resume(t, s.mustSignIn(t, oidctest.Claims{"sub": sub}))
			require.Empty(t, got)
			require.Equal(t, "user-"+sub, id.User().ID)
		}
	}
	require.Equal(t, 4, users.lookups, "one for each login")
}

// A new configuration with other users does not use the cached ones.
func TestCachedUserEndsWithItsUserStore(t *testing.T) {
	s := newService(t, withUsers(&countedUsers{}, time.Minute))
	e := s.mustSignIn(t, nil)
	c := s.Config(audience)
	c.Users, c.Cache.UserMaxAge = usermap.NewTable(), time.Minute
	next, err := s.auth.Next(c)
	require.NoError(t, err)
	next.Reloaded(t.Context(), decision.Reload{Source: "test"})
	_, got := s.resume(t, e)
	require.Equal(t, reason.UserNotFound, got)
}

func TestCachedUsersOfSessionsAreBounded(t *testing.T) {
	users := &countedUsers{}
	s := newService(t, withUsers(users, time.Minute), withConfig(func(c *oidcauth.Config) { c.Cache.Entries = 64 }))
	var all []signin.Evidence
	for i := range 300 {
		all = append(all, s.mustSignIn(t, oidctest.Claims{"sub": fmt.Sprintf("user %d", i)}))
	}
	users.lookups = 0
	for _, e := range all {
		_, got := s.resume(t, e)
		require.Empty(t, got)
	}
	require.GreaterOrEqual(t, users.lookups, 300-64)
}
