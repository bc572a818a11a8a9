// Package visitor sends requests as the browser of one user does.
package visitor

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// New returns a browser, which keeps cookies and follows redirects. If transport is nil, it is the default one.
func New(tb testing.TB, transport http.RoundTripper) *http.Client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Client{Jar: jar, Transport: transport}
}

// Page returns the header of a page that the user opens, and not by a link of another page.
func Page() http.Header {
	return http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"none"}}
}

// Script returns the header of a request by a script of the same origin.
func Script() http.Header {
	return http.Header{"Accept": {"*/*"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"same-origin"}}
}

// Answer is the last answer to a request, after its redirects.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Send sends a request without a body.
func Send(tb testing.TB, browser *http.Client, method, url string, header http.Header) Answer {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, url, http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header = header
	response, err := browser.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		tb.Fatal(err)
	}
	return Answer{response.StatusCode, response.Header, string(body)}
}
