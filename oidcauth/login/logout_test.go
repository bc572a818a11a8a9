package login_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func (w *world) logOut(b *browser) visit {
	return b.send(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin"))
}

// isSignedIn reports whether a script of the page gets an answer.
func (w *world) isSignedIn(b *browser) bool {
	return b.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status == http.StatusOK
}

func TestLogoutEndsBothSessions(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	copied := w.browser()
	copied.client.Jar = copyOf(t, w, b)
	v := w.logOut(b)
	require.Equal(t, http.StatusOK, v.status, v.body)
	require.Equal(t, "/auth/logged-out", v.url.Path)
	require.Contains(t, v.body, "You are signed out")
	require.Equal(t, 2, v.hops)
	asked := v.request[1].URL.Query()
	require.NotEmpty(t, asked.Get("id_token_hint"))
	require.Equal(t, oidctest.ClientID, asked.Get("client_id"))
	require.Equal(t, w.app.URL+"/auth/logged-out", asked.Get("post_logout_redirect_uri"))
	require.Empty(t, b.cookie(w, "__Host-session"))
	require.False(t, w.isSignedIn(b))
	require.False(t, w.isSignedIn(copied)) // the session ended, and not only its cookie
	require.Contains(t, w.kinds(), decision.EventKind("signed_out"))

	w.op.AutoLogin("") // the provider asks again who the user is
	v = b.open(w.app.URL + "/")
	require.Contains(t, v.body, "<form")
}

// The refresh token would stay valid at the provider until its end, and with the scope offline_access also after the session there.
func TestLogoutRevokesTheRefreshToken(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Providers[0].Scopes = []string{"openid", "offline_access"} }})
	isActive := func(token string) bool {
		_, err := w.client(t).Introspect(context.Background(), token)
		return !errors.Is(err, claims.ErrInactive)
	}
	b := w.browser()
	b.open(w.app.URL + "/")
	token := b.open(w.app.URL + "/token").body
	require.True(t, isActive(token))
	v := w.logOut(b)
	require.Contains(t, v.body, "You are signed out")
	require.Eventually(t, func() bool { return !isActive(token) }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, w.op.Requests(oidctest.Revocation))
}

// The Logout of a provider replaces that of all, also for the refresh token.
func TestLogoutOfOneProviderRevokes(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Logout.LocalOnly, c.Providers[0].Logout = true, &login.Logout{} }})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.logOut(b)
	require.Eventually(t, func() bool { return w.op.Requests(oidctest.Revocation) == 1 }, 10*time.Second, 10*time.Millisecond)
}

func TestLogoutWithoutRevocation(t *testing.T) {
	for _, c := range []struct {
		name     string
		login    func(*login.Config)
		provider func(*oidctest.Provider)
	}{
		{"here only", func(c *login.Config) { c.Logout.LocalOnly = true }, nil},
		{"here only, for this provider", func(c *login.Config) { c.Providers[0].Logout = &login.Logout{LocalOnly: true} }, nil},
		{"session in a cookie", func(c *login.Config) { c.Sessions.InCookie = true }, nil},
		{"no refresh token", nil, func(p *oidctest.Provider) {
			p.FailLogin(oidctest.LoginFault{Token: oidctest.Claims{"refresh_token": nil}})
		}},
		{"no endpoint", nil, func(p *oidctest.Provider) { p.SetMetadata(oidctest.Claims{"revocation_endpoint": nil}) }},
		{"endpoint that hangs", nil, func(p *oidctest.Provider) { p.Fail(oidctest.Revocation, oidctest.Fault{Hang: true}) }},
		{"endpoint that fails", nil, func(p *oidctest.Provider) {
			p.Fail(oidctest.Revocation, oidctest.Fault{Status: http.StatusServiceUnavailable})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: c.login})
			if c.provider != nil {
				c.provider(w.op)
			}
			b := w.browser()
			b.open(w.app.URL + "/")
			require.Contains(t, w.logOut(b).body, "You are signed out")
			require.False(t, w.isSignedIn(b))
			require.NotContains(t, w.logged(), "unavailable")
			if !strings.HasPrefix(c.name, "endpoint that") {
				require.Zero(t, w.op.Requests(oidctest.Revocation))
			}
		})
	}
}

