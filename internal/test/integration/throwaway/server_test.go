package throwaway_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

func TestServerThatIsNotInstalledIsMissing(t *testing.T) {
	_, err := throwaway.Start(`exit 69`)
	require.ErrorIs(t, err, throwaway.ErrMissing)
}

func TestServerThatDoesNotStartIsAnErrorThatSaysWhy(t *testing.T) {
	_, err := throwaway.Start(`echo "no space" >&2; exit 1`)
	require.Error(t, err)
	require.NotErrorIs(t, err, throwaway.ErrMissing)
	assert.Contains(t, err.Error(), "no space")
}

func TestServerIsKilledAndStartedAgain(t *testing.T) {
	s, err := throwaway.Start(`echo ready; while read -r c; do case $c in kill) echo killed ;; start) echo ready ;; esac; done`)
	require.NoError(t, err)
	require.NoError(t, s.Kill())
	require.NoError(t, s.Restart())
	require.NoError(t, s.Stop())
	require.NoError(t, s.Stop(), "once more")
	require.Error(t, s.Kill())
}
