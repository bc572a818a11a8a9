package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/knownbearer/knownbearer/internal/test/needed"
)

// WithoutCookies is a host of this machine for which the browser accepts and sends no cookie.
const WithoutCookies = "without-cookies.localhost"

var errMissing = errors.New("browser: there is no Chromium: apt-get install chromium")

// chromium is the one Chromium of all tests. It starts with the first tab.
var chromium struct {
	once    sync.Once
	err     error
	context context.Context
	end     func()
}

// Main runs the tests of a package, and then ends Chromium. It returns the status with which the process exits.
func Main(m *testing.M) int {
	status := m.Run()
	if chromium.end != nil {
		chromium.end()
	}
	return status
}

// require starts Chromium if it does not run yet. It ends the test if there is none.
func require(tb testing.TB) context.Context {
	tb.Helper()
	chromium.once.Do(func() { chromium.err = start() })
	if errors.Is(chromium.err, errMissing) {
		needed.Missing(tb, chromium.err)
	}
	if chromium.err != nil {
		tb.Fatal(chromium.err)
	}
	return chromium.context
}

func start() error {
	program := find()
	if program == "" {
		return errMissing
	}
	dir, err := profile()
	if err != nil {
		return err
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(dir), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("disable-features", "BackForwardCache"), // chromedp finds no element of a page that comes back from it
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE *.localhost"),
	)
	ctx, cancel := chromedp.NewContext(allocator)
	chromium.context = ctx
	chromium.end = func() {
		_ = chromedp.Cancel(ctx) // waits for the end of the process
		cancel()
		end()
		_ = os.RemoveAll(dir)
	}
	if err := chromedp.Do(ctx); err != nil {
		return fmt.Errorf("browser: start: %w", err)
	}
	return nil
}

func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// profile makes the folder of a profile. A browser context inherits its settings, and none of its cookies.
func profile() (string, error) {
	dir, err := os.MkdirTemp("", "chromium-profile-")
	if err != nil {
		return "", err
	}
	const block = 2
	settings, err := json.Marshal(map[string]any{"profile": map[string]any{"content_settings": map[string]any{"exceptions": map[string]any{
		"cookies": map[string]any{"[*.]" + WithoutCookies + ",*": map[string]any{"setting": block}},
	}}}})
	if err != nil {
		return "", err
	}
	if err := os.Mkdir(filepath.Join(dir, "Default"), 0o700); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "Default", "Preferences"), settings, 0o600)
}
