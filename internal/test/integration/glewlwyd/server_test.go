package glewlwyd_test

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
)

// The server starts when the first test needs it.
var (
	shared = sync.OnceValues(glewlwyd.Start)
	used   atomic.Bool
)

func TestMain(m *testing.M) {
	code := m.Run()
	if used.Load() {
		if server, err := shared(); err == nil {
			if err := server.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				code = 1
			}
		}
	}
	os.Exit(code)
}

func server(t *testing.T) *glewlwyd.Server {
	t.Helper()
	used.Store(true)
	s, err := shared()
	glewlwyd.Require(t, err)
	return s
}

func TestServerRunsUntilItIsStopped(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	s, err := glewlwyd.Start()
	glewlwyd.Require(t, err)
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
