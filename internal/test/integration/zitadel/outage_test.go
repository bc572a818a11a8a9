package zitadel_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/zitadel"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// It is unknown whether the key exists, so the client must try again and need not log in again, however often it asks.
func TestUnknownKeyIsNoFaultOfTheTokenWhileTheProviderIsDown(t *testing.T) {
	op := zitadel.Start(t)
	s := newService(t, op, nil)
	held := op.Login(t, zitadel.JWT, "alice", "openid").Access
	require.Equal(t, served("row-1"), s.ask(t, held))
	op.Rotate(t)
	token := op.Login(t, zitadel.JWT, "alice", "openid").Access
	op.Stop()
	for range 5 {
		require.Equal(t, refused(http.StatusServiceUnavailable, reason.KeysUnavailable), s.ask(t, token))
	}
	require.Equal(t, served("row-1"), s.ask(t, held))
}
