package oidcauth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/bubble"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// watching runs a test in a bubble of synctest. The clock of the world advances with the time of the bubble. The token expires
// after 300 s, and its leeway ends after 360 s.
func watching(t *testing.T, change func(*oidcauth.Config), test func(t *testing.T, w *world, watch func(token string) (context.Context, context.CancelFunc))) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		start := time.Now()
		w.start(t, func(c *oidcauth.Config) {
			c.Now = func() time.Time { return verdictTime.Add(time.Since(start)) }
			if change != nil {
				change(c)
			}
		})
		test(t, w, func(token string) (context.Context, context.CancelFunc) {
			return w.auth.Watch(withHeaders("Bearer " + token).WithContext(t.Context()))
		})
	})
}

// endsWith lets time pass, and requires that the context ends then and not before.
func endsWith(t *testing.T, ctx context.Context, want reason.Reason, after time.Duration) {
	t.Helper()
	bubble.Advance(after - time.Nanosecond)
	require.NoError(t, ctx.Err(), "too early")
	bubble.Advance(time.Nanosecond)
	require.ErrorIs(t, ctx.Err(), context.Canceled)
	var refused *oidcauth.Error
	require.ErrorAs(t, context.Cause(ctx), &refused)
	require.Equal(t, want, refused.Reason)
	require.NotEmpty(t, refused.DecisionID)
}

func TestWatchEndsAtExpiry(t *testing.T) {
	watching(t, nil, func(t *testing.T, w *world, watch func(string) (context.Context, context.CancelFunc)) {
		ctx, cancel := watch(verdict{}.token())
		defer cancel()
		endsWith(t, ctx, reason.Expired, 360*time.Second)
	})
}

func TestWatchEndsAtRevocation(t *testing.T) {
	watching(t, nil, func(t *testing.T, w *world, watch func(string) (context.Context, context.CancelFunc)) {
		token, other := verdict{}.token(), verdict{claims: obj{"jti": "other"}}.token()
		ctx, cancel := watch(token)
		defer cancel()
		stays, cancelOther := watch(other)
		defer cancelOther()
		bubble.Advance(40 * time.Second)
		require.NoError(t, w.auth.Revoke(t.Context(), token, "access_token"))
		endsWith(t, ctx, reason.TokenRevoked, 20*time.Second)
		require.NoError(t, stays.Err())
	})
}

func TestWatchIntervalIsConfigured(t *testing.T) {
	every := func(c *oidcauth.Config) { c.WatchInterval = 2 * time.Second }
	watching(t, every, func(t *testing.T, w *world, watch func(string) (context.Context, context.CancelFunc)) {
		token := verdict{}.token()
		ctx, cancel := watch(token)
		defer cancel()
		bubble.Advance(time.Second)
		require.NoError(t, w.auth.Revoke(t.Context(), token, "access_token"))
		endsWith(t, ctx, reason.TokenRevoked, time.Second)
	})
	for _, d := range []time.Duration{-1, time.Millisecond, time.Hour} {
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: idp, Audience: []string{audience}}}, WatchInterval: d})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, "WatchInterval", fault.Field)
	}
}

func TestWatchEndsWithTheUser(t *testing.T) {
	var disabled atomic.Bool
	users := func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			return []usermap.User{person("1", !disabled.Load())}, nil
		})
	}
	watching(t, users, func(t *testing.T, _ *world, watch func(string) (context.Context, context.CancelFunc)) {
		ctx, cancel := watch(verdict{}.token())
		defer cancel()
		bubble.Advance(time.Second)
		disabled.Store(true)
		endsWith(t, ctx, reason.UserDisabled, 29*time.Second)
	})
}