func TestAfterALogout(t *testing.T) {
	for _, c := range []struct {
		name       string
		logout     login.Logout
		atProvider bool
		redirect   string // the post_logout_redirect_uri
		path       string // the last page
	}{
		{"to the provider and back", login.Logout{}, true, "/auth/logged-out", "/auth/logged-out"},
		{"to the provider, back and to a page", login.Logout{ReturnTo: "/bye"}, true, "/auth/logged-out", "/bye"},
		{"to the provider", login.Logout{NoRedirect: true}, true, "", "/logout"},
		{"to the provider and another page", login.Logout{RedirectURI: "https://www.example.com/bye"}, true, "https://www.example.com/bye", ""},
		{"here only", login.Logout{LocalOnly: true}, false, "", "/auth/logged-out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: func(lc *login.Config) { lc.Logout = c.logout }})
			mux := w.routes(w.rp)
			mux.HandleFunc("/bye", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
			w.serve(mux)
			b := w.browser()
			b.open(w.app.URL + "/")
			v := b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin"))
			to := v.location(t)
			require.Equal(t, c.atProvider, strings.HasPrefix(to.String(), w.op.Issuer()))
			want := c.redirect
			if strings.HasPrefix(want, "/") {
				want = w.app.URL + want
			}
			require.Equal(t, want, to.Query().Get("post_logout_redirect_uri"))
			if c.path != "" {
				require.Equal(t, c.path, b.open(to.String()).url.Path)
			}
			require.False(t, w.isSignedIn(b))
		})
	}
}

func TestGETNeverLogsOut(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut} {
		v := b.send(method, w.app.URL+"/auth/logout", nil, navigation())
		require.Zero(t, v.hops)
		require.True(t, w.isSignedIn(b), method)
	}
	v := b.open(w.app.URL + "/auth/logout")
	_, action := hiddenForm(t, v.body)
	require.Equal(t, "/auth/logout", action)
	require.Contains(t, v.header.Get("Content-Security-Policy"), "form-action 'self' "+w.op.Issuer())
}

func TestLogoutFromAnotherSiteIsRefused(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, header := range []http.Header{with(navigation(), "Sec-Fetch-Site", "cross-site"), with(navigation(), "Sec-Fetch-Site", "same-site"), {"Origin": {"https://evil.example"}}} {
		v := b.send(http.MethodPost, w.app.URL+"/auth/logout", url.Values{}, header)
		require.Equal(t, http.StatusForbidden, v.status)
		require.True(t, w.isSignedIn(b))
	}
}

func TestLogoutByAScript(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	v := b.send(http.MethodPost, w.app.URL+"/auth/logout", nil, with(fetching(), "Accept", "application/json"))
	require.Zero(t, v.hops)
	var answer struct{ Location string }
	require.NoError(t, json.Unmarshal([]byte(v.body), &answer))
	require.True(t, strings.HasPrefix(answer.Location, w.op.Issuer()))
	require.False(t, w.isSignedIn(b))
}

func TestLogoutWithoutASession(t *testing.T) {
	w := newWorld(t, setup{})
	v := w.logOut(w.browser())
	require.Equal(t, http.StatusOK, v.status)
	require.Contains(t, v.body, "You are signed out")
}

func TestLogoutWhileTheProviderIsDown(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.SetMetadata(oidctest.Claims{"end_session_endpoint": nil})
	w.op.Advance(25 * time.Hour)
	w.op.Close()
	v := w.logOut(b)
	require.Equal(t, http.StatusOK, v.status)
	require.False(t, w.isSignedIn(b))
}

func TestReturnFromALogoutWithAnotherState(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin"))
	require.NotNil(t, b.cookie(w, "__Host-session-logout"))
	v := b.open(w.app.URL + "/auth/logged-out?state=forged")
	require.Equal(t, http.StatusBadRequest, v.status)
	require.Contains(t, w.logged(), "state_mismatch")
	require.False(t, w.isSignedIn(b))

	b.open(w.app.URL + "/")
	b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin"))
	require.Equal(t, http.StatusBadRequest, b.open(w.app.URL+"/auth/logged-out").status) // without a state
}

