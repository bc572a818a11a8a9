package login_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// status returns the status of the answer to a script that sends this Cookie header.
func (w *world) status(t *testing.T, cookies string) int {
	t.Helper()
	return w.browser().send(http.MethodGet, w.app.URL+"/", nil, with(fetching(), "Cookie", cookies)).status
}

// The attacker copied the cookie of a session before the user signed out.
func TestAttackCopyOfASessionAfterLogout(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = inCookie }})
		b := w.browser()
		b.open(w.app.URL + "/")
		copied := "__Host-session=" + b.cookie(w, "__Host-session").Value
		w.logOut(b)
		if !inCookie {
			require.Equal(t, http.StatusUnauthorized, w.status(t, copied))
			continue
		}
		// The documented limit of Sessions.InCookie: the copy lives until the session ends, or until a back-channel logout. Here the
		// provider sent one, because the logout ended its session too.
		require.Equal(t, http.StatusUnauthorized, w.status(t, copied))
		local := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie, c.Logout.LocalOnly = true, true }})
		b = local.browser()
		b.open(local.app.URL + "/")
		copied = "__Host-session=" + b.cookie(local, "__Host-session").Value
		local.logOut(b)
		require.Equal(t, http.StatusOK, local.status(t, copied))
		local.op.Advance(time.Hour + time.Second)
		require.Equal(t, http.StatusUnauthorized, local.status(t, copied))
	}
}

// A logout comes while a request of the same session runs. The request does not bring the session back.
func TestAttackSessionThatComesBackAfterLogout(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	held, released := make(chan struct{}), make(chan struct{})
	w.op.Advance(30 * time.Minute) // the session is due to be prolonged, and its token to be refreshed
	var once atomic.Bool
	mux := w.routes(w.rp)
	mux.Handle("/slow", w.rp.Require(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if once.CompareAndSwap(false, true) {
			close(held)
			<-released
		}
	})))
	w.serve(mux)
	other := w.browser()
	other.client.Jar = b.jar
	done := make(chan error)
	go func() {
		_, err := other.try(http.MethodGet, w.app.URL+"/slow", nil, fetching())
		done <- err
	}()
	<-held
	w.logOut(b)
	close(released)
	require.NoError(t, <-done)
	require.False(t, w.isSignedIn(b))
	require.False(t, w.isSignedIn(other))
	_ = store
}

// The user of a session is disabled, deleted, or found twice, or the finder fails.
func TestAttackSessionOfAUserWhoIsGone(t *testing.T) {
	var answer atomic.Pointer[func() ([]usermap.User, error)]
	set := func(f func() ([]usermap.User, error)) { answer.Store(&f) }
	good := func() ([]usermap.User, error) { return []usermap.User{{ID: "1", Enabled: true}}, nil }
	for _, inCookie := range []bool{false, true} {
		set(good)
		w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = inCookie }, auth: func(c *oidcauth.Config) {
			c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { return (*answer.Load())() })
		}})
		b := w.browser()
		b.open(w.app.URL + "/")
		for _, c := range []struct {
			name   string
			users  func() ([]usermap.User, error)
			status int
		}{
			{"disabled", func() ([]usermap.User, error) { return []usermap.User{{ID: "1"}}, nil }, 403},
			{"deleted", func() ([]usermap.User, error) { return nil, nil }, 403},
			{"ambiguous", func() ([]usermap.User, error) {
				return []usermap.User{{ID: "1", Enabled: true}, {ID: "2", Enabled: true}}, nil
			}, 403},
			{"the user store is down", func() ([]usermap.User, error) { return nil, errDown }, 503},
		} {
			t.Run(fmt.Sprint(c.name, inCookie), func(t *testing.T) {
				set(c.users)
				copied := "__Host-session=" + b.cookie(w, "__Host-session").Value
				require.Equal(t, c.status, w.status(t, copied))
				v := b.open(w.app.URL + "/")
				require.Equal(t, c.status, v.status)
				require.Zero(t, v.hops) // no login loop
				v = w.browser().open(w.app.URL + "/")
				require.Equal(t, c.status, v.status)
				require.LessOrEqual(t, v.hops, 2)
				set(good)
				require.True(t, w.isSignedIn(b))
			})
		}
	}
}

