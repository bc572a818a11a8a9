package login_test

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// elsewhere are texts that a browser, a proxy or a router may take for a page of another host.
var elsewhere = []string{
	"https://evil.example", "//evil.example", "///evil.example", "////evil.example", `/\evil.example`, `\/evil.example`, `\\evil.example`,
	"/\t/evil.example", "\t//evil.example", "/\n/evil.example", "/%0a/evil.example", "/%09/evil.example", "/%2f/evil.example", "/%5cevil.example",
	"/%252f%252fevil.example", "/.//evil.example", "/..//evil.example", "/%2e%2e//evil.example", "/;//evil.example", "/./;/evil.example",
	"https:evil.example", "http:///evil.example", "javascript:alert(1)", "data:text/html,x", "//evil.example@app", "/\u2215evil.example",
	"\u00a0//evil.example", "/\x00/evil.example", "//[::1", "http://evil.example\\@app", "//evil%00.example", "?//evil.example", "evil.example",
}

// requireHere requires that a browser stays at this service, however it reads the text of the header.
func requireHere(t *testing.T, w *world, given, location string) {
	t.Helper()
	require.Regexp(t, `^/([A-Za-z0-9]|$|\?)`, location, "%q", given)
	require.NotRegexp(t, `[\\\s\x00-\x1f]`, location, "%q", given)
	u, err := url.Parse(w.app.URL)
	require.NoError(t, err)
	to, err := u.Parse(location)
	require.NoError(t, err)
	require.Equal(t, u.Host, to.Host, "%q", given)
	require.NotContains(t, strings.ToLower(to.Path), "/evil", "%q", given)
}

func TestAttackOpenRedirect(t *testing.T) {
	w := newWorld(t, setup{})
	for _, to := range elsewhere {
		for _, name := range []string{"return_to", "target_link_uri"} {
			b := w.browser()
			at := b.callback(w, "/auth/login?"+url.Values{name: {to}}.Encode())
			v := b.step(http.MethodGet, at, nil, navigation())
			require.Equal(t, http.StatusSeeOther, v.status)
			requireHere(t, w, to, v.header.Get("Location"))
		}
	}
	signedIn := w.browser()
	signedIn.open(w.app.URL + "/")
	for _, to := range elsewhere { // the form of a page whose session has ended
		if strings.ContainsAny(to, "\n\x00") {
			continue // no header can have it
		}
		v := w.browser().send(http.MethodPost, w.app.URL+"/", nil, with(navigation(), "Sec-Fetch-Site", "same-origin", "Referer", to))
		require.Equal(t, []string{"/auth/login?return_to=%2F"}, linksOf(v.body), to)
	}
}

// The path of the request itself is the return path.
func TestAttackOpenRedirectByTheRequestLine(t *testing.T) {
	w := newWorld(t, setup{})
	guarded := w.rp.Require(http.NotFoundHandler())
	w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { // without the cleaning of a ServeMux
		if strings.HasPrefix(r.URL.Path, "/auth/") {
			w.rp.ServeHTTP(rw, r)
			return
		}
		guarded.ServeHTTP(rw, r)
	}))
	for _, target := range []string{"//evil.example/", `/\evil.example/`, "/%5cevil.example", "/.//evil.example", "https://evil.example/", "//evil.example@" + w.app.Listener.Addr().String() + "/", "/%2fevil.example"} {
		b := w.browser()
		conn, err := tls.Dial("tcp", w.app.Listener.Addr().String(), w.app.Client().Transport.(*http.Transport).TLSClientConfig)
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: evil.example\r\nAccept: text/html\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n", target)
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.NoError(t, conn.Close())
		if res.StatusCode == http.StatusBadRequest {
			continue // net/http refused the request line
		}
		require.Equal(t, http.StatusSeeOther, res.StatusCode, target)
		at, err := url.Parse(w.app.URL)
		require.NoError(t, err)
		b.jar.SetCookies(at, res.Cookies())
		v := b.step(http.MethodGet, res.Header.Get("Location"), nil, navigation())
		v = b.step(http.MethodGet, v.location(t).String(), nil, navigation())
		requireHere(t, w, target, v.header.Get("Location"))
	}
}

