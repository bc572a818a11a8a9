//go:build unix

package redisstore_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

const (
	patient  = 10 * time.Second // a call's bound, where the test is not about it
	patience = 30 * time.Second
	again    = 20 * time.Millisecond
)

func newClient(t *testing.T, o *redis.Options) *redis.Client {
	t.Helper()
	o.ContextTimeoutEnabled, o.DialerRetries = true, 1
	client := redis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func newList(t *testing.T, c redisstore.Config) *redisstore.List {
	t.Helper()
	list, err := redisstore.New(c)
	require.NoError(t, err)
	return list
}

// listOn returns a list with its own client, as each replica has.
func listOn(t *testing.T, s *server, timeout time.Duration) *redisstore.List {
	t.Helper()
	return newList(t, redisstore.Config{Client: newClient(t, &redis.Options{Addr: s.address}), Timeout: timeout})
}

func add(t *testing.T, l denylist.List, e denylist.Entry) bool {
	t.Helper()
	added, err := l.Add(t.Context(), e)
	require.NoError(t, err)
	return added
}

func find(t *testing.T, l denylist.List, keys ...string) []denylist.Entry {
	t.Helper()
	found, err := l.Find(t.Context(), keys...)
	require.NoError(t, err)
	return found
}
