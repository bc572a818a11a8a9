package replicas_test

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// 100 tabs of five users meet five replicas, whenever the access tokens are about to expire or have expired.
func TestTabsAndReplicasRefreshOnceForEachExpiry(t *testing.T) {
	w := newWorld(t)
	for _, later := range []time.Duration{4*time.Minute + 30*time.Second, 5 * time.Minute, 6 * time.Minute, time.Hour, 4*time.Minute + 10*time.Second} {
		before := w.tokenCalls()
		w.op.Advance(later)
		w.allTabs(nil)
		require.Equal(t, before+users, w.tokenCalls(), "one refresh for each session")
	}
	before := w.tokenCalls()
	w.allTabs(nil)
	require.Equal(t, before, w.tokenCalls())
}

// The provider is slow. While the access tokens live, few requests wait for it.
func TestSlowProviderDelaysFewTabs(t *testing.T) {
	w := newWorld(t)
	w.op.Advance(4*time.Minute + 30*time.Second)
	before := w.tokenCalls()
	release := make(chan struct{})
	var once sync.Once
	hold := func(*http.Request) error { <-release; return nil }
	for _, one := range w.all {
		one.hold.Store(&hold)
	}
	var ended atomic.Int32
	w.allTabs(func() {
		if ended.Add(1) == users*tabs-users*replicas { // at most one request of each session waits on each replica
			once.Do(func() { close(release) })
		}
	})
	require.Equal(t, before+users, w.tokenCalls())
	w.op.Advance(10 * time.Minute)
	w.allTabs(nil)
	require.Equal(t, before+2*users, w.tokenCalls())
}

var errDead = errors.New("the replica is dead")

// A replica dies while it may refresh a session. The others go on with the access token while it lives, and one of them takes over when it
// has seen the same lease for a while.
func TestReplicaThatDiesWhileItRefreshes(t *testing.T) {
	w := newWorld(t)
	w.op.Advance(4*time.Minute + 10*time.Second)
	before := w.tokenCalls()
	reached, ended := make(chan struct{}), make(chan struct{})
	var once sync.Once
	die := func(r *http.Request) error {
		once.Do(func() { close(reached) })
		<-ended
		return errDead
	}
	dead := w.all[0]
	dead.hold.Store(&die)
	w.all = w.all[:1]
	var wait sync.WaitGroup
	wait.Go(func() { _, _ = w.get(w.users[0], w.app.URL+"/", false) }) // its answer never comes
	<-reached
	require.NoError(t, dead.redis.Close())
	w.all = []*replica{w.newReplica(), w.newReplica(), w.newReplica(), w.newReplica()}
	w.allTabs(nil)
	require.Equal(t, before+users-1, w.tokenCalls(), "the dead replica may still ask")
	w.op.Advance(20 * time.Second)
	w.allTabs(nil)
	require.Equal(t, before+users, w.tokenCalls(), "the dead replica asked for nothing")
	close(ended)
	wait.Wait()
	w.op.Advance(10 * time.Minute)
	w.allTabs(nil)
	require.Equal(t, before+2*users, w.tokenCalls())
}

// Redis is killed and comes back: there is a 503 and no login in between, and the sessions go on.
func TestRedisIsKilled(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.redis.Kill())
	authorizations := w.op.Requests("/authorize")
	for _, u := range w.users {
		for range replicas {
			for _, page := range []bool{true, false} {
				v, err := w.get(u, w.app.URL+"/", page)
				require.NoError(t, err)
				require.Equal(t, http.StatusServiceUnavailable, v.status)
				require.Zero(t, v.hops)
			}
		}
	}
	require.Equal(t, authorizations, w.op.Requests("/authorize"))
	require.NoError(t, w.redis.Restart())
	w.awaitRedis()
	before := w.tokenCalls()
	w.op.Advance(10 * time.Minute)
	w.allTabs(nil)
	require.Equal(t, before+users, w.tokenCalls())
	require.Equal(t, authorizations, w.op.Requests("/authorize"))
}

// Redis is killed between the refresh and its storage. The only refresh token that is still valid is then in one replica.
func TestRedisIsKilledDuringARefresh(t *testing.T) {
	w := newWorld(t)
	w.op.Advance(10 * time.Minute)
	before := w.tokenCalls()
	var once sync.Once
	kill := func(*http.Request) (err error) {
		once.Do(func() { err = w.redis.Kill() })
		return err
	}
	for _, one := range w.all {
		one.hold.Store(&kill)
	}
	u := w.users[0]
	v, err := w.get(u, w.app.URL+"/", true)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, v.status)
	require.Zero(t, v.hops)
	require.Equal(t, before+1, w.tokenCalls())
	require.NoError(t, w.redis.Restart())
	w.awaitRedis()
	w.allTabs(nil) // at any replica
	require.Equal(t, before+users, w.tokenCalls(), "the refresh token was used once")
}

// awaitRedis waits until each replica has a connection again.
func (w *world) awaitRedis() {
	w.t.Helper()
	for _, one := range w.all {
		require.Eventually(w.t, func() bool { return one.redis.Ping(w.t.Context()).Err() == nil }, 30*time.Second, 10*time.Millisecond)
	}
}
