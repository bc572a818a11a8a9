package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// newSite counts the visits of a browser by a cookie.
func newSite(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("visit")
		http.SetCookie(w, &http.Cookie{Name: "visit", Value: "1", Path: "/"})
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!DOCTYPE html><title>x</title><p id=end>known: %v</p>", err == nil)
	})
	mux.Handle("/away", http.RedirectHandler("/", http.StatusFound))
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

func TestTabsHaveCookiesOfTheirOwn(t *testing.T) {
	site := newSite(t)
	first := browser.Open(t)
	first.Go(site.URL)
	require.Equal(t, "known: false", first.Text())
	second := first.Another()
	second.Go(site.URL)
	require.Equal(t, "known: true", second.Text())
	other := browser.Open(t)
	other.Go(site.URL)
	require.Equal(t, "known: false", other.Text())
}

func TestDocumentsAreCounted(t *testing.T) {
	site := newSite(t)
	tab := browser.Open(t)
	tab.Go(site.URL + "/away")
	tab.Await("#end")
	require.Equal(t, []string{"GET " + site.URL + "/away", "GET " + site.URL + "/"}, tab.Documents())
	require.Empty(t, tab.Documents())
}

func TestOneHostHasNoCookies(t *testing.T) {
	site := newSite(t)
	address := strings.Replace(site.URL, "127.0.0.1", browser.WithoutCookies, 1)
	tab := browser.Open(t)
	tab.Go(address)
	tab.Go(address)
	require.Equal(t, "known: false", tab.Text())
}

func TestNoOtherHostIsReached(t *testing.T) {
	tab := browser.Open(t)
	require.ErrorContains(t, chromedp.Do(tab, chromedp.Navigate("http://www.example.com/")), "ERR_NAME_NOT_RESOLVED")
}
