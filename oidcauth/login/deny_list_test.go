package login_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// failingList is a deny list that can be down.
type failingList struct {
	denylist.Memory
	down atomic.Bool
}

func (l *failingList) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	if l.down.Load() {
		return nil, errors.New("down")
	}
	return l.Memory.Find(ctx, keys...)
}

// While the deny list cannot be read, no session is resumed and none is ended, and the browser is not sent to the provider.
func TestSessionOutlivesAnOutageOfTheDenyList(t *testing.T) {
	list := &failingList{}
	w := newWorld(t, setup{auth: func(c *authConfig) { c.Revocation.DenyList = list }})
	b := w.browser()
	require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
	list.down.Store(true)
	for name, header := range map[string]http.Header{"page": navigation(), "script": fetching()} {
		v := b.send(http.MethodGet, w.app.URL+"/", nil, header)
		require.Equal(t, http.StatusServiceUnavailable, v.status, name)
		require.Zero(t, v.hops, name)
		require.NotContains(t, v.body, "sub=alice", name)
	}
	require.Contains(t, w.logged(), "reason=deny_list_unavailable")
	list.down.Store(false)
	v := b.open(w.app.URL + "/")
	require.Equal(t, http.StatusOK, v.status)
	require.Zero(t, v.hops, "the session goes on")
}
