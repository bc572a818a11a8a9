package operatorpage

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// openDetails opens all details of the page.
func openDetails(t *browser.Tab) {
	t.Helper()
	browser.Eval[chromedp.Void](t, "document.querySelectorAll('details').forEach(d => d.open = true)")
}
