package mariadbtest_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/mariadbtest"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

func TestServerRunsUntilItIsStopped(t *testing.T) {
	scratch := t.TempDir()
	require.NoError(t, os.Chmod(scratch, 0o777)) // root's server runs as another user
	require.NoError(t, os.Chmod(filepath.Dir(scratch), 0o755))
	t.Setenv("TMPDIR", scratch)
	server, err := mariadbtest.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })

	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(server.Port()))
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, conn.Close())

	require.NoError(t, server.Stop())
	_, err = net.Dial("tcp", address)
	require.Error(t, err)
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "its data")
}
