package zitadel_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestFirstTokenOfANewKeyIsAccepted(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	before := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, served("row-1"), s.ask(t, before))

	op.Rotate(t)
	after := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.NotEqual(t, kid(t, before), kid(t, after))
	require.Equal(t, served("row-1"), s.ask(t, after))
	require.Equal(t, served("row-1"), s.ask(t, before), "the old key is still published")
}

func TestRetiredKeyServesUntilTheNextFetch(t *testing.T) {
	op := zitadel.Start(t)
	var ahead atomic.Int64
	s := newService(t, op, func(c *oidcauth.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	old := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, served("row-1"), s.ask(t, old))

	op.Rotate(t)
	op.Retire()
	require.Equal(t, served("row-1"), s.ask(t, old), "nothing made the service fetch")
	require.Equal(t, served("row-1"), s.ask(t, op.Login(t, zitadel.JWT, "alice", "openid").Access), "an unknown key id does")
	ahead.Store(int64(time.Second)) // within which a kept token is believed
	require.Equal(t, refused(http.StatusUnauthorized, reason.KeyNotFound), s.ask(t, old))
}

func TestHeldKeysServeWhileTheProviderIsDown(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	first := op.Login(t, zitadel.JWT, "alice", "openid").Access
	second := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, served("row-1"), s.ask(t, first))
	op.Stop()
	require.Equal(t, served("row-1"), s.ask(t, first))
	require.Equal(t, served("row-1"), s.ask(t, second), "a token not seen before")
}

func TestNoKeysWereEverFetchedAndTheProviderIsDown(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	token := op.Login(t, zitadel.JWT, "alice", "openid").Access
	op.Stop()
	require.Equal(t, refused(http.StatusServiceUnavailable, reason.KeysUnavailable), s.ask(t, token))
}

func kid(t *testing.T, token string) any {
	header, _ := decode(t, token)
	return header["kid"]
}
