package operatorpage

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const (
	narrow = 360
	wide   = 1400
)

// pages opens each page of the scene in turn.
func (s *scene) pages(t *browser.Tab, look func(name string)) {
	t.Helper()
	t.Go(s.url)
	look("overview")
	t.Go(s.url + "decision?id=" + s.id)
	look("refusal")
	t.Go(s.url + "decision?id=unknown")
	look("problem")
	paste(t, s.url, s.token(login, audience, nil))
	look("accepted")
	long := strings.Repeat("x", 190)
	paste(t, s.url, s.provider.Forge(oidctest.Forgery{Header: map[string]any{"kid": long}, Claims: oidctest.Claims{"iss": long, "aud": []string{long, long}, "jti": long, long: 1}}))
	look("long")
}

func TestNothingScrollsSideways(t *testing.T) {
	s := newScene(t, true)
	for _, width := range []int64{narrow, 768, wide} {
		tab := s.openTab(t, width, 900)
		s.pages(tab, func(name string) {
			assert.LessOrEqual(t, browser.Eval[int64](tab, "document.documentElement.scrollWidth"), width, "%s, %d", name, width)
		})
		tab.Go(s.url)
		openDetails(tab)
		assert.LessOrEqual(t, browser.Eval[int64](tab, "document.documentElement.scrollWidth"), width, "%d", width)
	}
}

// Text of 200 % in a window of 720 pixels has as much room as text of 100 % in 360 pixels.
func TestTextCanBeTwiceAsLarge(t *testing.T) {
	s := newScene(t, false)
	tab := s.openTab(t, 720, 900)
	s.pages(tab, func(name string) {
		browser.Eval[chromedp.Void](tab, "document.documentElement.style.setProperty('font-size', '200%')")
		assert.LessOrEqual(t, browser.Eval[int64](tab, "document.documentElement.scrollWidth"), int64(720), name)
	})
}

func TestColoursFollowTheSystem(t *testing.T) {
	s := newScene(t, false)
	tab := s.openTab(t, wide, 900)
	brightness := func() int {
		return browser.Eval[int](tab, "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)")
	}
	tab.Prefers("prefers-color-scheme=light")
	tab.Go(s.url)
	require.Greater(t, brightness(), 3*230)
	tab.Prefers("prefers-color-scheme=dark")
	require.Less(t, brightness(), 3*40)
	tab.Prefers("prefers-reduced-motion=no-preference")
	require.Equal(t, "smooth", browser.Eval[string](tab, "getComputedStyle(document.documentElement).scrollBehavior"))
	tab.Prefers("prefers-reduced-motion=reduce")
	require.Equal(t, "auto", browser.Eval[string](tab, "getComputedStyle(document.documentElement).scrollBehavior"))
}

// The cause is in the largest type of the page, above the fold also of a small window.
func TestCauseIsInTheLargestType(t *testing.T) {
	s := newScene(t, false)
	for _, width := range []int64{narrow, wide} {
		tab := s.openTab(t, width, 640)
		for _, path := range []string{"", "decision?id=" + s.id} {
			tab.Go(s.url + path)
			require.Contains(t, browser.Eval[string](tab, "document.querySelector('h1').innerText"), "Microsoft Graph")
			require.True(t, browser.Eval[bool](tab, `(() => {
				const size = e => parseFloat(getComputedStyle(e).fontSize), h1 = document.querySelector('h1');
				return [...document.querySelectorAll('body *')].every(e => e === h1 || size(e) < size(h1));
			})()`))
			require.Less(t, browser.Eval[float64](tab, "document.querySelector('.lead .fix').getBoundingClientRect().bottom"), 640.0)
		}
	}
}

// The page asks no other host, and the browser has nothing to complain about.
func TestPageNeedsNoOtherHost(t *testing.T) {
	s := newScene(t, true)
	tab := s.openTab(t, wide, 900)
	s.pages(tab, func(name string) {
		requests, faults := tab.Seen()
		require.NotEmpty(t, requests)
		for _, r := range requests {
			u, err := url.Parse(r)
			require.NoError(t, err)
			if u.Scheme != "data" { // the icon
				require.True(t, strings.HasPrefix(r, s.url), "%s asks for %s", name, r)
			}
		}
		for _, f := range faults {
			require.Contains(t, f, "status of 404", "%s; the decision that is unknown has this status", name)
		}
		require.Zero(t, browser.Eval[int](tab, "localStorage.length + sessionStorage.length + document.scripts.length"))
		require.NotContains(t, browser.Eval[string](tab, "location.href"), "eyJ")
	})
}

