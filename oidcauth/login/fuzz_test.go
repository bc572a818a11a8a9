package login_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// offline returns a login whose provider cannot be reached, with metadata that need no request.
func offline(tb testing.TB) *login.RelyingParty {
	tb.Helper()
	const issuer = "https://127.0.0.1:1"
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{URL: issuer, Audience: []string{audience}}}, Logger: quiet(),
	})
	require.NoError(tb, err)
	refusing := &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}
	client, err := provider.New(provider.Config{Issuer: issuer, ClientID: "app", HTTPClient: refusing})
	require.NoError(tb, err)
	rp, err := login.New(login.Config{
		Authenticator: auth, PublicURL: "https://app.example.com", Keys: [][]byte{key(1)}, Providers: []login.Provider{{Client: client}},
	})
	require.NoError(tb, err)
	return rp
}

// requireNoSession requires that an answer begins no session and leads nowhere else.
func requireNoSession(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	res := rec.Result()
	if res.StatusCode < 200 || res.StatusCode > 599 {
		t.Fatalf("status %d", res.StatusCode)
	}
	for _, c := range res.Cookies() {
		if c.Name == "__Host-session" && c.MaxAge >= 0 {
			t.Fatal("a session began")
		}
	}
	if to := res.Header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
		t.Fatalf("redirected to %q", to)
	}
}

func FuzzCallbackParameters(f *testing.F) {
	rp := offline(f)
	f.Add("code=a&state="+strings.Repeat("a", 44)+"&iss=x", "")
	f.Add("error=access_denied&error_description=%00&state=a", "code=a&state=b")
	f.Add("state=a&state=b", "%zz")
	f.Fuzz(func(t *testing.T, query, body string) {
		for _, r := range []*http.Request{
			{Method: http.MethodGet, URL: &url.URL{Path: "/auth/callback", RawQuery: query}, Header: navigation()},
			{
				Method: http.MethodPost, URL: &url.URL{Path: "/auth/callback", RawQuery: query}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
				Header: with(navigation(), "Content-Type", "application/x-www-form-urlencoded"),
			},
		} {
			rec := httptest.NewRecorder()
			rp.ServeHTTP(rec, r.WithContext(t.Context()))
			requireNoSession(t, rec)
		}
	})
}

func FuzzCookies(f *testing.F) {
	rp := offline(f)
	guarded := rp.Require(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	f.Add("__Host-session=" + strings.Repeat("a", 43))
	f.Add("__Host-session-aaaaaaaa=x; __Host-session-login=2; __Host-session-logout=y")
	f.Add("__Host-session=; __Host-session=\"a\"; ;;=")
	f.Fuzz(func(t *testing.T, cookies string) {
		for _, path := range []string{"/auth/login", "/auth/callback?state=" + strings.Repeat("a", 44), "/auth/logged-out?state=a", "/auth/logout", "/orders"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			r.Header = with(navigation(), "Cookie", cookies)
			rec := httptest.NewRecorder()
			if path == "/orders" {
				guarded.ServeHTTP(rec, r)
			} else {
				rp.ServeHTTP(rec, r)
			}
			requireNoSession(t, rec)
			if rec.Code == http.StatusTeapot {
				t.Fatal("admitted")
			}
		}
	})
}

// FuzzReturnPaths compares a return path with the URL that a browser would open.
func FuzzReturnPaths(f *testing.F) {
	rp := offline(f)
	for _, seed := range []string{"/orders?a=b", "//evil.example", "/\\evil.example", "/%2f/evil.example", "/.//evil.example", "/\t/evil.example", "https://evil.example"} {
		f.Add(seed)
	}
	base := &url.URL{Scheme: "https", Host: "app.example.com", Path: "/auth/callback"}
	f.Fuzz(func(t *testing.T, to string) {
		// The explaining page has the return path in its link.
		for _, name := range []string{"return_to", "target_link_uri"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/auth/login?"+url.Values{name: {to}}.Encode(), nil)
			r.Header = navigation()
			rec := httptest.NewRecorder()
			rp.ServeHTTP(rec, r)
			links := linksOf(rec.Body.String())
			if len(links) != 1 {
				if len(to) < 1000 {
					t.Fatalf("no link: %d", rec.Code)
				}
				continue
			}
			again, err := url.Parse(links[0])
			require.NoError(t, err)
			path := again.Query().Get("return_to")
			if strings.ContainsAny(path, "\\\t\r\n") || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
				t.Fatalf("%q leads to %q", to, path)
			}
			u, err := base.Parse(path)
			if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
				t.Fatalf("%q leads to %q", to, path)
			}
			if decoded, err := url.PathUnescape(u.EscapedPath()); err != nil || strings.HasPrefix(decoded, "//") || strings.Contains(decoded, "\\") {
				t.Fatalf("%q leads to %q", to, path)
			}
		}
	})
}
