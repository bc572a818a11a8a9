package login_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// These tests are about what users of other libraries suffer. Each is named after it.

func TestSecondTab(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	first, second := b.callback(w, "/first"), b.callback(w, "/second")
	for at, page := range map[string]string{second: "/second", first: "/first"} {
		v := b.open(at)
		require.Equal(t, "GET "+page+" user=user-alice sub=alice", v.body)
		require.Equal(t, 1, v.hops)
	}
}

// A browser restores 100 tabs at once, and keeps the cookies of five attempts.
func TestHundredTabs(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	var callbacks []string
	for i := range 100 {
		callbacks = append(callbacks, b.callback(w, fmt.Sprintf("/tab/%d", i)))
	}
	for _, at := range callbacks {
		v := b.open(at)
		require.Equal(t, http.StatusOK, v.status)
		require.LessOrEqual(t, v.hops, 4)
	}
	require.True(t, w.isSignedIn(b))
}

func TestBackButtonAfterLogin(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	b.open(at)
	v := b.open(at)
	require.Equal(t, http.StatusOK, v.status)
	require.Equal(t, 1, v.hops)
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
}

// The page before is that of the provider, which sends the browser to the callback with another code for the same state.
func TestBackButtonToTheProvider(t *testing.T) {
	w := newWorld(t, setup{})
	w.op.SetMetadata(oidctest.Claims{"pushed_authorization_request_endpoint": nil})
	b := w.browser()
	form := b.step(http.MethodGet, w.app.URL+"/orders", nil, navigation()).location(t).String()
	require.Equal(t, 2, b.open(form).hops)
	for range 3 {
		v := b.open(form)
		require.Equal(t, "GET / user=user-alice sub=alice", v.body) // the return path was in the cookie of the attempt, which is used
		require.Equal(t, 2, v.hops)                                 // the callback, the page
	}
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
}

func TestBookmarkOfTheCallback(t *testing.T) {
	w := newWorld(t, setup{})
	for _, at := range []string{w.browser().callback(w, "/orders"), w.app.URL + "/auth/callback"} {
		b := w.browser()
		v := b.open(at) // begins a login, because there is no session
		require.Equal(t, "GET / user=user-alice sub=alice", v.body)
		require.LessOrEqual(t, v.hops, 4)
		require.Equal(t, "GET / user=user-alice sub=alice", b.open(at).body) // leads on, because there is one
	}
}

func TestCallbackOpenedTwice(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	var wait sync.WaitGroup
	for range 2 {
		own := w.browser()
		own.client.Jar = b.jar
		wait.Go(func() {
			v, err := own.try(http.MethodGet, at, nil, navigation())
			if err != nil || v.status != http.StatusOK || v.hops > 4 {
				t.Errorf("%v %d %d", err, v.status, v.hops)
			}
		})
	}
	wait.Wait()
	require.True(t, w.isSignedIn(b))
	require.NotContains(t, w.logged(), "code_refused")
}

// lossy drops the cookies that match, as a browser does that blocks them.
type lossy struct {
	http.CookieJar
	drops func(*http.Cookie) bool
}

func isSession(c *http.Cookie) bool { return c.Name == "__Host-session" }

func (l lossy) SetCookies(u *url.URL, cookies []*http.Cookie) {
	var kept []*http.Cookie
	for _, c := range cookies {
		if !l.drops(c) {
			kept = append(kept, c)
		}
	}
	l.CookieJar.SetCookies(u, kept)
}

func TestCookieThatIsLost(t *testing.T) {
	for _, c := range []struct {
		name  string
		drops func(*http.Cookie) bool
		login func(*login.Config)
		hops  int
	}{
		{"all cookies", func(c *http.Cookie) bool { return strings.HasPrefix(c.Name, "__Host-") }, nil, 4},
		{"cookies with Secure, over http", func(c *http.Cookie) bool { return c.Secure }, nil, 4},
		{"the cookie of the session", isSession, nil, 6},
		{"the cookie of the session in a cookie", isSession, func(c *login.Config) { c.Sessions.InCookie = true }, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: c.login})
			b := w.browser()
			b.client.Jar = lossy{b.jar, c.drops}
			for range 2 { // the page says so again after another try
				v := b.open(w.app.URL + "/orders")
				require.GreaterOrEqual(t, v.status, 400)
				require.Less(t, v.status, 500)
				require.Equal(t, c.hops, v.hops)
				require.Contains(t, v.body, "Try again")
			}
		})
	}
}

