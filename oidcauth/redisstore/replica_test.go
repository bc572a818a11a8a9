//go:build unix

package redisstore_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func newReplicas(t *testing.T) (p *oidctest.Provider, one, other replica) {
	t.Helper()
	s := newServer(t)
	p = oidctest.New(t)
	return p, newReplica(t, p, listOn(t, s, patient), false), newReplica(t, p, listOn(t, s, patient), false)
}

func TestTokenRevokedOnOneReplicaIsRefusedOnTheOther(t *testing.T) {
	p, one, other := newReplicas(t)
	token := p.Token(audience, oidctest.Claims{"sub": "alice", "jti": "1"})
	other.accepts(t, token)
	require.NoError(t, one.Revoke(t.Context(), token, "access_token"))
	other.refuses(t, token, http.StatusUnauthorized, reason.TokenRevoked)
	one.refuses(t, token, http.StatusUnauthorized, reason.TokenRevoked)
	other.accepts(t, p.Token(audience, oidctest.Claims{"sub": "alice", "jti": "2"}))
}

func TestLogoutOnOneReplicaIsHeldOnTheOther(t *testing.T) {
	p, one, other := newReplicas(t)
	at := func(d time.Duration) int64 { return p.Now().Add(d).Unix() }
	session := func(sub, sid string, iat int64) string {
		return p.Token(audience, oidctest.Claims{"sub": sub, "sid": sid, "iat": iat})
	}
	ended, stays := session("alice", "s-1", at(-time.Minute)), session("alice", "s-2", at(-time.Minute))
	before, after := session("bob", "s-3", at(-time.Minute)), session("bob", "s-4", at(time.Second))
	for _, token := range []string{ended, stays, before, after} {
		other.accepts(t, token)
	}
	ofSession := logoutToken(p, oidctest.Claims{"sub": "alice", "sid": "s-1", "jti": "l-1"})
	require.Equal(t, http.StatusOK, one.logout(ofSession))
	require.Equal(t, http.StatusOK, one.logout(logoutToken(p, oidctest.Claims{"sub": "bob", "jti": "l-2", "iat": at(0)})))

	other.refuses(t, ended, http.StatusUnauthorized, reason.TokenRevoked)
	other.refuses(t, before, http.StatusUnauthorized, reason.TokenRevoked)
	other.accepts(t, stays)
	other.accepts(t, after)
	require.Equal(t, http.StatusBadRequest, other.logout(ofSession), "a logout token is taken once by all of them")
}

func TestReplicasAgreeUnderLoad(t *testing.T) {
	p, one, other := newReplicas(t)
	good := p.Token(audience, oidctest.Claims{"sub": "alice"})
	type answers struct {
		before, after, good int
		err                 error
	}
	all := make([]answers, 32)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			token := p.Token(audience, oidctest.Claims{"sub": "bob", "jti": fmt.Sprint(i)})
			all[i].before = other.status(token)
			all[i].err = one.Revoke(t.Context(), token, "")
			all[i].after = other.status(token)
			all[i].good = other.status(good)
		})
	}
	wg.Wait()
	for _, a := range all {
		require.NoError(t, a.err)
		require.Equal(t, []int{http.StatusNoContent, http.StatusUnauthorized, http.StatusNoContent}, []int{a.before, a.after, a.good})
	}
}

// If several replicas get the same logout token at the same time, one accepts it.
func TestOneReplicaTakesALogoutToken(t *testing.T) {
	p, one, other := newReplicas(t)
	token := logoutToken(p, oidctest.Claims{"sub": "alice", "jti": "l-1"})
	statuses := make([]int, 32)
	var wg sync.WaitGroup
	for i := range statuses {
		wg.Go(func() { statuses[i] = []replica{one, other}[i%2].logout(token) })
	}
	wg.Wait()
	taken := 0
	for _, status := range statuses {
		if status == http.StatusOK {
			taken++
		} else {
			require.Equal(t, http.StatusBadRequest, status)
		}
	}
	require.Equal(t, 1, taken)
}