// A logout token that came before the login ends nothing, and one that came after it ends the session on each replica.
func TestAttackRevokedSession(t *testing.T) {
	w := newWorld(t, setup{client: func(c *oidctest.Client) { c.BackChannelLogoutURI = "" }})
	b := w.browser()
	b.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	logout := func(claims oidctest.Claims) int {
		form := url.Values{"logout_token": {w.op.LogoutToken(oidctest.ClientID, claims)}}
		return w.browser().send(http.MethodPost, w.app.URL+"/auth/backchannel-logout", form, http.Header{}).status
	}
	require.Equal(t, http.StatusOK, logout(oidctest.Claims{"sub": "alice", "iat": w.op.Now().Add(-time.Minute).Unix()}))
	require.Equal(t, http.StatusOK, logout(oidctest.Claims{"sid": sid + "x"}))
	require.Equal(t, http.StatusOK, logout(oidctest.Claims{"sub": "bob"}))
	require.True(t, w.isSignedIn(b))
	require.Equal(t, http.StatusOK, logout(oidctest.Claims{"sid": sid}))
	require.False(t, w.isSignedIn(b))
	w.op.Advance(time.Second)
	b.open(w.app.URL + "/")
	require.False(t, w.isSignedIn(b)) // the provider's session goes on, and its sid was logged out
	other := w.browser()
	other.open(w.app.URL + "/")
	require.True(t, w.isSignedIn(other))
	require.Equal(t, http.StatusOK, logout(oidctest.Claims{"sub": "alice"}))
	require.False(t, w.isSignedIn(other))
}

// The answer to a refresh token is about another user, has no new refresh token, or is an error.
func TestAttackRefreshOfAnotherUser(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault oidctest.LoginFault
		goes  bool
	}{
		{"another sub", oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sub": "admin"}}}, false},
		{"another client", oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"aud": "another"}}}, false},
		{"another issuer", oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"iss": "https://evil.example"}}}, false},
		{"alg none", oidctest.LoginFault{IDToken: oidctest.Forgery{Algorithm: "none"}}, false},
		{"another nonce", oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"nonce": "another"}}}, false},
		{"no rotation", oidctest.LoginFault{Token: oidctest.Claims{"refresh_token": nil}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{})
			b := w.browser()
			b.open(w.app.URL + "/")
			w.op.FailLogin(c.fault)
			w.op.Advance(6 * time.Minute)
			v := b.send(http.MethodGet, w.app.URL+"/", nil, fetching())
			require.Equal(t, c.goes, v.status == http.StatusOK, v.body)
			require.NotContains(t, v.body, "admin")
			w.op.FailLogin(oidctest.LoginFault{})
			require.Equal(t, c.goes, w.isSignedIn(b))
		})
	}
}

// Another subdomain opens a WebSocket with the cookies of the user.
func TestAttackWebSocketHijack(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, origin := range []string{"https://evil.example", "https://evil." + strings.TrimPrefix(w.app.URL, "https://"), "null"} {
		header := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Origin": {origin}, "Sec-Websocket-Key": {"a"}, "Sec-Websocket-Version": {"13"}}
		require.Equal(t, http.StatusForbidden, b.send(http.MethodGet, w.app.URL+"/", nil, header).status, origin)
		header.Set("Sec-Fetch-Site", "same-site")
		require.Equal(t, http.StatusForbidden, b.send(http.MethodGet, w.app.URL+"/", nil, header).status, origin)
	}
}

// An attacker in the network serves a page of the same host by http. A browser without Sec-Fetch-Site, which takes both for one site, sends
// the cookie with its forms.
func TestAttackFormOfTheSameHostByHTTP(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for origin, status := range map[string]int{w.app.URL: http.StatusOK, "http" + strings.TrimPrefix(w.app.URL, "https"): http.StatusForbidden} {
		for _, header := range []http.Header{{"Origin": {origin}}, {"Origin": {origin}, "Upgrade": {"h2c"}, "Connection": {"Upgrade"}}} {
			require.Equal(t, status, b.send(http.MethodPost, w.app.URL+"/", nil, header).status, origin)
		}
	}
}

// A page of another site signs the user out by a form, a link, a frame or an image.
func TestAttackLogoutFromAnotherSite(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, c := range []struct {
		method string
		header http.Header
	}{
		{"POST", with(navigation(), "Sec-Fetch-Site", "cross-site")},
		{"POST", with(navigation(), "Sec-Fetch-Site", "same-site")},
		{"POST", http.Header{"Origin": {"https://evil.example"}}},
		{"POST", http.Header{"Origin": {"null"}}},
		{"GET", with(navigation(), "Sec-Fetch-Site", "cross-site")},
		{"GET", with(navigation(), "Sec-Fetch-Dest", "iframe")},
		{"HEAD", fetching()},
		{"PUT", with(fetching(), "X-Http-Method-Override", "POST")},
	} {
		v := b.send(c.method, w.app.URL+"/auth/logout?_method=POST", nil, c.header)
		require.Empty(t, v.header["Set-Cookie"])
		require.True(t, w.isSignedIn(b))
	}
	forged := "/auth/frontchannel-logout?" + url.Values{"iss": {w.op.Issuer()}, "sid": {"guessed"}}.Encode()
	b.send(http.MethodGet, w.app.URL+forged, nil, with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site"))
	require.True(t, w.isSignedIn(b))
	v := b.open(w.app.URL + "/auth/logged-out") // another site can lead here
	require.NotContains(t, v.body, "You are signed out")
	require.True(t, w.isSignedIn(b))
}
