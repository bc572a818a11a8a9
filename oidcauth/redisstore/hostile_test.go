//go:build unix

package redisstore_test

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/redisstore"
)

// lossy drops one answer of the server together with its connection.
type lossy struct {
	net.Conn
	lose *atomic.Bool
}

func (c lossy) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.lose.CompareAndSwap(true, false) {
		_ = c.Conn.Close()
		return 0, io.EOF
	}
	return n, err
}

// lossyClient is a client with one connection at a time, which is lost with the next answer after lose is set.
type lossyClient struct {
	*redis.Client
	lose  atomic.Bool
	dials atomic.Int64
}

func newLossyClient(t *testing.T) *lossyClient {
	t.Helper()
	c := &lossyClient{}
	c.Client = newClient(t, &redis.Options{
		Addr: newServer(t).address, PoolSize: 1,
		Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
			c.dials.Add(1)
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return lossy{conn, &c.lose}, err
		},
	})
	return c
}

func TestAddWhoseAnswerIsLostIsToldTheSameAgain(t *testing.T) {
	client := newLossyClient(t)
	list := newList(t, redisstore.Config{Timeout: patient, Client: client.Client})
	require.True(t, add(t, list, denylist.Entry{Key: "first", Until: time.Now().Add(time.Hour)}))
	connected := client.dials.Load()
	client.lose.Store(true)
	e := denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)}
	require.True(t, add(t, list, e), "the key is new")
	require.Greater(t, client.dials.Load(), connected, "it was tried again")
	require.False(t, add(t, list, e))
}

func TestConnectionThatIsNeverMadeIsGivenUp(t *testing.T) {
	list := newList(t, redisstore.Config{Client: newClient(t, &redis.Options{
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			select {
			case <-ctx.Done():
			case <-t.Context().Done():
			}
			return nil, context.Canceled
		},
	})})
	_, err := list.Find(t.Context(), "k")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = list.Add(t.Context(), denylist.Entry{Key: "k", Until: time.Now().Add(time.Hour)})
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A foreign value under the prefix must not count as "not revoked".
func TestForeignValueIsAnError(t *testing.T) {
	client := newClient(t, &redis.Options{Addr: newServer(t).address})
	list := newList(t, redisstore.Config{Client: client, Prefix: "p:", Timeout: patient})
	require.NoError(t, client.Set(t.Context(), "p:text", "x", 0).Err())
	for key, fields := range map[string][]any{
		"no number":     {"until", "tomorrow", "before", ""},
		"no such date":  {"until", "1e99", "before", ""},
		"half an entry": {"before", "1"},
		"before":        {"until", "1", "before", "x"},
		"no before":     {"until", "1"},
	} {
		require.NoError(t, client.HSet(t.Context(), "p:"+key, fields...).Err())
		_, err := list.Find(t.Context(), "absent", key)
		require.Error(t, err, key)
	}
	_, err := list.Find(t.Context(), "absent", "text")
	require.Error(t, err)
	_, err = list.Add(t.Context(), denylist.Entry{Key: "text", Until: time.Now().Add(time.Hour)})
	require.Error(t, err)
}

func TestErrorsNameNeitherKeysNorCredentials(t *testing.T) {
	s := newServer(t, "--requirepass", "another")
	list := newList(t, redisstore.Config{Timeout: patient, Client: newClient(t, &redis.Options{
		Addr: s.address, Username: "orders-user", Password: "pass-of-orders",
	})})
	check := func(err error) {
		t.Helper()
		require.Error(t, err)
		for _, secret := range []string{"pass-of-orders", "hash-of-a-token"} {
			require.NotContains(t, err.Error(), secret)
		}
	}
	e := denylist.Entry{Key: "hash-of-a-token", Until: time.Now().Add(time.Hour)}
	for range 2 {
		_, err := list.Find(t.Context(), e.Key)
		check(err)
		_, err = list.Add(t.Context(), e)
		check(err)
		check(list.Check(t.Context()))
		s.kill()
	}
}

// A pattern, a hash tag, a line break or a NUL in a key has no special meaning.
func TestKeysAreOpaque(t *testing.T) {
	list := listOn(t, newServer(t), patient)
	for _, key := range []string{"*", "{}", "{a}b", "a\r\nDEL k", "a\x00b", "'..'"} {
		require.Empty(t, find(t, list, key))
		require.True(t, add(t, list, denylist.Entry{Key: key, Until: time.Now().Add(time.Hour)}), key)
		require.Len(t, find(t, list, key), 1, key)
	}
}