// The instrument of TestPageNeedsNoOtherHost finds what it looks for.
func TestBrowserReportsViolations(t *testing.T) {
	s := newScene(t, false)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!DOCTYPE html><title>x</title><p style="color: red">x</p><script>1</script><img src="http://127.0.0.2/x.png">`)
	}))
	t.Cleanup(server.Close)
	tab := s.openTab(t, wide, 900)
	tab.Go(server.URL)
	_, faults := tab.Seen()
	require.Contains(t, strings.Join(faults, "\n"), "ContentSecurityPolicyIssue")
}

// focused describes the element that has the focus.
const focused = "(e => e.id || e.className || e.innerText || e.tagName)(document.activeElement)"

// From the load to the explained token by the keyboard alone. Each stop shows its focus.
func TestKeyboardAlone(t *testing.T) {
	s := newScene(t, true)
	tab := s.openTab(t, wide, 900)
	tab.Go(s.url)
	tab.Press(kb.Tab)
	require.Equal(t, "skip", browser.Eval[string](tab, focused))
	require.Eventually(t, func() bool {
		return browser.Eval[float64](tab, "document.activeElement.getBoundingClientRect().top") >= 0
	}, browser.Patience, 1)
	tab.Press(kb.Enter)
	require.Equal(t, "main", browser.Eval[string](tab, focused))

	var stops []string
	for len(stops) == 0 || stops[len(stops)-1] != "text" {
		tab.Press(kb.Tab)
		stops = append(stops, browser.Eval[string](tab, focused))
		require.Less(t, len(stops), 5, "the form is near the start: %v", stops)
	}
	tab.Insert("Authorization: Bearer " + s.token(login, graph, nil))
	visible := func() {
		t.Helper()
		require.NotEqual(t, "none", browser.Eval[string](tab, "getComputedStyle(document.activeElement).outlineStyle"), browser.Eval[string](tab, focused))
	}
	visible()
	tab.Press(kb.Tab)
	require.Equal(t, "Explain", browser.Eval[string](tab, focused))
	visible()
	tab.Press(kb.Tab)
	require.Equal(t, "values", browser.Eval[string](tab, "document.activeElement.name"))
	visible()
	tab.Press(" ")
	require.True(t, browser.Eval[bool](tab, "document.activeElement.checked"))
	tab.Press(kb.Tab, chromedp.KeyModifiers(kb.ModifierShift))
	require.Equal(t, "Explain", browser.Eval[string](tab, focused))
	require.Equal(t, http.StatusOK, tab.Follow(chromedp.KeyEvent(kb.Enter)))
	require.Contains(t, browser.Eval[string](tab, "document.querySelector('h1').innerText"), "Microsoft Graph")
	require.Contains(t, browser.Eval[string](tab, "document.body.innerText"), "personal values are shown")
}

// Every stop of the keyboard is visible and within the page, in the order of the document.
func TestEveryStopIsVisible(t *testing.T) {
	s := newScene(t, true)
	tab := s.openTab(t, narrow, 900)
	s.pages(tab, func(name string) {
		want := browser.Eval[int](tab, "[...document.querySelectorAll('a[href], button, input, textarea, summary, [tabindex=\"0\"]')].filter(e => e.checkVisibility()).length")
		seen := 0
		for seen <= want {
			tab.Press(kb.Tab)
			if browser.Eval[bool](tab, "document.activeElement === document.body") {
				break
			}
			seen++
			require.NotEqual(t, "none", browser.Eval[string](tab, "getComputedStyle(document.activeElement).outlineStyle"), "%s: %s", name, browser.Eval[string](tab, focused))
		}
		require.Equal(t, want, seen, name)
	})
}

// Without scripts, only the protocols for input and for the document are used.
func TestPageWorksWithoutScripts(t *testing.T) {
	s := newScene(t, false)
	tab := s.openTab(t, wide, 900)
	browser.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	tab.Go(s.url)
	html := func() string {
		root := browser.Call(tab, dom.GetDocument, dom.GetDocumentParams{}).Root
		return browser.Call(tab, dom.GetOuterHTML, dom.GetOuterHTMLParams{BackendNodeID: root.BackendNodeID}).OuterHTML
	}
	require.Contains(t, html(), "requests refused in the last hour")
	tab.Press(kb.Tab)
	tab.Press(kb.Enter) // to the content
	tab.Press(kb.Tab)
	tab.Insert(s.token(login, audience, nil))
	tab.Press(kb.Tab)
	require.Equal(t, http.StatusOK, tab.Follow(chromedp.KeyEvent(kb.Enter)))
	require.Contains(t, html(), "This service accepts the token.")
}

func TestReloadShowsTheOverviewAndNotTheToken(t *testing.T) {
	s := newScene(t, false)
	tab := s.openTab(t, wide, 900)
	paste(tab, s.url, s.token(login, graph, nil))
	tab.Go(browser.Eval[string](tab, "location.href"))
	require.Equal(t, s.url, browser.Eval[string](tab, "location.href"))
	require.Empty(t, browser.Eval[string](tab, "document.querySelector('#text').value"))
}