// If the provider revokes a token, introspection reports it after MaxAge at the latest.
func TestWatchEndsWithIntrospection(t *testing.T) {
	v := introspected("", "", active(nil))
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := newWorld(t)
		v.world(w)
		w.start(t, func(c *oidcauth.Config) {
			v.config(c)
			c.Now = func() time.Time { return verdictTime.Add(time.Since(start)) }
		})
		ctx, cancel := w.auth.WatchToken(t.Context(), oidcauth.Presented{Token: v.token()})
		defer cancel()
		bubble.Advance(time.Second)
		w.set(idpIntrospect, answer{kind: asJSON, body: `{"active":false}`})
		bubble.Advance(90 * time.Second) // an answer is cached for 60 s, and the token is verified every 30 s
		require.ErrorIs(t, context.Cause(ctx), reason.TokenInactive)
	})
}

// A token that is refused now is not watched at all.
func TestWatchVerifiesAtOnce(t *testing.T) {
	watching(t, nil, func(t *testing.T, w *world, _ func(string) (context.Context, context.CancelFunc)) {
		for want, headers := range map[reason.Reason][]string{
			reason.NoCredentials: nil, reason.MalformedRequest: {"Bearer a b"}, reason.OpaqueToken: {"Bearer x"},
			reason.Expired:       {"Bearer " + verdict{claims: obj{"exp": inSeconds(-300)}}.token()},
			reason.WrongAudience: {"Bearer " + verdict{claims: obj{"aud": "api://other"}}.token()},
		} {
			ctx, cancel := w.auth.Watch(withHeaders(headers...))
			require.Error(t, ctx.Err())
			require.ErrorIs(t, context.Cause(ctx), want)
			cancel()
		}
	})
}

// The bubble fails if a goroutine remains.
func TestWatchEndsWithItsConnection(t *testing.T) {
	watching(t, nil, func(t *testing.T, w *world, watch func(string) (context.Context, context.CancelFunc)) {
		w.log.reset()
		ctx, cancel := watch(verdict{}.token())
		cancel()
		require.Equal(t, context.Canceled, context.Cause(ctx))
		cancel()
		parent, stop := context.WithCancel(t.Context())
		ctx, cancel = w.auth.Watch(withHeaders("Bearer " + verdict{}.token()).WithContext(parent))
		defer cancel()
		stop()
		synctest.Wait()
		require.Equal(t, context.Canceled, context.Cause(ctx))
		require.NotContains(t, w.log.String(), `"event":"refused"`, "the end of a connection is no refusal")
	})
}

// If a connection is closed during a verification, the failure of this verification is not a refusal.
func TestWatchReportsNoRefusalIfTheConnectionCloses(t *testing.T) {
	var stop atomic.Pointer[context.CancelFunc]
	users := func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(ctx context.Context, _ usermap.Query) ([]usermap.User, error) {
			if cut := stop.Load(); cut != nil {
				(*cut)()
			}
			return []usermap.User{person("1", true)}, ctx.Err()
		})
	}
	watching(t, users, func(t *testing.T, w *world, _ func(string) (context.Context, context.CancelFunc)) {
		parent, cut := context.WithCancel(t.Context())
		defer cut()
		ctx, cancel := w.auth.Watch(withHeaders("Bearer " + verdict{}.token()).WithContext(parent))
		defer cancel()
		w.log.reset()
		stop.Store(&cut)
		bubble.Advance(time.Minute)
		require.Equal(t, context.Canceled, context.Cause(ctx))
		ctx, cancelClosed := w.auth.Watch(withHeaders("Bearer " + verdict{}.token()).WithContext(parent))
		defer cancelClosed()
		require.Equal(t, context.Canceled, context.Cause(ctx), "already closed")
		require.NotContains(t, w.log.String(), `"event":"refused"`)
	})
}

// unsteady is a list that fails on demand.
type unsteady struct {
	denylist.List
	mu  sync.Mutex
	err error
}

func (u *unsteady) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.err = err
}

func (u *unsteady) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err != nil {
		return nil, u.err
	}
	return u.List.Find(ctx, keys...)
}

