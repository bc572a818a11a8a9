package operatorpage

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
)

const (
	axeVersion = "4.14.1"
	axeNode    = 20
)

// violation is a result of axe.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct{ HTML, FailureSummary string }
}

// axe-core finds no violation of WCAG 2.2 AA and none of its own best practices.
func TestAxeFindsNothing(t *testing.T) {
	_, dir := oidcprovider.NPM(t, "axe-core", axeVersion, axeNode)
	source, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err)
	s := newScene(t, true)
	for _, width := range []int64{narrow, wide} {
		for _, scheme := range []string{"light", "dark"} {
			tab := s.openTab(t, width, 900)
			browser.Call(tab, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}) // for axe itself
			tab.Prefers("prefers-color-scheme="+scheme, "prefers-reduced-motion=reduce")
			s.pages(tab, func(name string) {
				openDetails(tab)
				browser.Eval[chromedp.Void](tab, string(source))
				found := browser.Eval[[]violation](tab, "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)", chromedp.EvalAwaitPromise)
				var text strings.Builder
				for _, v := range found {
					for _, n := range v.Nodes {
						fmt.Fprintf(&text, "%s (%s): %s\n%s\n%s\n", v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
					}
				}
				require.Empty(t, text.String(), "%s, %d, %s", name, width, scheme)
			})
		}
	}
}
