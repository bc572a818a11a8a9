//go:build unix

package redisstore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

func TestCheckReportsEviction(t *testing.T) {
	s := newServer(t)
	client := newClient(t, &redis.Options{Addr: s.address})
	list := newList(t, redisstore.Config{Client: client, Timeout: patient})
	require.NoError(t, list.Check(t.Context()), "noeviction is the default")
	for _, policy := range []string{
		"allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
	} {
		require.NoError(t, client.ConfigSet(t.Context(), "maxmemory-policy", policy).Err())
		require.ErrorIs(t, list.Check(t.Context()), redisstore.ErrEvicts, policy)
	}
	s.kill()
	err := list.Check(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, redisstore.ErrEvicts, "the policy is unknown")
}

func TestCheckReportsEvictionOnOneServerOfACluster(t *testing.T) {
	t.Parallel()
	client, nodes := newCluster(t)
	list := newList(t, redisstore.Config{Client: client, Timeout: patient})
	require.NoError(t, list.Check(t.Context()))
	one := newClient(t, &redis.Options{Addr: nodes[1].address})
	require.NoError(t, one.ConfigSet(t.Context(), "maxmemory-policy", "volatile-lru").Err())
	require.ErrorIs(t, list.Check(t.Context()), redisstore.ErrEvicts)
}

func TestCheckThatIsForbiddenIsAnError(t *testing.T) {
	list := newList(t, redisstore.Config{Client: restricted(t, "-info"), Timeout: patient})
	err := list.Check(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, redisstore.ErrEvicts, "the policy is unknown")
}

// The package needs exactly the commands that its documentation lists.
func TestRestrictedUserIsEnough(t *testing.T) {
	list := newList(t, redisstore.Config{Client: restricted(t, "+info"), Timeout: patient})
	e := denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)}
	require.True(t, add(t, list, e))
	e.Until = e.Until.Add(time.Hour)
	require.False(t, add(t, list, e))
	require.Len(t, find(t, list, "k"), 1)
	require.NoError(t, list.Check(t.Context()))
}

// restricted returns a client whose user has all permissions that the package needs, except for one command.
func restricted(t *testing.T, rule string) *redis.Client {
	t.Helper()
	s := newServer(t)
	admin := newClient(t, &redis.Options{Addr: s.address})
	rules := []string{"on", ">secret", "~" + redisstore.DefaultPrefix + "*", "-@all", "+@connection"}
	rules = append(rules, strings.Fields("+eval +hmget +hset +pexpire +pttl "+rule)...)
	require.NoError(t, admin.ACLSetUser(t.Context(), "orders", rules...).Err())
	return newClient(t, &redis.Options{Addr: s.address, Username: "orders", Password: "secret"})
}

// A full Redis returns an error, and keeps its entries.
func TestFullRedisIsAnError(t *testing.T) {
	client := newClient(t, &redis.Options{Addr: newServer(t).address})
	list := newList(t, redisstore.Config{Client: client, Timeout: patient})
	kept := denylist.Entry{Key: "kept", Until: time.Now().Add(time.Hour)}
	require.True(t, add(t, list, kept))
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "1").Err())
	_, err := list.Add(t.Context(), denylist.Entry{Key: "more", Until: kept.Until})
	require.ErrorIs(t, err, denylist.ErrFull)
	require.Len(t, find(t, list, "kept", "more"), 1)
	require.NoError(t, client.ConfigSet(t.Context(), "maxmemory", "0").Err())
	require.True(t, add(t, list, denylist.Entry{Key: "more", Until: kept.Until}))
}
