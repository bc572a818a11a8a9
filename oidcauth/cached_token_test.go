package oidcauth_test

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// seenBefore lists configurations under which a token that was seen before is served from the cache.
func seenBefore(t testing.TB) map[string]func(*oidcauth.Config) {
	list := &denylist.Memory{}
	_, err := list.Add(t.Context(), denylist.Entry{Key: "t:another", Until: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	return map[string]func(*oidcauth.Config){
		"plain":                func(*oidcauth.Config) {},
		"OnEvent":              func(c *oidcauth.Config) { c.OnEvent = func(context.Context, decision.Event) {} },
		"another token denied": func(c *oidcauth.Config) { c.Revocation.DenyList = list },
		"shadow": func(c *oidcauth.Config) {
			other := *c
			other.Issuers = slices.Clone(c.Issuers)
			other.Issuers[0].Claims.Required = []claims.Path{claims.Name("sub")}
			c.Shadow = &other
		},
		"user kept": func(c *oidcauth.Config) { c.Users, c.Cache.UserMaxAge = anyUser, time.Hour },
	}
}

// hotToken returns a handler, and a request whose token the handler has cached.
func hotToken(t testing.TB, change func(*oidcauth.Config)) (http.Handler, *http.Request) {
	t.Helper()
	s := newService(t, withSystemClock, withConfig(change))
	handler := s.auth.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r, w := withHeaders("Bearer "+s.Token(audience, twentyClaims(0))), &discard{}
	handler.ServeHTTP(w, r)
	require.Zero(t, w.status)
	return handler, r
}

// Many cores may send one token, such as the token of a machine. They do not wait for each other.
func TestCachedTokenWaitsForNoLock(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for name, change := range seenBefore(t) {
		t.Run(name, func(t *testing.T) {
			handler, r := hotToken(t, change)
			before := contended()
			defer runtime.SetMutexProfileFraction(runtime.SetMutexProfileFraction(1))
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					r, w := r.Clone(t.Context()), &discard{}
					for range 10_000 {
						handler.ServeHTTP(w, r)
					}
				})
			}
			wg.Wait()
			for place, count := range contended() {
				require.Equal(t, before[place], count, place)
			}
		})
	}
}

// contended counts, for each place in this module that released a lock, how often another goroutine waited for the lock. It omits the
// locks of the runtime and of sync.Pool, which are taken at a garbage collection.
func contended() map[string]int64 {
	records := make([]runtime.BlockProfileRecord, 10_000)
	n, _ := runtime.MutexProfile(records)
	out := map[string]int64{}
	for _, record := range records[:n] {
		frames := runtime.CallersFrames(record.Stack())
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "sync.(*") {
			continue
		}
		for more && strings.Contains(frame.Function, "Mutex).") {
			frame, more = frames.Next()
		}
		if strings.Contains(frame.Function, "knownbearer") {
			out[frame.Function] += record.Count
		}
	}
	return out
}