// hostile is markup for HTML texts, attributes and scripts, with line breaks for headers.
const hostile = "</p>\"'><script>alert(1)</script><img src=x onerror=alert(1)>\r\nX-Injected: 1\r\n\r\n"

// Texts of a request, of a provider and of the configuration are on the pages.
func TestAttackCrossSiteScripting(t *testing.T) {
	w, _ := twoProviders(t)
	named := w.routes(w.relyingParty(setup{login: func(c *login.Config) {
		c.Providers[0].Name = hostile
		c.Providers = append(c.Providers, c.Providers[0])
		c.Providers[1].Name = "second"
	}}))
	q := url.QueryEscape(hostile)
	b := w.browser()
	refused := func(b *browser) string {
		return changed(t, b.callback(w, "/auth/login?provider=first"), map[string]string{"code": "", "error": hostile, "error_description": hostile, "error_uri": "javascript:alert(1)"})
	}(b)
	for _, c := range []struct {
		name, at string
		handler  http.Handler
	}{
		{"names of providers", "/orders?a=" + q, named},
		{"a hint and a return path", "/auth/login?login_hint=" + q + "&return_to=/" + q, named},
		{"an unknown provider", "/auth/login?provider=" + q, nil},
		{"an unknown issuer", "/auth/login?iss=" + q, nil},
		{"a state", "/auth/callback?state=" + q + "&code=" + q, nil},
		{"an error of the provider", strings.TrimPrefix(refused, w.app.URL), nil},
		{"a front-channel logout", "/auth/frontchannel-logout?iss=" + q + "&sid=" + q, nil},
		{"the state of a logout", "/auth/logged-out?state=" + q, nil},
		{"a page that does not exist", "/auth/" + q, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.serve(w.routes(w.rp))
			if c.handler != nil {
				w.serve(c.handler)
			}
			v := b.step(http.MethodGet, w.app.URL+c.at, nil, navigation())
			require.NotContains(t, v.body, "<script")
			require.NotContains(t, v.body, "onerror=alert(1)>")
			require.NotContains(t, v.body, `href="javascript:`)
			require.Empty(t, v.header.Get("X-Injected"))
			require.Equal(t, "nosniff", v.header.Get("X-Content-Type-Options"))
			if strings.Contains(v.header.Get("Content-Type"), "text/html") {
				require.Contains(t, v.header.Get("Content-Security-Policy"), "default-src 'none'")
				require.NotContains(t, v.header.Get("Content-Security-Policy"), "unsafe")
			}
		})
	}
	require.NotContains(t, w.logged(), "\nX-Injected")
}

