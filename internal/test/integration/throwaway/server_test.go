package throwaway_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/throwaway"
)

func TestServerThatIsNotInstalledIsMissing(t *testing.T) {
	_, err := throwaway.Start(throwaway.Program{Package: "test", Script: `exit 69`})
	require.ErrorIs(t, err, throwaway.ErrMissing)
}

func TestServerThatDoesNotStartIsAnErrorThatSaysWhy(t *testing.T) {
	_, err := throwaway.Start(throwaway.Program{Package: "test", Script: `echo "no space" >&2; exit 1`})
	require.Error(t, err)
	require.NotErrorIs(t, err, throwaway.ErrMissing)
	assert.Contains(t, err.Error(), "no space")
}

func TestServerIsKilledAndStartedAgain(t *testing.T) {
	s, err := throwaway.Start(throwaway.Program{Package: "test", Script: `start_server() { :; }; obey`})
	require.NoError(t, err)
	require.NoError(t, s.Kill())
	require.NoError(t, s.Restart())
	require.NoError(t, s.Stop())
	require.NoError(t, s.Stop(), "once more")
	require.Error(t, s.Kill())
}

func TestServerRunsInAFolderThatIsRemoved(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	files := func(dir string) error { return os.WriteFile(filepath.Join(dir, "text"), []byte("listening\n"), 0o600) }
	for name, c := range map[string]struct {
		script string
		starts bool
	}{
		"runs":        {`start_server() { serve listening sh -c 'cat "$1/text"; exec sleep 600' sh "$run"; }; obey`, true},
		"ends":        {`start_server() { serve listening true; }; obey`, false},
		"is missing":  {`exit 69`, false},
		"cannot tell": {`exit 1`, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := throwaway.Start(throwaway.Program{Package: "test", Script: c.script, Files: files})
			require.Equal(t, c.starts, err == nil, err)
			if c.starts {
				require.DirExists(t, s.Dir())
				require.NoError(t, s.Kill())
				require.NoError(t, s.Restart())
				require.NoError(t, s.Stop())
			}
			left, err := os.ReadDir(scratch)
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

type stopped struct{ times int }

func (s *stopped) Stop() error { s.times++; return nil }

func TestSharedServerIsStartedOnceAndStoppedIfItRan(t *testing.T) {
	server, starts := &stopped{}, 0
	start := func() (*stopped, error) { starts++; return server, nil }
	unused := throwaway.Share(start)
	require.NoError(t, unused.Stop())
	require.Zero(t, starts)

	shared := throwaway.Share(start)
	require.Same(t, server, shared.Get(t))
	require.Same(t, server, shared.Get(t))
	require.Equal(t, 1, starts)
	require.NoError(t, shared.Stop())
	require.Equal(t, 1, server.times)
}
