package postgrestest_test

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/postgrestest"
	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

func TestServerRunsUntilItIsStopped(t *testing.T) {
	scratch := t.TempDir()
	require.NoError(t, os.Chmod(scratch, 0o777)) // root's server runs as another user
	require.NoError(t, os.Chmod(filepath.Dir(scratch), 0o755))
	t.Setenv("TMPDIR", scratch)
	server, err := postgrestest.Start()
	throwaway.Require(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })

	u, err := url.Parse(server.URL())
	require.NoError(t, err)
	conn, err := net.Dial("tcp", u.Host)
	require.NoError(t, err)
	require.NoError(t, conn.Close())

	require.NoError(t, server.Stop())
	_, err = net.Dial("tcp", u.Host)
	require.Error(t, err)
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "its data")
}
