package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// visitor sends the requests of one browser.
type visitor struct {
	client *http.Client
	base   string // URL of the service
}

func newVisitor(base string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &visitor{client: &http.Client{Jar: jar}, base: base}, nil
}

// page is what the browser shows.
type page struct {
	status int
	at     *url.URL
	body   string
}

// Headers of a browser's requests: of a page that the user opens, of a script, and of a form.
var (
	opened   = http.Header{"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"none"}}
	scripted = http.Header{"Accept": {"*/*"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"same-origin"}}
	sent     = http.Header{
		"Accept": {"text/html"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"same-origin"},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
)

// do sends a request and follows its redirects.
func (v *visitor) do(method, at string, header http.Header, form url.Values) (page, error) {
	r, err := http.NewRequest(method, at, strings.NewReader(form.Encode()))
	if err != nil {
		return page{}, err
	}
	r.Header = header.Clone()
	answer, err := v.client.Do(r)
	if err != nil {
		return page{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return page{answer.StatusCode, answer.Request.URL, string(body)}, err
}

func (v *visitor) open(path string) (page, error) {
	return v.do(http.MethodGet, v.base+path, opened, nil)
}

func (v *visitor) fetch(path string) (page, error) {
	return v.do(http.MethodGet, v.base+path, scripted, nil)
}

func (v *visitor) send(path string) (page, error) {
	return v.do(http.MethodPost, v.base+path, sent, nil)
}

var (
	hidden  = regexp.MustCompile(`<input type="hidden" name="interaction" value="([^"]*)">`)
	heading = regexp.MustCompile(`<h1>([^<]*)</h1>`)
	named   = regexp.MustCompile(`<dd id="name">([^<]*)</dd>`)
)

// signIn opens a page, and fills in the form of the provider to which it leads.
func (v *visitor) signIn(path, name string) (page, error) {
	p, err := v.open(path)
	if err != nil {
		return p, err
	}
	if !p.isForm() {
		return p, fmt.Errorf("%s leads to %s and not to the provider", path, p.at)
	}
	form := url.Values{"interaction": {html.UnescapeString(hidden.FindStringSubmatch(p.body)[1])}, "username": {name}}
	return v.do(http.MethodPost, p.at.Scheme+"://"+p.at.Host+"/authorize", sent, form)
}

// isForm reports whether the page is the login form of the provider.
func (p page) isForm() bool { return hidden.MatchString(p.body) }

// title returns the heading of the page.
func (p page) title() string { return first(heading, p.body) }

// name returns the name that the page shows.
func (p page) name() string { return first(named, p.body) }

func first(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}
