package browser

import (
	"context"
	"fmt"
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
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// Patience is the longest time of a test with a tab. Only a hanging browser or page reaches it.
const Patience = 2 * time.Minute

// elementWithin is how long an element may take. It is shorter, so that a test can say which page is there instead.
const elementWithin = Patience / 8

// Tab is a tab of the browser. It records requests and everything that the browser complains about. Its context is that of chromedp,
// for the actions that it has no method for.
type Tab struct {
	testing.TB
	context.Context

	mu        sync.Mutex
	requests  []string
	documents []string
	faults    []string
}

// Open opens a tab with cookies of its own. It ends the test if there is no browser.
func Open(tb testing.TB) *Tab {
	tb.Helper()
	return open(tb, require(tb), chromedp.WithNewBrowserContext())
}

// Another opens a tab with the cookies of this one.
func (t *Tab) Another() *Tab {
	t.Helper()
	return open(t.TB, t.Context)
}

func open(tb testing.TB, parent context.Context, options ...chromedp.ContextOption) *Tab {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	tb.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, Patience)
	tb.Cleanup(cancel)
	out := &Tab{TB: tb, Context: ctx}
	out.must(chromedp.Listen(ctx, out.listen))
	Call(out, audits.Enable, cdp.Empty{})
	return out
}

func (t *Tab) listen(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.requests = append(t.requests, e.Request.URL)
		if e.Type == network.ResourceTypeDocument {
			t.documents = append(t.documents, e.Request.Method+" "+e.Request.URL)
		}
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

// Seen returns the requests and the faults so far.
func (t *Tab) Seen() (requests, faults []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.requests...), append([]string(nil), t.faults...)
}

// Documents returns the method and the URL of each request for a document since the last call, those of redirects and of frames too.
func (t *Tab) Documents() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.documents
	t.documents = nil
	return out
}

// Call runs a command of the protocol.
func Call[P, R any](t *Tab, c cdp.Command[P, R], params P) R {
	t.Helper()
	result, err := chromedp.Call(t, c, params)
	t.must(err)
	return result
}

// Eval returns the value of an expression.
func Eval[T any](t *Tab, expression string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	value, err := chromedp.Run(t, chromedp.Evaluate[T](expression, options...))
	t.must(err)
	return value
}

// Do runs actions.
func (t *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	t.must(chromedp.Do(t, actions...))
}

// Follow does something that loads a page, and returns its status.
func (t *Tab) Follow(actions ...chromedp.Action[chromedp.Void]) int {
	t.Helper()
	response, err := chromedp.RunResponse(t, actions...)
	t.must(err)
	return int(response.Status)
}

// Go loads a page.
func (t *Tab) Go(url string) {
	t.Helper()
	t.Do(chromedp.Navigate(url))
}

// Await waits for the first element that matches a CSS selector, through redirects and pages that submit themselves.
func (t *Tab) Await(selector string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context, elementWithin)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.WaitReady(chromedp.CSS(selector))); err != nil {
		_, faults := t.Seen()
		t.Fatalf("browser: %s is not there: %v\n%s\n%s\n%s\n%q", selector, err, t.Location(), t.Text(), strings.Join(t.Documents(), "\n"), faults)
	}
}

// Text returns the text of the page that a user sees.
func (t *Tab) Text() string {
	t.Helper()
	return Eval[string](t, "document.body.innerText")
}

// Location returns the address of the page.
func (t *Tab) Location() string {
	t.Helper()
	return Eval[string](t, "location.href")
}

// Cookies returns the cookies that the browser sends to a URL.
func (t *Tab) Cookies(url string) []*network.Cookie {
	t.Helper()
	return Call(t, network.GetCookies, network.GetCookiesParams{URLs: []string{url}}).Cookies
}

// SetCookie sets a cookie of a host, for all paths.
func (t *Tab) SetCookie(url, name, value string) {
	t.Helper()
	Call(t, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: url, Path: "/"})
}

// Size sets the size of the page in CSS pixels.
func (t *Tab) Size(width, height int64) {
	t.Helper()
	t.Do(chromedp.EmulateViewport(width, height))
}

// AcceptCertificates makes the browser accept certificates that no authority signed, in all tabs with the cookies of this one.
func (t *Tab) AcceptCertificates() {
	t.Helper()
	Call(t, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
}

// Prefers sets media features, such as prefers-color-scheme.
func (t *Tab) Prefers(pairs ...string) {
	t.Helper()
	var features []*emulation.MediaFeature
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	Call(t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// Press presses a key, such as Tab.
func (t *Tab) Press(key string, options ...chromedp.KeyOption) {
	t.Helper()
	t.Do(chromedp.KeyEvent(key, options...))
}

// Insert types a text.
func (t *Tab) Insert(text string) {
	t.Helper()
	Call(t, input.InsertText, input.InsertTextParams{Text: text})
}

func (t *Tab) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("browser: %v", err)
	}
}
