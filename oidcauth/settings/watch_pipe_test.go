//go:build unix

package settings_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A pipe takes the place of a file. To open it would wait for its writer, and the Watcher would never look again.
func TestPipeInThePlaceOfAFileIsAFault(t *testing.T) {
	for _, name := range []string{"settings.json", "secret"} {
		t.Run(name, func(t *testing.T) {
			document := `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"],
				"client": {"clientID": "api:orders", "auth": {"secret": {"file": "secret"}}}, "introspection": {"client": true}}}}`
			w := watch(t, oidctest.New(t), document, map[string]string{"secret": oidctest.ClientSecret})
			before := w.Authenticator()
			text, err := os.ReadFile(filepath.Join(w.dir, name))
			require.NoError(t, err)
			require.NoError(t, os.Remove(filepath.Join(w.dir, name)))
			require.NoError(t, syscall.Mkfifo(filepath.Join(w.dir, name), 0o600))
			require.Same(t, before, w.settle())
			require.Len(t, w.reloads(), 1)
			require.Contains(t, w.reloads()[0].Reload.Fault, name)
			require.NoError(t, os.Remove(filepath.Join(w.dir, name)))
			w.write(t, name, string(text)+"\n")
			require.NotSame(t, before, w.settle())
		})
	}
}
