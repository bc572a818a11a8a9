//go:build unix

package certsource_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
)

// To read a pipe could take forever.
func TestPipeInAFolderIsSkipped(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.pem"), pemOf(newCert(t, "a", year)), 0o600))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600))
	require.NoError(t, os.Symlink("pipe", filepath.Join(dir, "b.pem")))
	require.NoError(t, os.Symlink("c.pem", filepath.Join(dir, "c.pem")))
	require.NoError(t, os.Symlink("/dev/zero", filepath.Join(dir, "d.pem")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "e.pem"), 0o700))
	of := held(t, bind(t, certsource.Dir{FS: os.DirFS(dir), Subject: "CN=a,O=Example"}))
	require.Len(t, of.Held, 1)
	require.Len(t, of.Notes, 4)
}
