package settings_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
)

const ordersDocument = `{"providers": {"corp": {"issuer": "ISSUER", "audience": ["api://orders"]}}}`

// watched is a Watcher of a file, with a clock that the test moves.
type watched struct {
	*settings.Watcher
	*oidctest.Provider
	dir, file string

	mu     sync.Mutex
	events []decision.Event
}

// watch starts a Watcher of a document in a folder of its own. The files are written before it starts.
func watch(t *testing.T, p *oidctest.Provider, document string, files map[string]string) *watched {
	t.Helper()
	w := &watched{Provider: p, dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "settings.json")
	for name, text := range files {
		w.write(t, name, text)
	}
	w.write(t, "settings.json", document)
	w.start(t)
	return w
}

func (w *watched) start(t *testing.T) {
	t.Helper()
	var err error
	w.Watcher, err = settings.Watch(w.file, settings.WatchOptions{Options: options, Adapt: w.adapt})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Watcher.Close()) })
}

func (w *watched) adapt(c *settings.Configuration) error {
	c.Config.Now, c.Config.Logger = w.Now, slog.New(slog.DiscardHandler)
	c.Config.OnEvent = func(_ context.Context, e decision.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if e.Kind == decision.Reloaded {
			w.events = append(w.events, e)
		}
	}
	return nil
}

func (w *watched) reloads() []decision.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]decision.Event(nil), w.events...)
}

func (w *watched) write(t *testing.T, name, text string) {
	t.Helper()
	text = strings.ReplaceAll(text, "ISSUER", w.Issuer())
	require.NoError(t, os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600))
}

// settle lets the time pass in which a change is noticed and, with the keys at hand, used.
func (w *watched) settle() *oidcauth.Authenticator {
	w.Advance(10 * time.Second)
	w.Authenticator()
	w.Advance(time.Second)
	return w.Authenticator()
}