// Another site shows each page in a frame.
func TestAttackClickjacking(t *testing.T) {
	w, _ := twoProviders(t)
	b := w.browser()
	b.open(w.app.URL + "/auth/login?provider=first")
	for _, at := range []string{"/auth/login", "/auth/logout", "/auth/logged-out", "/auth/logged-out?state=a", "/auth/callback?state=a", "/auth/login?provider=none"} {
		for _, header := range []http.Header{navigation(), with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site")} {
			v := w.browser().send(http.MethodGet, w.app.URL+at, nil, header)
			if !strings.Contains(v.header.Get("Content-Type"), "text/html") {
				require.GreaterOrEqual(t, v.status, 400, at)
				continue
			}
			require.Contains(t, v.header.Get("Content-Security-Policy"), "frame-ancestors 'none'", at)
			require.Equal(t, "DENY", v.header.Get("X-Frame-Options"), at)
		}
	}
	v := b.send(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site"))
	require.Equal(t, http.StatusForbidden, v.status)
	require.True(t, w.isSignedIn(b))
}

// Parameters name a server of the internal network.
func TestAttackRequestForgeryByParameters(t *testing.T) {
	var asked atomic.Int32
	internal := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer internal.Close()
	w := newWorld(t, setup{})
	q := url.QueryEscape(internal.URL)
	for _, at := range []string{
		"/auth/login?iss=" + q, "/auth/login?provider=" + q, "/auth/login?target_link_uri=" + q, "/auth/login?request_uri=" + q,
		"/auth/frontchannel-logout?sid=a&iss=" + q, "/auth/callback?state=a&iss=" + q,
	} {
		w.browser().step(http.MethodGet, w.app.URL+at, nil, navigation())
	}
	b := w.browser()
	v := b.open(changed(t, b.callback(w, "/"), map[string]string{"iss": internal.URL}))
	requireRefused(t, w, b, v, http.StatusBadRequest, "login_issuer_mismatch")
	require.Zero(t, asked.Load())
}

// The provider repeats in its errors what it was sent. No record, event, page or error has a secret, with all settings that show more.
func TestAttackSecretsInRecords(t *testing.T) {
	var secrets []string
	var echo atomic.Bool
	w := newWorld(t, setup{
		auth: func(c *oidcauth.Config) { c.ShowClaimValues, c.Response.InsecureExplain = true, true },
		provider: func(c *provider.Config) {
			base := &http.Transport{}
			c.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				if !echo.Load() || !strings.HasSuffix(r.URL.Path, "/token") {
					return base.RoundTrip(r)
				}
				if err := r.ParseForm(); err != nil {
					return nil, err
				}
				body, _ := json.Marshal(map[string]any{"error": "invalid_request", "error_description": fmt.Sprint(r.PostForm, r.Header), "error_uri": r.PostForm.Encode()})
				for _, name := range []string{"code", "code_verifier", "refresh_token", "client_secret", "client_assertion"} {
					secrets = append(secrets, r.PostForm.Get(name))
				}
				rec := httptest.NewRecorder()
				rec.Header().Set("Content-Type", "application/json")
				rec.WriteHeader(http.StatusBadRequest)
				_, _ = rec.Write(body)
				return rec.Result(), nil
			})}
		},
	})
	var shown strings.Builder
	note := func(v visit) {
		shown.WriteString(v.body)
		for name, values := range v.header {
			if name != "Set-Cookie" && name != "Location" {
				shown.WriteString(strings.Join(values, "\n"))
			}
		}
	}
	b, late := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	secrets = append(secrets, b.cookie(w, "__Host-session").Value, b.open(w.app.URL+"/token").body)
	at := late.callback(w, "/orders")
	secrets = append(secrets, queryOf(t, at, "code"), queryOf(t, at, "state"), late.cookies(w)[0].Value, w.op.AuthorizationRequest().Get("nonce"))
	echo.Store(true)
	note(late.open(at))
	note(late.open(changed(t, w.browser().callback(w, "/"), map[string]string{"state": queryOf(t, at, "state")})))
	w.op.Advance(10 * time.Minute)
	note(b.send(http.MethodGet, w.app.URL+"/token", nil, fetching()))
	echo.Store(false)
	w.op.Advance(10 * time.Second)
	note(b.send(http.MethodGet, w.app.URL+"/orders", nil, fetching()))
	note(w.logOut(b))
	w.mu.Lock()
	events, err := json.Marshal(w.events)
	for _, e := range w.events {
		shown.WriteString(fmt.Sprintf("%v %+v", e, e))
		if e.Decision != nil {
			shown.WriteString(e.Decision.String())
		}
	}
	w.mu.Unlock()
	require.NoError(t, err)
	require.NotEmpty(t, secrets)
	all := shown.String() + string(events) + w.logged()
	require.Contains(t, all, "invalid_request")
	for _, secret := range secrets {
		if secret != "" {
			require.NotContains(t, all, secret)
		}
	}
}

// A sealed or long cookie, whatever it holds, makes no error of the server.
func TestAttackPrintedForms(t *testing.T) {
	w := newWorld(t, setup{})
	c := w.config(setup{login: func(c *login.Config) { c.Keys = [][]byte{[]byte("0123456789abcdef0123456789abcdef")} }})
	rp, err := login.New(c)
	require.NoError(t, err)
	for _, one := range []any{c, &c, rp, []any{c, rp}, map[string]any{"a": c, "b": rp}, errors.Join(fmt.Errorf("%v", c))} {
		text, err := json.Marshal(one)
		require.NoError(t, err)
		for _, form := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", one, one, one, one, one, one, one), string(text)} {
			for _, secret := range []string{"0123456789abcdef", "48 49 50", "30313233", "MDEyMzQ1", oidctest.ClientSecret} {
				require.NotContains(t, form, secret)
			}
		}
	}
}
