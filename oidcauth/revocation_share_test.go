package oidcauth_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// share is the quota: the number of entries of one user that the list stores one by one.
const share = 100

// recording is a list that records its new entries.
type recording struct {
	denylist.Memory
	mu    sync.Mutex
	added []denylist.Entry
}

func (l *recording) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	l.mu.Lock()
	l.added = append(l.added, e)
	l.mu.Unlock()
	return l.Memory.Add(ctx, e)
}

// kinds counts the keys that were added, by their kind.
func (l *recording) kinds() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys, out := map[string]bool{}, map[string]int{}
	for _, e := range l.added {
		if !keys[e.Key] {
			keys[e.Key] = true
			out[e.Key[:2]]++
		}
	}
	return out
}

func TestRevocationsOfOneUserAreBounded(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	list.Entries = share + 2
	var revoked []string
	for n := range 3 * share {
		token := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n), "exp": s.Now().Add(time.Hour).Unix()})
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
		revoked = append(revoked, token)
	}
	for _, token := range revoked {
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.NoError(t, s.auth.Revoke(t.Context(), revoked[0], ""), "one that is kept is kept on")
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "bob"}), ""))
	require.Equal(t, map[string]int{"t:": share + 1, "u:": 1}, list.kinds())
	s.Advance(time.Second)
	require.Empty(t, s.reason(t, s.Token(audience, alice)), "issued since")
}

// An entry for the user cannot cover tokens without iat. Their revocations are stored one by one, and fail beyond the limit.
func TestRevocationThatNoEntryOfAUserCoversIsStored(t *testing.T) {
	for name, odd := range map[string]oidctest.Claims{
		"no user":          {"sub": nil},
		"no iat":           {"iat": nil},
		"iat in 5 minutes": {"iat": time.Now().Add(5 * time.Minute).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			list := &recording{}
			s := newService(t, withES256(t), withLogout, withRecordingList(list))
			for n := range share + 5 {
				token := s.Token(audience, merged(oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n)}, odd))
				require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
				require.Equal(t, reason.TokenRevoked, s.reason(t, token))
			}
			require.Equal(t, map[string]int{"t:": share + 5}, list.kinds())
		})
	}
}

// A client may request any number of tokens that name no user.
func TestRevocationsOfOneClientAreBounded(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	machine := func(client string, n int) string {
		return s.Token(audience, oidctest.Claims{"sub": nil, "client_id": client, "jti": fmt.Sprint(n)})
	}
	last := machine("robot", -1)
	for n := range share + 5 {
		token := machine("robot", n)
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Equal(t, map[string]int{"t:": share, "c:": 1}, list.kinds())
	require.Equal(t, reason.TokenRevoked, s.reason(t, last), "too many rather than one too few")
	require.Empty(t, s.reason(t, machine("another", 1)))
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "client_id": "robot"})), "a user's")
	s.Advance(2 * time.Second)
	require.Empty(t, s.reason(t, machine("robot", -2)), "issued since")
}

// If the provider's clock is slightly ahead, one entry still covers all tokens of a user.
func TestQuotaIfTheProvidersClockIsAhead(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	for n := range share + 5 {
		token := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n), "iat": s.Now().Add(5 * time.Second).Unix()})
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Equal(t, map[string]int{"t:": share, "u:": 1}, list.kinds())
}

// The revocations that an entry for the user cannot cover are limited as well, because a full list would refuse other
// revocations.
func TestRevocationsOfUndatedTokensAreBounded(t *testing.T) {
	list := &recording{}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withRecordingList(list))
	revoke := func(n int) error {
		token := fmt.Sprint("opaque-", n)
		i.answers[token] = i.answers["opaque-of-alice"]
		return s.auth.Revoke(t.Context(), token, "")
	}
	for n := range 10 * share {
		require.NoError(t, revoke(n))
	}
	var refused *oidcauth.Error
	require.ErrorAs(t, revoke(-1), &refused)
	require.Equal(t, reason.DenyListUnavailable, refused.Reason)
	require.NoError(t, revoke(0), "again")
	require.Equal(t, map[string]int{"t:": 10 * share}, list.kinds())
	i.answers["opaque-of-bob"] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"sub": "bob"})
	require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-bob", ""))
}

// If an opaque token without iat is revoked beyond the quota, it stays revoked, even if its provider calls it active.
func TestRevokedOpaqueTokenWithoutDateStaysRevoked(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	for n := range share + 5 {
		token := fmt.Sprint("opaque-", n)
		i.answers[token] = i.answers["opaque-of-alice"]
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

// The number of counted users is bounded; users with the most entries are kept.
func TestQuotasOfManyUsers(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	for n := range share {
		token := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n)})
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	}
	for n := range 10_050 {
		require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": fmt.Sprint(n)}), ""))
	}
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""))
	require.Equal(t, 1, list.kinds()["u:"])
}

// The memory of the counters is bounded for any number of users.
func TestMemoryOfQuotasIsBounded(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Introspection.Client, c.Revocation.DenyList = perToken{}, forgetfulList{}
	})
	revoke := func(from, to int) {
		for n := from; n < to; n++ {
			require.NoError(t, s.auth.Revoke(t.Context(), fmt.Sprint("opaque-", n), ""))
		}
	}
	revoke(0, 12_000)
	before := heap()
	revoke(12_000, 32_000)
	require.Less(t, heap()-before, 1<<20)
	runtime.KeepAlive(s)
}

// forgetfulList is a deny list that keeps no entry.
type forgetfulList struct{}

func (forgetfulList) Add(context.Context, denylist.Entry) (bool, error) { return true, nil }

func (forgetfulList) Find(context.Context, ...string) ([]denylist.Entry, error) { return nil, nil }

// The entry that covers a user does not count towards the quota. Other entries count until they end.
func TestQuotaIsFullAgainAfterItsEntriesEnded(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	revoke := func(n int, life time.Duration) {
		token := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": fmt.Sprint(n), "exp": s.Now().Add(life).Unix()})
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	}
	for n := range share {
		revoke(n, time.Hour)
	}
	revoke(-1, 20*time.Hour)
	require.Equal(t, map[string]int{"t:": share, "u:": 1}, list.kinds())
	s.Advance(time.Hour + 10*time.Minute) // an entry lasts for the longest leeway beyond exp
	for n := range share {
		revoke(share+n, time.Hour)
	}
	require.Equal(t, map[string]int{"t:": 2 * share, "u:": 1}, list.kinds())
}

// Repeated revocations of one token use one entry.
func TestRevokingOneTokenAgainUsesNoFurtherEntry(t *testing.T) {
	list := &recording{}
	s := newService(t, withES256(t), withLogout, withRecordingList(list))
	token, other := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "1"}), s.Token(audience, alice)
	for range share + 5 {
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	}
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "2"}), ""))
	require.Empty(t, s.reason(t, other))
	require.Equal(t, map[string]int{"t:": 2}, list.kinds())
}

// Revoking an opaque token again prolongs the token's own entry.
func TestRevokingAnOpaqueTokenAgainProlongsItsOwnEntry(t *testing.T) {
	list := &recording{}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"exp": nil, "iat": time.Now().Unix()}), withRecordingList(list))
	for n := range share {
		token := fmt.Sprint("opaque-", n)
		i.answers[token] = i.answers["opaque-of-alice"]
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	}
	s.Advance(time.Hour)
	require.NoError(t, s.auth.Revoke(t.Context(), "opaque-0", ""))
	require.Equal(t, map[string]int{"t:": share}, list.kinds())
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}
