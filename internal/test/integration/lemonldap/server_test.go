package lemonldap_test

import (
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/lemonldap"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

// The portal starts when the first test needs it. Tests that change it have one of their own.
var shared = throwaway.Share(func() (*lemonldap.Server, error) { return lemonldap.Start(lemonldap.Options{}) })

func TestMain(m *testing.M) { os.Exit(throwaway.Main(m, shared)) }

func server(t *testing.T) *lemonldap.Server {
	t.Helper()
	return shared.Get(t)
}

func own(t *testing.T, opts lemonldap.Options) *lemonldap.Server {
	t.Helper()
	s, err := lemonldap.Start(opts)
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	return s
}

func TestServerRunsUntilItIsStopped(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	s := own(t, lemonldap.Options{})
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port()))
	require.NotEmpty(t, s.ClientCredentials(t, lemonldap.Shop, "api:read"))
	require.NoError(t, s.Kill())
	_, err := net.Dial("tcp", address)
	require.Error(t, err)
	require.NoError(t, s.Restart())
	require.NotEmpty(t, s.Login(t, lemonldap.Shop, "dwho", "openid").ID)

	require.NoError(t, s.Stop())
	_, err = net.Dial("tcp", address)
	require.Error(t, err)
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "its data")
}
