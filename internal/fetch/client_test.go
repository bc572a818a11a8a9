package fetch_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

func serve(t *testing.T, h http.HandlerFunc) (*httptest.Server, *fetch.Client) {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s, fetch.NewClient(s.Client())
}

func TestBodyLimit(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("12345")) })
	resp, err := c.Get(context.Background(), s.URL, 5, nil)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(resp.Body))
	_, err = c.Get(context.Background(), s.URL, 4, nil)
	assert.ErrorIs(t, err, fetch.ErrTooLarge)
}

func TestStatusWithoutQueryOrBody(t *testing.T) {
	s, c := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "hidden-body", http.StatusTeapot) })
	_, err := c.Get(context.Background(), s.URL+"/a?hidden-query", 0, nil)
	var e *fetch.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, http.StatusTeapot, e.Status)
	assert.Equal(t, s.URL+"/a", e.URL)
	assert.False(t, strings.Contains(err.Error(), "hidden"))
}

func TestUntrustedCertificate(t *testing.T) {
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := fetch.NewClient(nil).Get(context.Background(), s.URL, 0, nil)
	var e *fetch.Error
	require.ErrorAs(t, err, &e)
	assert.Zero(t, e.Status)
}

func TestRedirects(t *testing.T) {
	var reached atomic.Int32
	other, _ := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	var hits atomic.Int32
	s, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/cross":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://"+r.Host+"/end", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		}
	})
	_, err := c.Get(context.Background(), s.URL+"/same", 0, nil)
	require.NoError(t, err)
	for _, path := range []string{"/cross", "/plain"} {
		_, err = c.Get(context.Background(), s.URL+path, 0, nil)
		assert.ErrorIs(t, err, fetch.ErrRedirect, path)
	}
	assert.Zero(t, reached.Load())

	hits.Store(0)
	_, err = c.Get(context.Background(), s.URL+"/loop", 0, nil)
	assert.ErrorIs(t, err, fetch.ErrRedirect)
	assert.EqualValues(t, 4, hits.Load())

	for _, path := range []string{"/same", "/cross"} { // credentials never follow
		for _, header := range []http.Header{{"Authorization": {"Bearer x"}}, {"Cookie": {"session=1"}}} {
			hits.Store(0)
			_, err = c.Get(context.Background(), s.URL+path, 0, header)
			assert.ErrorIs(t, err, fetch.ErrRedirect, path)
			assert.EqualValues(t, 1, hits.Load(), path)
		}
	}
	assert.Zero(t, reached.Load())
}

// The caller's own rule may refuse a redirect, but cannot allow one.
func TestRedirectsByTheCallersRule(t *testing.T) {
	var reached atomic.Int32
	other, _ := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/cross":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case "/end":
			reached.Add(1)
		}
	})
	own := errors.New("not here")
	for name, c := range map[string]struct {
		answer error
		status int
		path   string
		want   error
	}{
		"refuses":                {own, 0, "/same", own},
		"takes the redirect":     {http.ErrUseLastResponse, http.StatusFound, "/same", nil},
		"cannot widen":           {nil, 0, "/cross", fetch.ErrRedirect},
		"cannot widen otherwise": {http.ErrUseLastResponse, 0, "/cross", fetch.ErrRedirect},
	} {
		t.Run(name, func(t *testing.T) {
			base := *s.Client()
			base.CheckRedirect = func(*http.Request, []*http.Request) error { return c.answer }
			_, err := fetch.NewClient(&base).Get(context.Background(), s.URL+c.path, 0, nil)
			var e *fetch.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.status, e.Status)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
			require.Zero(t, reached.Load())
		})
	}
	base := *s.Client()
	asked := 0
	base.CheckRedirect = func(*http.Request, []*http.Request) error { asked++; return nil }
	_, err := fetch.NewClient(&base).Get(context.Background(), s.URL+"/same", 0, nil)
	require.NoError(t, err)
	require.Equal(t, 1, asked)
	require.EqualValues(t, 1, reached.Load())
}

// A cookie would link the requests of different tokens, and could be another program's secret.
func TestNoCookiesOfTheCallersJar(t *testing.T) {
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		if len(r.Cookies()) > 0 {
			w.WriteHeader(http.StatusTeapot)
		}
	})
	base := *s.Client()
	base.Jar = must(cookiejar.New(nil))
	u := must(url.Parse(s.URL))
	base.Jar.SetCookies(u, []*http.Cookie{{Name: "c", Value: "d"}})
	for range 2 {
		_, err := fetch.NewClient(&base).Get(context.Background(), s.URL, 0, nil)
		require.NoError(t, err)
	}
	require.Len(t, base.Jar.Cookies(u), 1)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestNoConnectionLeakedPerFailure(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, strings.Repeat("x", 8<<10), http.StatusInternalServerError)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	c := fetch.NewClient(s.Client())
	for range 20 {
		_, err := c.Get(context.Background(), s.URL, 0, nil)
		require.Error(t, err)
	}
	assert.EqualValues(t, 1, opened.Load())
}

func TestCheckURL(t *testing.T) {
	for _, ok := range []string{"https://a.example/x?y", "http://localhost:1", "http://127.9.0.1", "http://[::1]:80/"} {
		assert.NoError(t, fetch.CheckURL(ok), ok)
	}
	for _, bad := range []string{
		"", "/x", "http://a.example", "https://u:p@a.example", "https://a.example/#", "https:a.example",
		"https://:443", "ftp://localhost", "http://localhost.evil.example", "https://a\n.example",
	} {
		assert.Error(t, fetch.CheckURL(bad), bad)
	}
}