func TestBackChannelLogoutEndsTheSession(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = inCookie }})
		b, other := w.browser(), w.browser()
		b.open(w.app.URL + "/")
		w.op.AutoLogin("bob")
		other.open(w.app.URL + "/")
		require.NoError(t, w.op.SignOut("alice"))
		require.False(t, w.isSignedIn(b))
		require.True(t, w.isSignedIn(other))
		require.Contains(t, w.logged(), "token_revoked")
		w.op.AutoLogin("alice")
		w.op.Advance(time.Second)
		require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body) // a later login is not ended
	}
}

func TestFrontChannelLogout(t *testing.T) {
	w := newWorld(t, setup{client: func(c *oidctest.Client) { c.BackChannelLogoutURI = "" }})
	b, other := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	other.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	frame := w.browser() // browsers send no cookie to a frame of another site
	header := with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site")
	at := func(iss, sid string) string {
		return w.app.URL + "/auth/frontchannel-logout?" + url.Values{"iss": {iss}, "sid": {sid}}.Encode()
	}
	for _, bad := range []string{at("https://evil.example", sid), at(w.op.Issuer(), ""), at("", sid)} {
		require.Equal(t, http.StatusBadRequest, frame.send(http.MethodGet, bad, nil, header).status)
	}
	require.Equal(t, http.StatusOK, frame.send(http.MethodGet, at(w.op.Issuer(), sid+"x"), nil, header).status)
	require.True(t, w.isSignedIn(b))
	v := frame.send(http.MethodGet, at(w.op.Issuer(), sid), nil, header)
	require.Equal(t, http.StatusOK, v.status)
	require.Equal(t, "no-store", v.header.Get("Cache-Control"))
	require.Contains(t, v.header.Get("Content-Security-Policy"), "frame-ancestors "+w.op.Issuer())
	require.False(t, w.isSignedIn(b))
	require.True(t, w.isSignedIn(other))
}

func TestFrontChannelLogoutOfASessionInACookie(t *testing.T) {
	w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = true }})
	b := w.browser()
	b.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	for _, c := range []struct {
		sid  string
		ends bool
	}{{"another", false}, {sid, true}} {
		b.open(w.app.URL + "/auth/frontchannel-logout?" + url.Values{"iss": {w.op.Issuer()}, "sid": {c.sid}}.Encode())
		require.Equal(t, !c.ends, w.isSignedIn(b))
	}
}

// sidOf returns the sid of the user's session at the provider.
func sidOf(t *testing.T, w *world, b *browser) string {
	t.Helper()
	mux := w.routes(w.rp)
	mux.Handle("/sid", w.rp.Require(http.HandlerFunc(writeSID)))
	w.serve(mux)
	v := b.open(w.app.URL + "/sid")
	require.Equal(t, http.StatusOK, v.status)
	require.NotEmpty(t, v.body)
	return v.body
}

// The Logout of a provider replaces that of all providers.
func TestLogoutOfOneProvider(t *testing.T) {
	for _, c := range []struct {
		name     string
		all      login.Logout
		one      *login.Logout
		provider bool
		back     string
	}{
		{"that of all", login.Logout{NoRedirect: true}, nil, true, ""},
		{"the default instead", login.Logout{LocalOnly: true}, &login.Logout{}, true, "own"},
		{"a redirect instead", login.Logout{NoRedirect: true}, &login.Logout{RedirectURI: "https://app.example/bye"}, true, "https://app.example/bye"},
		{"local only instead", login.Logout{NoRedirect: true}, &login.Logout{LocalOnly: true}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: func(l *login.Config) { l.Logout, l.Providers[0].Logout = c.all, c.one }})
			b := w.browser()
			require.Equal(t, http.StatusOK, b.open(w.app.URL+"/").status)
			header := navigation()
			header.Set("Origin", w.app.URL)
			header.Set("Sec-Fetch-Site", "same-origin")
			to := b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, header).location(t)
			require.Equal(t, c.provider, strings.HasPrefix(to.String(), w.op.Issuer()))
			want := strings.ReplaceAll(c.back, "own", w.app.URL+"/auth/logged-out")
			require.Equal(t, want, to.Query().Get("post_logout_redirect_uri"))
		})
	}
}