// A browser that blocks cookies with SameSite=None sends none with the form of the provider. The login begins anew once, and then the page
// says so.
func TestCookieThatSameSiteLoses(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Providers[0].FormPost = true }})
	b := w.browser()
	b.client.Jar = lossy{b.jar, func(c *http.Cookie) bool { return c.SameSite == http.SameSiteNoneMode }}
	v := b.open(w.app.URL + "/orders")
	forms := 0
	for v.status == http.StatusOK {
		require.Less(t, forms, 3, "the login loops")
		forms++
		form, action := hiddenForm(t, v.body)
		v = b.send(http.MethodPost, action, form, with(navigation(), "Sec-Fetch-Site", "cross-site", "Origin", w.op.Issuer()))
		require.LessOrEqual(t, v.hops, 1)
	}
	require.Equal(t, 2, forms)
	require.Equal(t, http.StatusBadRequest, v.status)
	require.Contains(t, v.body, "Try again")
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
}

// On http, a browser keeps no cookie with Secure. PublicURL must then be http on loopback, for development.
func TestPlainHTTPOnLoopback(t *testing.T) {
	insecure := func(c *oidctest.Client) {
		c.RedirectURIs = append(c.RedirectURIs, strings.Replace(c.RedirectURIs[0], "https://", "http://", 1))
	}
	w := newWorld(t, setup{client: insecure})
	own := strings.Replace(w.app.URL, "https://", "http://", 1)
	rp := w.relyingParty(setup{login: func(c *login.Config) { c.PublicURL = own }})
	v := w.browser().step(http.MethodGet, w.app.URL+"/auth/login", nil, navigation())
	require.Contains(t, v.header.Get("Set-Cookie"), "__Host-")
	w.serve(w.routes(rp))
	v = w.browser().step(http.MethodGet, w.app.URL+"/auth/login", nil, navigation())
	c, err := http.ParseSetCookie(v.header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.False(t, c.Secure)
	require.True(t, c.HttpOnly)
	require.Regexp(t, "^session-", c.Name)
}

// Tokens of 6 KB do not fit into a cookie. In a store they cost the browser nothing.
func TestTokensOf6KB(t *testing.T) {
	w := newWorld(t, setup{})
	w.op.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"groups": strings.Repeat("group ", 1000)}})
	b := w.browser()
	v := b.open(w.app.URL + "/")
	require.Equal(t, "GET / user=user-alice sub=alice", v.body)
	require.Equal(t, 3, v.hops)
	size := 0
	for _, c := range b.cookies(w) {
		size += len(c.Name) + len(c.Value)
	}
	require.Less(t, size, 200)
	v = w.logOut(b)
	require.Equal(t, http.StatusOK, v.status)
	require.Equal(t, 2, v.hops)
	require.Less(t, len(v.request[1].URL.String()), 8<<10)
}

func TestTwentyNonceCookies(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	for range 20 {
		b.step(http.MethodGet, w.app.URL+"/", nil, navigation())
	}
	require.LessOrEqual(t, len(b.cookies(w)), 5)
	require.Equal(t, 3, b.open(w.app.URL+"/").hops)
	require.Zero(t, b.open(w.app.URL+"/").hops)
	require.LessOrEqual(t, len(b.cookies(w)), 5) // the session, and the rest of the attempts
	w.logOut(b)
	require.Empty(t, b.cookies(w))
}

func TestFiveRequestsRefreshAtOnce(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for turn := range 3 {
		w.op.Advance(6 * time.Minute)
		var wait sync.WaitGroup
		for range 5 {
			own := w.browser()
			own.client.Jar = b.jar
			wait.Go(func() {
				v, err := own.try(http.MethodGet, w.app.URL+"/token", nil, fetching())
				if err != nil || v.status != http.StatusOK || v.hops > 0 {
					t.Errorf("%v %d %d %s", err, v.status, v.hops, v.body)
				}
			})
		}
		wait.Wait()
		require.Equal(t, turn+2, w.op.Requests(oidctest.TokenEndpoint))
	}
}

