//go:build unix

package redisstore_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

func TestServiceOutlivesItsRedis(t *testing.T) {
	for name, c := range map[string]struct {
		args     []string
		survives bool
	}{
		"in memory":   {nil, false},
		"append-only": {[]string{"--appendonly", "yes"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := newServer(t, c.args...), oidctest.New(t)
			closed := newReplica(t, p, listOn(t, s, patient), false)
			open := newReplica(t, p, listOn(t, s, patient), true)
			good, revoked := p.Token(audience, oidctest.Claims{"sub": "alice"}), p.Token(audience, oidctest.Claims{"sub": "bob"})
			require.NoError(t, closed.Revoke(t.Context(), revoked, ""))
			closed.accepts(t, good)
			open.refuses(t, revoked, http.StatusUnauthorized, reason.TokenRevoked)

			s.kill()
			closed.refuses(t, good, http.StatusServiceUnavailable, reason.DenyListUnavailable)
			closed.refuses(t, revoked, http.StatusServiceUnavailable, reason.DenyListUnavailable)
			open.accepts(t, good)
			open.accepts(t, revoked) // This is the price of failing open.
			require.Error(t, open.Revoke(t.Context(), good, ""), "a revocation never fails open")
			logout := logoutToken(p, oidctest.Claims{"sub": "carol", "jti": "l-1"})
			require.Equal(t, http.StatusServiceUnavailable, open.logout(logout))

			require.NoError(t, s.start())
			require.Eventually(t, func() bool { return closed.status(good) == http.StatusNoContent }, patience, again)
			require.Eventually(t, func() bool { return closed.logout(logout) == http.StatusOK }, patience, again)
			if c.survives {
				closed.refuses(t, revoked, http.StatusUnauthorized, reason.TokenRevoked)
			} else {
				closed.accepts(t, revoked) // The package documentation says so.
			}
		})
	}
}

func TestServiceStartsWhileRedisIsDown(t *testing.T) {
	s, p := newServer(t), oidctest.New(t)
	s.kill()
	r := newReplica(t, p, listOn(t, s, patient), false)
	token := p.Token(audience, oidctest.Claims{"sub": "alice"})
	r.refuses(t, token, http.StatusServiceUnavailable, reason.DenyListUnavailable)
	require.NoError(t, s.start())
	require.Eventually(t, func() bool { return r.status(token) == http.StatusNoContent }, patience, again)
}

// The client itself would wait forever. The list's timeout ends each call.
func TestHangingRedisIsGivenUp(t *testing.T) {
	s, p := newServer(t), oidctest.New(t)
	list := func() *redisstore.List {
		client := newClient(t, &redis.Options{Addr: s.address, ReadTimeout: -1, WriteTimeout: -1})
		return newList(t, redisstore.Config{Client: client, Timeout: time.Second})
	}
	closed, open := newReplica(t, p, list(), false), newReplica(t, p, list(), true)
	good, revoked := p.Token(audience, oidctest.Claims{"sub": "alice"}), p.Token(audience, oidctest.Claims{"sub": "bob"})
	require.NoError(t, closed.Revoke(t.Context(), revoked, ""))
	closed.accepts(t, good)
	open.accepts(t, good)

	s.hang(t)
	closed.refuses(t, good, http.StatusServiceUnavailable, reason.DenyListUnavailable)
	open.accepts(t, good)
	require.Error(t, closed.Revoke(t.Context(), good, ""))
	statuses := make([]int, 32)
	var requests sync.WaitGroup
	for i := range statuses {
		requests.Go(func() { statuses[i] = closed.status(good) })
	}
	requests.Wait()
	for _, status := range statuses {
		require.Equal(t, http.StatusServiceUnavailable, status)
	}

	s.resume(t)
	require.Eventually(t, func() bool { return closed.status(revoked) == http.StatusUnauthorized }, patience, again)
	closed.refuses(t, revoked, http.StatusUnauthorized, reason.TokenRevoked)
	require.Eventually(t, func() bool { return open.status(revoked) == http.StatusUnauthorized }, patience, again)
}
