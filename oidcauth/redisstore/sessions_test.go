//go:build unix

package redisstore_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

func newSessions(t *testing.T, c redisstore.Config) *redisstore.Sessions {
	t.Helper()
	sessions, err := redisstore.NewSessions(c)
	require.NoError(t, err)
	return sessions
}

func sessionsOn(t *testing.T, s *server, timeout time.Duration) *redisstore.Sessions {
	t.Helper()
	return newSessions(t, redisstore.Config{Client: newClient(t, &redis.Options{Addr: s.address}), Timeout: timeout})
}

func TestSessionsConform(t *testing.T) {
	require.NoError(t, oidctest.TestSessionStore(sessionsOn(t, newServer(t), patient)))
}

func TestSessionsConformInACluster(t *testing.T) {
	t.Parallel()
	client, _ := newCluster(t)
	require.NoError(t, oidctest.TestSessionStore(newSessions(t, redisstore.Config{Client: client, Timeout: patient})))
}

func TestNewSessionsRefusesWhatNewRefuses(t *testing.T) {
	_, err := redisstore.NewSessions(redisstore.Config{Timeout: -1})
	var fault *redisstore.ConfigError
	require.ErrorAs(t, err, &fault)
}

// One replica's session is found by another, and the values expire in Redis.
func TestSessionsAreShared(t *testing.T) {
	s := newServer(t)
	one, other := sessionsOn(t, s, patient), sessionsOn(t, s, patient)
	require.NoError(t, one.CommitCtx(t.Context(), "token", []byte("value"), time.Now().Add(time.Hour)))
	value, found, err := other.FindCtx(t.Context(), "token")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []byte("value"), value)
	swapped, err := other.SwapCtx(t.Context(), "token", value, []byte("next"), time.Now().Add(2*time.Hour))
	require.NoError(t, err)
	require.True(t, swapped)
	swapped, err = one.SwapCtx(t.Context(), "token", value, []byte("late"), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.False(t, swapped)

	client := newClient(t, &redis.Options{Addr: s.address})
	ttl, err := client.PTTL(t.Context(), redisstore.DefaultSessionPrefix+"token").Result()
	require.NoError(t, err)
	require.Greater(t, ttl, time.Hour)
	require.LessOrEqual(t, ttl, 2*time.Hour)
	require.NoError(t, one.CommitCtx(t.Context(), "far", []byte("value"), time.Now().AddDate(1000, 0, 0)))
	ttl, err = client.PTTL(t.Context(), redisstore.DefaultSessionPrefix+"far").Result()
	require.NoError(t, err)
	require.Positive(t, ttl)
	require.NoError(t, one.CommitCtx(t.Context(), "far", []byte("value"), time.Now().Add(-time.Minute)))
	_, found, err = one.FindCtx(t.Context(), "far")
	require.NoError(t, err)
	require.False(t, found, "an expiry in the past deletes the value")
}

func TestSwapWhoseAnswerIsLostIsToldTheSameAgain(t *testing.T) {
	client := newLossyClient(t)
	sessions := newSessions(t, redisstore.Config{Timeout: patient, Client: client.Client})
	swap := func() bool {
		swapped, err := sessions.SwapCtx(t.Context(), "token", nil, []byte("value"), time.Now().Add(time.Hour))
		require.NoError(t, err)
		return swapped
	}
	_, _, err := sessions.FindCtx(t.Context(), "token")
	require.NoError(t, err)
	connected := client.dials.Load()
	client.lose.Store(true)
	require.True(t, swap())
	require.Greater(t, client.dials.Load(), connected, "it was tried again")
	require.False(t, swap(), "another swap to the same value is not a repetition")
}

func TestSessionsAreBounded(t *testing.T) {
	sessions := sessionsOn(t, newServer(t), patient)
	end := time.Now().Add(time.Hour)
	largest := bytes.Repeat([]byte{1}, redisstore.MaxSessionBytes)
	require.NoError(t, sessions.CommitCtx(t.Context(), "token", largest, end))
	value, found, err := sessions.FindCtx(t.Context(), "token")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, largest, value)
	require.ErrorIs(t, sessions.CommitCtx(t.Context(), "token", append(largest, 1), end), redisstore.ErrTooLarge)
	_, err = sessions.SwapCtx(t.Context(), "token", largest, append(largest, 1), end)
	require.ErrorIs(t, err, redisstore.ErrTooLarge)
	for _, token := range []string{"", string(bytes.Repeat([]byte("t"), 513))} {
		_, _, err = sessions.FindCtx(t.Context(), token)
		require.Error(t, err)
		require.Error(t, sessions.CommitCtx(t.Context(), token, []byte("value"), end))
		require.Error(t, sessions.DeleteCtx(t.Context(), token))
	}
}

// An outage is no missing session: the user of a session must not be sent to a login.
func TestSessionsOfAnOutage(t *testing.T) {
	s := newServer(t)
	client := newClient(t, &redis.Options{Addr: s.address})
	sessions := newSessions(t, redisstore.Config{Client: client, Timeout: patient, Prefix: "p:"})
	end := time.Now().Add(time.Hour)
	fails := func(token string) {
		t.Helper()
		_, found, err := sessions.FindCtx(t.Context(), token)
		require.Error(t, err)
		require.False(t, found)
		_, err = sessions.SwapCtx(t.Context(), token, []byte("old"), []byte("value"), end)
		require.Error(t, err)
		require.NotContains(t, err.Error(), token)
	}
	require.NoError(t, client.HSet(t.Context(), "p:of-another-kind", "a", "b").Err())
	fails("of-another-kind")
	require.NoError(t, client.Set(t.Context(), "p:too-short", "x", 0).Err())
	_, _, err := sessions.FindCtx(t.Context(), "too-short")
	require.Error(t, err)
	s.kill()
	fails("token-of-a-session")
	require.Error(t, sessions.CommitCtx(t.Context(), "token-of-a-session", []byte("value"), end))
	require.Error(t, sessions.DeleteCtx(t.Context(), "token-of-a-session"))
	require.NoError(t, s.start())
	require.Eventually(t, func() bool {
		return sessions.CommitCtx(t.Context(), "token-of-a-session", []byte("value"), end) == nil
	}, patience, again)
}

func TestHangingSessionsAreGivenUp(t *testing.T) {
	s := newServer(t)
	sessions := sessionsOn(t, s, 0)
	s.hang(t)
	_, _, err := sessions.FindCtx(t.Context(), "token")
	require.Error(t, err)
	_, err = sessions.SwapCtx(t.Context(), "token", nil, []byte("value"), time.Now().Add(time.Hour))
	require.Error(t, err)
	s.resume(t)
}
