package login_test

import (
	"errors"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// browser behaves as a browser does with the pages of one user.
type browser struct {
	t      *testing.T
	client *http.Client
	jar    http.CookieJar
	seen   []*http.Request // each request of the last visit
}

// maxHops is more than any login needs. A visit with more redirects is a loop.
const maxHops = 20

func (w *world) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	b := &browser{t: w.t, jar: jar}
	transport := w.app.Client().Transport
	b.client = &http.Client{Jar: jar, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		b.seen = append(b.seen, r)
		return transport.RoundTrip(r)
	}), CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if len(via) > maxHops {
			return errLoop
		}
		return nil
	}}
	return b
}

var errLoop = errors.New("the browser is redirected again and again")

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// visit is what a browser shows.
type visit struct {
	status  int
	url     *url.URL
	body    string
	header  http.Header
	hops    int
	request []*http.Request
}

// navigation is the header of a browser's navigation.
func navigation() http.Header {
	return http.Header{
		"Accept": {"text/html,application/xhtml+xml,*/*;q=0.8"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"none"},
	}
}

// fetching is the header of a script's request.
func fetching() http.Header {
	return http.Header{"Accept": {"*/*"}, "Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"same-origin"}}
}

// open navigates to a URL.
func (b *browser) open(at string) visit {
	b.t.Helper()
	return b.send(http.MethodGet, at, nil, navigation())
}

// send sends a request with a form and follows its redirects.
func (b *browser) send(method, at string, form url.Values, header http.Header) visit {
	b.t.Helper()
	v, err := b.try(method, at, form, header)
	require.NoError(b.t, err)
	return v
}

func (b *browser) try(method, at string, form url.Values, header http.Header) (visit, error) {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, at, body)
	require.NoError(b.t, err)
	r.Header = header.Clone()
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	b.seen = nil
	res, err := b.client.Do(r)
	if err != nil {
		return visit{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(b.t, err)
	return visit{res.StatusCode, res.Request.URL, string(text), res.Header, len(b.seen) - 1, b.seen}, nil
}

// step sends one request and follows no redirect.
func (b *browser) step(method, at string, form url.Values, header http.Header) visit {
	b.t.Helper()
	own := *b
	client := *b.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.client = &client
	return own.send(method, at, form, header)
}

// location returns the URL to which the visit is redirected.
func (v visit) location(t *testing.T) *url.URL {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, v.status, v.body)
	u, err := v.url.Parse(v.header.Get("Location"))
	require.NoError(t, err)
	return u
}

// cookie returns a cookie that the browser has for the application.
func (b *browser) cookie(w *world, name string) *http.Cookie {
	b.t.Helper()
	for _, c := range b.cookies(w) {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// cookies returns those of the application. The provider has the same host.
func (b *browser) cookies(w *world) (out []*http.Cookie) {
	b.t.Helper()
	at, err := url.Parse(w.app.URL)
	require.NoError(b.t, err)
	for _, c := range b.jar.Cookies(at) {
		if strings.HasPrefix(c.Name, "__Host-") {
			out = append(out, c)
		}
	}
	return out
}

// setCookie replaces a cookie of the browser.
func (b *browser) setCookie(w *world, name, value string) {
	b.t.Helper()
	at, err := url.Parse(w.app.URL)
	require.NoError(b.t, err)
	age := 0
	if value == "" {
		age = -1
	}
	b.jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/", MaxAge: age, Secure: true}})
}

// callback starts a login and returns the URL of its callback, which the browser has not opened.
func (b *browser) callback(w *world, path string) string {
	b.t.Helper()
	at := b.step(http.MethodGet, w.app.URL+path, nil, navigation()).location(b.t)
	v := b.step(http.MethodGet, at.String(), nil, navigation())
	return v.location(b.t).String()
}

func sortedKeys(v url.Values) []string { return slices.Sorted(maps.Keys(v)) }

var (
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	formAction  = regexp.MustCompile(`action="([^"]*)"`)
	linkTarget  = regexp.MustCompile(`<a href="([^"]*)"`)
)

func hiddenForm(t *testing.T, body string) (url.Values, string) {
	t.Helper()
	out := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(body, -1) {
		out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	m := formAction.FindStringSubmatch(body)
	require.NotNil(t, m, body)
	return out, html.UnescapeString(m[1])
}

func linksOf(body string) (out []string) {
	for _, m := range linkTarget.FindAllStringSubmatch(body, -1) {
		out = append(out, html.UnescapeString(m[1]))
	}
	return out
}

// copyOf returns a jar with the cookies that the browser has for the application.
func copyOf(t *testing.T, w *world, b *browser) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	at, err := url.Parse(w.app.URL)
	require.NoError(t, err)
	var all []*http.Cookie
	for _, c := range b.cookies(w) {
		all = append(all, &http.Cookie{Name: c.Name, Value: c.Value, Path: "/", Secure: true})
	}
	jar.SetCookies(at, all)
	return jar
}

func queryOf(t *testing.T, at, name string) string {
	t.Helper()
	u, err := url.Parse(at)
	require.NoError(t, err)
	return u.Query().Get(name)
}
