package login_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// signInAgain signs in another browser that has the session of b at the provider, but not that of the application.
func (w *world) signInAgain(b *browser) *browser {
	w.t.Helper()
	again := w.withoutSession(b)
	require.Equal(w.t, http.StatusOK, again.open(w.app.URL+"/").status)
	return again
}

// withoutSession returns a browser that has lost the session of the application.
func (w *world) withoutSession(b *browser) *browser {
	w.t.Helper()
	at, err := url.Parse(w.app.URL)
	require.NoError(w.t, err)
	jar, err := cookiejar.New(nil)
	require.NoError(w.t, err)
	jar.SetCookies(at, b.jar.Cookies(at))
	other := w.browser()
	other.jar, other.client.Jar = jar, jar
	other.setCookie(w, "__Host-session", "")
	return other
}

// endByFrame shows the frame with which the provider ends the sessions of a sid.
func (w *world) endByFrame(sid string) {
	w.t.Helper()
	at := w.app.URL + "/auth/frontchannel-logout?" + url.Values{"iss": {w.op.Issuer()}, "sid": {sid}}.Encode()
	header := with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site")
	require.Equal(w.t, http.StatusOK, w.browser().send(http.MethodGet, at, nil, header).status)
}

// requireSignedIn requires that each browser has a session, or that no browser has one.
func (w *world) requireSignedIn(all []*browser, want bool) {
	w.t.Helper()
	for i, one := range all {
		require.Equal(w.t, want, w.isSignedIn(one), "browser %d", i)
	}
}

var withoutBackChannel = setup{client: func(c *oidctest.Client) { c.BackChannelLogoutURI = "" }}

// A browser that loses its cookie signs in again by the same session at the provider. The session before it must not outlive the logout:
// another one may have the cookie.
func TestFrontChannelLogoutEndsEachSessionOfTheProvidersSession(t *testing.T) {
	for name, change := range map[string]func(*login.Config){
		"in memory":                     func(*login.Config) {},
		"in a store without comparison": func(c *login.Config) { c.Sessions.Store = plainStore{&login.Memory{}} },
	} {
		t.Run(name, func(t *testing.T) {
			s := withoutBackChannel
			s.login = change
			w := newWorld(t, s)
			b, stranger := w.browser(), w.browser()
			b.open(w.app.URL + "/")
			stranger.open(w.app.URL + "/")
			sid := sidOf(t, w, b)
			all := []*browser{b}
			for range 3 {
				all = append(all, w.signInAgain(b))
			}
			require.Equal(t, sid, sidOf(t, w, all[3]))
			w.requireSignedIn(all, true)
			w.endByFrame(sid)
			w.requireSignedIn(all, false)
			require.True(t, w.isSignedIn(stranger))
		})
	}
}

func TestFrontChannelLogoutAfterLoginsAtTheSameMoment(t *testing.T) {
	w := newWorld(t, withoutBackChannel)
	b := w.browser()
	b.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	all := []*browser{b}
	var wait sync.WaitGroup
	for range 8 {
		tab := w.withoutSession(b)
		at := tab.callback(w, "/")
		all = append(all, tab)
		wait.Go(func() {
			if v, err := tab.try(http.MethodGet, at, nil, navigation()); err != nil || v.status != http.StatusOK {
				t.Error(v.status, err)
			}
		})
	}
	wait.Wait()
	w.requireSignedIn(all, true)
	w.endByFrame(sid)
	w.requireSignedIn(all, false)
}

// The list of the sessions of a sid is bounded. No session is left out of it: the oldest one ends.
func TestSessionsOfOneSIDAreBounded(t *testing.T) {
	w := newWorld(t, withoutBackChannel)
	b := w.browser()
	b.open(w.app.URL + "/")
	sid := sidOf(t, w, b)
	var all []*browser
	for range 16 {
		all = append(all, w.signInAgain(b))
	}
	require.False(t, w.isSignedIn(b))
	w.requireSignedIn(all, true)
	w.endByFrame(sid)
	w.requireSignedIn(all, false)
}

// Sessions that were replaced do not count.
func TestLoginsInOneBrowserEndNoOtherSession(t *testing.T) {
	w := newWorld(t, withoutBackChannel)
	b := w.browser()
	b.open(w.app.URL + "/")
	other := w.signInAgain(b)
	for range 17 {
		require.Equal(t, http.StatusOK, other.open(w.app.URL+"/auth/login").status)
	}
	require.True(t, w.isSignedIn(b))
	require.True(t, w.isSignedIn(other))
}