func TestWatchOutlastsOneFailure(t *testing.T) {
	list := &unsteady{List: &denylist.Memory{}}
	shared := func(c *oidcauth.Config) { c.Revocation.DenyList = list }
	watching(t, shared, func(t *testing.T, _ *world, watch func(string) (context.Context, context.CancelFunc)) {
		ctx, cancel := watch(verdict{}.token())
		defer cancel()
		for range 2 { // failures that are not in a row
			list.fail(errors.New("down"))
			bubble.Advance(30 * time.Second)
			require.NoError(t, ctx.Err())
			list.fail(nil)
			bubble.Advance(30 * time.Second)
			require.NoError(t, ctx.Err())
		}
		list.fail(errors.New("down"))
		endsWith(t, ctx, reason.DenyListUnavailable, 60*time.Second)
		refused, cancel := watch(verdict{}.token())
		defer cancel()
		require.ErrorIs(t, context.Cause(refused), reason.DenyListUnavailable, "the first verification is not a repeated one")
	})
}

// A failure of a dependency does not prolong the token.
func TestWatchEndsAtExpiryDuringAFailure(t *testing.T) {
	list := &unsteady{List: &denylist.Memory{}}
	shared := func(c *oidcauth.Config) { c.Revocation.DenyList, c.WatchInterval = list, 200*time.Second }
	watching(t, shared, func(t *testing.T, _ *world, watch func(string) (context.Context, context.CancelFunc)) {
		ctx, cancel := watch(verdict{}.token())
		defer cancel()
		list.fail(errors.New("down"))
		endsWith(t, ctx, reason.Expired, 360*time.Second)
	})
}

// Code of the service runs on the goroutine of Watch, where a panic would end the process.
func TestWatchOutlivesAPanic(t *testing.T) {
	var broken atomic.Bool
	users := func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			if broken.Load() {
				panic("a broken finder")
			}
			return []usermap.User{person("1", true)}, nil
		})
	}
	watching(t, users, func(t *testing.T, w *world, watch func(string) (context.Context, context.CancelFunc)) {
		ctx, cancel := watch(verdict{}.token())
		defer cancel()
		broken.Store(true)
		bubble.Advance(30 * time.Second)
		require.ErrorIs(t, context.Cause(ctx), reason.ApplicationError)
		require.Contains(t, w.log.String(), "a broken finder")
	})
}

// If the clock stands still, as in a test, the watch neither ends nor loops.
func TestWatchDoesNotLoopIfTheClockStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start(t, nil)
		w.advance(360*time.Second - time.Nanosecond) // the token expires in 1 ns, and the clock stands still
		before := w.lookups.Load()
		ctx, cancel := w.auth.Watch(withHeaders("Bearer " + verdict{}.token()))
		defer cancel()
		bubble.Advance(time.Minute)
		require.NoError(t, ctx.Err())
		require.LessOrEqual(t, w.lookups.Load()-before, int64(601))
		w.advance(time.Nanosecond)
		bubble.Advance(100 * time.Millisecond)
		require.ErrorIs(t, context.Cause(ctx), reason.Expired)
	})
}

// The decision that ends a connection has the ID of the decision that accepted its request, and is reported once.
func TestEndOfAWatchHasTheIDOfItsAcceptance(t *testing.T) {
	var told []decision.Decision
	telling := func(c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, *d) })
	}
	watching(t, telling, func(t *testing.T, w *world, _ func(string) (context.Context, context.CancelFunc)) {
		r := withHeaders("Bearer " + verdict{}.token()).WithContext(t.Context())
		w.auth.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			ctx, cancel := w.auth.Watch(r)
			defer cancel()
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), reason.Expired)
		})).ServeHTTP(httptest.NewRecorder(), r)
	})
	require.Len(t, told, 2)
	require.True(t, told[0].Accepted)
	require.False(t, told[1].Accepted)
	require.True(t, told[1].AfterAcceptance)
	require.Equal(t, told[0].ID, told[1].ID)
}
