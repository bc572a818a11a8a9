package oidcauth_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

func heap() int {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

var anyUser = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
	return []usermap.User{{ID: "1", Enabled: true}}, nil
})

// The bytes that the cache counts for its bound equal the bytes that its tokens take from the heap.
func TestCacheCountsTheMemoryOfItsTokens(t *testing.T) {
	for _, c := range []struct{ claims, tokens int }{{4, 400}, {20, 300}, {400, 60}, {4000, 10}} {
		for name, users := range map[string]usermap.Finder{"no users": nil, "users": anyUser, "users kept": anyUser, "no users, OnEvent": nil} {
			t.Run(fmt.Sprint(c.claims, " claims, ", name), func(t *testing.T) {
				s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
					config.Users = users
					config.Cache.Bytes = 1 << 30
					switch name {
					case "users kept":
						config.Cache.UserMaxAge = time.Minute
					case "no users, OnEvent":
						config.OnEvent = func(context.Context, decision.Event) {}
					}
				})
				sent := make([]string, c.tokens)
				for i := range sent {
					sent[i] = s.Token(audience, manyClaims(c.claims, i))
				}
				require.Empty(t, s.reason(t, s.Token(audience, alice)))
				before, counted := heap(), s.auth.Status().Caches[0].Bytes
				for _, token := range sent {
					require.Empty(t, s.reason(t, token))
				}
				took := heap() - before
				counted = s.auth.Status().Caches[0].Bytes - counted
				require.Equal(t, c.tokens+1, s.auth.Status().Caches[0].Entries)
				runtime.KeepAlive(sent)
				t.Logf("%d bytes a token, counted %d: %.2f", took/c.tokens, counted/c.tokens, float64(took)/float64(counted))
				require.InEpsilon(t, took, counted, 0.2)
			})
		}
	}
}

func manyClaims(n, serial int) oidctest.Claims {
	out := oidctest.Claims{"sub": "alice", "jti": fmt.Sprint("token-", serial)}
	if n == 20 {
		return merged(twentyClaims(serial), out)
	}
	for i := len(out) + 4; i < n; i++ { // the provider adds iss, aud, iat and exp
		out[fmt.Sprint("c", i)] = 0
	}
	return out
}