// Login at provider B answered with a code of provider A, which the attacker controls or which is honest (mix-up, RFC 9207).
func TestCodeOfAnotherProvider(t *testing.T) {
	w, other := twoProviders(t)
	b := w.browser()
	first := b.callback(w, "/auth/login?provider=first")
	second := b.callback(w, "/auth/login?provider=second")
	of := func(at string) url.Values {
		u, err := url.Parse(at)
		require.NoError(t, err)
		return u.Query()
	}
	require.Equal(t, other.Issuer(), of(second).Get("iss"))
	mixed := changed(t, second, map[string]string{"code": of(first).Get("code"), "iss": of(first).Get("iss")})
	v := b.open(mixed)
	requireRefused(t, w, b, v, http.StatusBadRequest, "login_issuer_mismatch")
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint)+other.Requests(oidctest.TokenEndpoint))
	require.Contains(t, v.body, "another provider")
}

func TestIframe(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	frame := with(navigation(), "Sec-Fetch-Dest", "iframe")
	for _, path := range []string{"/orders", "/auth/login"} {
		v := b.send(http.MethodGet, w.app.URL+path, nil, frame)
		require.GreaterOrEqual(t, v.status, 400)
		require.Zero(t, v.hops)
		require.Empty(t, b.cookies(w))
	}
	v := b.send(http.MethodGet, w.app.URL+"/auth/logout", nil, frame)
	require.Contains(t, v.header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "DENY", v.header.Get("X-Frame-Options"))
}

func TestFetchAfterTheSessionHasEnded(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.Advance(2 * time.Hour)
	v := b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Zero(t, v.hops)
	require.Contains(t, v.header.Get("Content-Type"), "application/problem+json")
	require.NotEmpty(t, v.header.Get("Decision-Id"))
}

// The form of a page whose session has ended is not redirected, because the browser would drop its content. The link leads back to the
// form.
func TestFormAfterTheSessionHasEnded(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/edit")
	w.op.Advance(2 * time.Hour)
	v := b.send(http.MethodPost, w.app.URL+"/save", url.Values{"a": {"b"}}, with(navigation(), "Sec-Fetch-Site", "same-origin", "Referer", w.app.URL+"/edit?id=7"))
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Equal(t, []string{"/auth/login?return_to=%2Fedit%3Fid%3D7"}, linksOf(v.body))
}

// A clock that is two minutes behind sees ID tokens of the future, and the page says so instead of a loop. The leeway is the operator's
// choice.
func TestClockTwoMinutesApart(t *testing.T) {
	for _, c := range []struct {
		apart, leeway time.Duration
		signedIn      bool
	}{
		{2 * time.Minute, time.Minute, true},
		{-2 * time.Minute, time.Minute, false},
		{2 * time.Minute, 3 * time.Minute, true},
		{-2 * time.Minute, 3 * time.Minute, true},
	} {
		w := newWorld(t, setup{auth: func(a *authConfig) {
			now := a.Now
			a.Now = func() time.Time { return now().Add(c.apart) }
			a.Issuers[0].Leeway = oidcauth.Exactly(c.leeway)
		}})
		b := w.browser()
		v := b.open(w.app.URL + "/orders")
		if !c.signedIn {
			require.Equal(t, http.StatusUnauthorized, v.status)
			require.Equal(t, 2, v.hops)
			requireExplained(t, w, b, v, "not_yet_valid")
			require.Contains(t, w.logged(), "clock")
			continue
		}
		require.Equal(t, "GET /orders user=user-alice sub=alice", v.body, w.logged())
		require.Equal(t, 3, v.hops)
		require.Zero(t, b.open(w.app.URL+"/orders").hops)
	}
}

func TestLogoutAtTheProviderOnly(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	require.NoError(t, w.op.SignOut("alice")) // posts a logout token
	for range 2 {
		v := b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
		require.Equal(t, http.StatusUnauthorized, v.status)
		require.Zero(t, v.hops)
	}
	w.op.AutoLogin("")
	v := b.open(w.app.URL + "/orders")
	require.Contains(t, v.body, "<form") // the provider asks who the user is
	require.Equal(t, 1, v.hops)
}
