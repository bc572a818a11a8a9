package glewlwyd_test

import (
	"net"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

// The server starts when the first test needs it.
var shared = throwaway.Share(glewlwyd.Start)

func TestMain(m *testing.M) { os.Exit(throwaway.Main(m, shared)) }

func server(t *testing.T) *glewlwyd.Server {
	t.Helper()
	return shared.Get(t)
}

func TestServerRunsUntilItIsStopped(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	s, err := glewlwyd.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop()) })
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port()))
	require.NoError(t, s.Kill())
	_, err = net.Dial("tcp", address)
	require.Error(t, err)
	require.NoError(t, s.Restart())
	require.NotEmpty(t, s.Issuer("ES256").ClientCredentials(t, glewlwyd.Resource, "api:read"))

	require.NoError(t, s.Stop())
	_, err = net.Dial("tcp", address)
	require.Error(t, err)
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "its data")
}
