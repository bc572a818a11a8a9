package migration

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/readme"
)

var update = flag.Bool("update", false, "write the page's code blocks again")

// The page shows the code that this package compiles and tests.
func TestPage(t *testing.T) {
	root, err := readme.Root()
	require.NoError(t, err)
	here, err := os.Getwd()
	require.NoError(t, err)
	sources, err := readme.NewSources(here, "*.go")
	require.NoError(t, err)
	path := filepath.Join(root, ".github", "MIGRATION.md")
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	pages := &readme.Pages{Go: sources}
	want, err := pages.Render(string(have))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		return
	}
	require.True(t, want == string(have), "run go -C internal/test/interop test ./migration -update")
	require.NoError(t, readme.CheckLinks(path))
	names, err := readme.NewNames(root, readme.Folders...)
	require.NoError(t, err)
	require.NoError(t, names.Check(path))
}
