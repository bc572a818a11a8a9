package operatorpage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience is the longest time of a test. Only a hanging browser reaches it.
const patience = 2 * time.Minute

// browser is the one Chromium of all tests. Each test has a tab of its own.
var browser context.Context

func TestMain(m *testing.M) {
	program := chromium()
	if program == "" {
		os.Exit(m.Run()) // newTab skips or fails.
	}
	dir, err := os.MkdirTemp("", "chromium-profile-")
	if err != nil {
		panic(err)
	}
	allocator, end := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(program), chromedp.UserDataDir(dir), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"),
	)
	var close context.CancelFunc
	browser, close = chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintln(os.Stderr, "Chromium does not start:", err)
		os.Exit(1)
	}
	status := m.Run()
	_ = chromedp.Cancel(browser) // waits for the end of the process
	close()
	end()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// tab is a tab of the browser. It records requests and everything that the browser complains about.
type tab struct {
	testing.TB
	context.Context
	mu       sync.Mutex
	requests []string
	faults   []string
}

// newTab opens a tab of this size in CSS pixels. It ends the test if there is no browser.
func newTab(t testing.TB, width, height int64) *tab {
	t.Helper()
	if browser == nil {
		if os.Getenv("KNOWNBEARER_REQUIRE") == "1" {
			t.Fatal("Chromium is missing: apt-get install chromium")
		}
		t.Skip("Chromium is missing: apt-get install chromium")
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	out := &tab{TB: t, Context: ctx}
	require.NoError(t, chromedp.Listen(ctx, out.listen))
	call(out, audits.Enable, cdp.Empty{})
	out.do(chromedp.EmulateViewport(width, height))
	return out
}

func (t *tab) listen(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, e.Request.URL)
	case *network.EventLoadingFailed:
		t.faults = append(t.faults, "loading failed: "+e.ErrorText+" "+string(e.BlockedReason))
	case *audits.EventIssueAdded:
		t.faults = append(t.faults, fmt.Sprintf("issue: %s %+v", e.Issue.Code, e.Issue.Details))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			t.faults = append(t.faults, "log: "+e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		t.faults = append(t.faults, "exception: "+e.ExceptionDetails.Text)
	}
}

// seen returns the requests and the faults so far.
func (t *tab) seen() (requests, faults []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.requests...), append([]string(nil), t.faults...)
}

// call runs a command of the protocol.
func call[P, R any](t *tab, c cdp.Command[P, R], params P) R {
	t.Helper()
	result, err := chromedp.Call(t, c, params)
	require.NoError(t, err)
	return result
}

func (t *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	require.NoError(t, chromedp.Do(t, actions...))
}

// follow does something that loads a page, and returns its status.
func (t *tab) follow(actions ...chromedp.Action[chromedp.Void]) int {
	t.Helper()
	response, err := chromedp.RunResponse(t, actions...)
	require.NoError(t, err)
	return int(response.Status)
}

// open loads a page.
func (t *tab) open(url string) {
	t.Helper()
	t.do(chromedp.Navigate(url))
}

// eval returns the value of an expression.
func eval[T any](t *tab, expression string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	value, err := chromedp.Run(t, chromedp.Evaluate[T](expression, options...))
	require.NoError(t, err)
	return value
}

// prefers sets media features, such as prefers-color-scheme.
func (t *tab) prefers(pairs ...string) {
	t.Helper()
	var features []*emulation.MediaFeature
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// press presses a key, such as Tab.
func (t *tab) press(key string, options ...chromedp.KeyOption) {
	t.Helper()
	t.do(chromedp.KeyEvent(key, options...))
}

// insert types a text.
func (t *tab) insert(text string) {
	t.Helper()
	call(t, input.InsertText, input.InsertTextParams{Text: text})
}

// openDetails opens all details of the page.
func (t *tab) openDetails() {
	t.Helper()
	eval[chromedp.Void](t, "document.querySelectorAll('details').forEach(d => d.open = true)")
}
