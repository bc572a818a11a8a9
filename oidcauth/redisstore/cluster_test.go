//go:build unix

package redisstore_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

const slots = 16384

// newCluster starts two masters, each with half of the slots.
func newCluster(t *testing.T) (*redis.ClusterClient, [2]*server) {
	t.Helper()
	var nodes [2]*server
	var admin [2]*redis.Client
	for i := range nodes {
		nodes[i] = newServer(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "60000")
		admin[i] = newClient(t, &redis.Options{Addr: nodes[i].address})
		require.NoError(t, admin[i].ClusterAddSlotsRange(t.Context(), i*slots/2, (i+1)*slots/2-1).Err())
	}
	// Without an epoch of its own, each master must first agree with the other.
	require.NoError(t, admin[1].Do(t.Context(), "CLUSTER", "SET-CONFIG-EPOCH", 2).Err())
	_, port, err := net.SplitHostPort(nodes[1].address)
	require.NoError(t, err)
	require.NoError(t, admin[0].Do(t.Context(), "CLUSTER", "MEET", "127.0.0.1", port, nodes[1].bus).Err())
	for i := range admin {
		require.Eventually(t, func() bool {
			return strings.Contains(admin[i].ClusterInfo(t.Context()).Val(), "cluster_state:ok") // all slots are served
		}, patience, again)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{nodes[0].address, nodes[1].address}, ContextTimeoutEnabled: true, DialerRetries: 1,
	})
	t.Cleanup(func() { _ = client.Close() })
	return client, nodes
}

func TestListConformsInACluster(t *testing.T) {
	t.Parallel()
	client, _ := newCluster(t)
	list := newList(t, redisstore.Config{Client: client, Timeout: patient})
	require.NoError(t, oidctest.TestDenyList(list))
	require.NoError(t, list.Check(t.Context()))
}

func TestKeysOfOneFindMayBeOnSeveralServers(t *testing.T) {
	t.Parallel()
	client, nodes := newCluster(t)
	list := newList(t, redisstore.Config{Client: client, Timeout: patient})
	var keys []string
	for i := range 16 {
		keys = append(keys, fmt.Sprint(i))
		require.True(t, add(t, list, denylist.Entry{Key: keys[i], Until: time.Now().Add(time.Hour)}))
	}
	require.Len(t, find(t, list, keys...), len(keys))

	nodes[1].kill()
	_, err := list.Find(t.Context(), keys...)
	require.Error(t, err, "one server does not report its policy")
}

// A cluster client ignores the context for some answers.
func TestHangingClusterIsGivenUp(t *testing.T) {
	t.Parallel()
	client, nodes := newCluster(t)
	list := newList(t, redisstore.Config{Client: client})
	for _, n := range nodes {
		n.hang(t)
	}
	_, err := list.Find(t.Context(), "k")
	require.Error(t, err)
	_, err = list.Add(t.Context(), denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)})
	require.Error(t, err)
	require.Error(t, list.Check(t.Context()))

	for _, n := range nodes {
		n.resume(t)
	}
	require.Eventually(t, func() bool {
		_, err := list.Find(t.Context(), "k")
		return err == nil
	}, patience, again)
}
