package login_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// replica is one of several replicas that share a store.
type replica struct {
	routes http.Handler
	store  *countedStore // its view of the shared store
	// If asked is not nil, it gets a message for each call to the token endpoint. The call then waits for an answer: an error, or nil to go on.
	asked  atomic.Pointer[chan struct{}]
	answer chan error
}

// newReplica makes a replica whose clock differs from that of the provider.
func (w *world) newReplica(shared *login.Memory, ahead time.Duration) *replica {
	w.t.Helper()
	one := &replica{store: &countedStore{Memory: shared}, answer: make(chan error)}
	one.routes = w.routes(w.relyingParty(setup{
		auth:  func(c *oidcauth.Config) { c.Now = func() time.Time { return w.op.Now().Add(ahead) } },
		login: func(c *login.Config) { c.Sessions.Store = one.store },
		provider: func(c *provider.Config) {
			c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if asked := one.asked.Load(); asked != nil && strings.HasSuffix(r.URL.Path, string(oidctest.TokenEndpoint)) {
					*asked <- struct{}{}
					if err := <-one.answer; err != nil {
						return nil, err
					}
				}
				return http.DefaultTransport.RoundTrip(r)
			})}
		},
	}))
	return one
}

// hold lets the calls of the replica to the token endpoint wait, and returns a channel with a message for each.
func (one *replica) hold() chan struct{} {
	asked := make(chan struct{}, 10)
	one.asked.Store(&asked)
	return asked
}

// get requests the access token of the session of b from this replica, as a script of another tab does.
func (w *world) get(one *replica, b *browser) <-chan visit {
	w.t.Helper()
	tab := w.browser()
	tab.client.Jar = copyOf(w.t, w, b)
	out := make(chan visit, 1)
	arrived := make(chan struct{})
	w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		close(arrived)
		one.routes.ServeHTTP(rw, r)
	}))
	go func() {
		v, err := tab.try(http.MethodGet, w.app.URL+"/token", nil, fetching())
		if err != nil {
			w.t.Error(err)
		}
		out <- v
	}()
	<-arrived
	return out
}

// awaitLooks waits until the replica has looked at the store some more times.
func (one *replica) awaitLooks(t *testing.T) {
	t.Helper()
	before := one.store.finds.Load()
	require.Eventually(t, func() bool { return one.store.finds.Load() >= before+3 }, 10*time.Second, time.Millisecond)
}

var errDead = errors.New("the replica is dead")

// skews are differences between the clocks of two replicas.
var skews = map[string]time.Duration{"minutes ahead": 3 * time.Minute, "seconds ahead": 20 * time.Second, "equal": 0, "seconds behind": -20 * time.Second}

// leaseWorld is a world with two replicas, and a session whose access token of five minutes has this age. The clock of the second replica
// differs.
func leaseWorld(t *testing.T, age, skew time.Duration) (w *world, first, second *replica, b *browser) {
	t.Helper()
	w = newWorld(t, setup{})
	shared := &login.Memory{}
	first, second = w.newReplica(shared, 0), w.newReplica(shared, skew)
	w.serve(first.routes)
	b = w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	w.op.Advance(age)
	return w, first, second, b
}

// The clocks of two replicas differ. A provider that rotates refresh tokens would end the session if both used the same one.
func TestReplicasWithOtherClocksRefreshOnce(t *testing.T) {
	for name, skew := range skews {
		t.Run(name, func(t *testing.T) {
			w, first, second, b := leaseWorld(t, 4*time.Minute+50*time.Second, skew)
			before := w.op.Requests(oidctest.TokenEndpoint)
			began := first.hold()
			one := w.get(first, b)
			<-began
			another := w.get(second, b)
			if skew > 0 { // the token has expired by that clock, so the request waits
				second.awaitLooks(t)
			} else {
				require.Equal(t, http.StatusOK, (<-another).status)
			}
			first.answer <- nil
			v := <-one
			require.Equal(t, http.StatusOK, v.status, v.body)
			if skew > 0 {
				require.Equal(t, v.body, (<-another).body)
			}
			require.Equal(t, before+1, w.op.Requests(oidctest.TokenEndpoint))
			first.asked.Store(nil)
			for range 4 {
				w.op.Advance(5 * time.Minute)
				for _, at := range []*replica{second, first} {
					v := <-w.get(at, b)
					require.Equal(t, http.StatusOK, v.status, v.body)
				}
			}
		})
	}
}

// A replica dies while it may refresh. The other one takes over after it has seen the same lease for a while, by its own clock.
func TestReplicaThatDiesWithALease(t *testing.T) {
	for name, skew := range skews {
		t.Run(name, func(t *testing.T) {
			w, first, second, b := leaseWorld(t, 6*time.Minute, skew)
			before := w.op.Requests(oidctest.TokenEndpoint)
			began := first.hold()
			one := w.get(first, b)
			<-began
			first.store.failing.Store(true)
			another := w.get(second, b)
			second.awaitLooks(t)
			w.op.Advance(10 * time.Second)
			second.awaitLooks(t)
			require.Equal(t, before, w.op.Requests(oidctest.TokenEndpoint), "the first replica may still ask")
			w.op.Advance(10 * time.Second)
			v := <-another
			require.Equal(t, http.StatusOK, v.status, v.body)
			first.answer <- errDead
			require.Equal(t, http.StatusServiceUnavailable, (<-one).status)
			require.Equal(t, before+1, w.op.Requests(oidctest.TokenEndpoint))
			require.Equal(t, v.body, (<-w.get(second, b)).body)
		})
	}
}

// While the access token lives, no request waits for a replica that died. The token is refreshed all the same.
func TestReplicaThatDiesWhileTheTokenLives(t *testing.T) {
	w, first, second, b := leaseWorld(t, 4*time.Minute+5*time.Second, 0)
	before := w.op.Requests(oidctest.TokenEndpoint)
	began := first.hold()
	one := w.get(first, b)
	<-began
	first.store.failing.Store(true)
	old := (<-w.get(second, b)).body
	w.op.Advance(10 * time.Second)
	require.Equal(t, old, (<-w.get(second, b)).body)
	require.Equal(t, before, w.op.Requests(oidctest.TokenEndpoint))
	w.op.Advance(8 * time.Second)
	v := <-w.get(second, b)
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.NotEqual(t, old, v.body)
	first.answer <- errDead
	require.Equal(t, old, (<-one).body)
	require.Equal(t, before+1, w.op.Requests(oidctest.TokenEndpoint))
}

// A replica that fails and another one that begins have two leases, and each is watched from its own beginning.
func TestNextLeaseIsWatchedAnew(t *testing.T) {
	w, first, second, b := leaseWorld(t, 4*time.Minute+5*time.Second, 0)
	third := w.newReplica(second.store.Memory, 0)
	before := w.op.Requests(oidctest.TokenEndpoint)
	began := first.hold()
	one := w.get(first, b)
	<-began
	old := (<-w.get(second, b)).body
	w.op.Advance(10 * time.Second)
	first.answer <- errDead
	require.Equal(t, old, (<-one).body)
	began = third.hold()
	another := w.get(third, b)
	<-began
	require.Equal(t, old, (<-w.get(second, b)).body)
	w.op.Advance(8 * time.Second)
	require.Equal(t, old, (<-w.get(second, b)).body)
	third.answer <- nil
	v := <-another
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.Equal(t, v.body, (<-w.get(second, b)).body)
	require.Equal(t, before+1, w.op.Requests(oidctest.TokenEndpoint))
}
