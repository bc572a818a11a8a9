package login_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// A logout at the provider returns with its state. Without it, or with another one, the page says so, and the session has ended anyway.
func TestStateOfALogout(t *testing.T) {
	for state, want := range map[string]int{"": http.StatusBadRequest, "other": http.StatusBadRequest, "same": http.StatusOK} {
		w := newWorld(t, setup{})
		b := w.browser()
		b.open(w.app.URL + "/")
		at := b.step(http.MethodPost, w.app.URL+"/auth/logout", nil, with(navigation(), "Sec-Fetch-Site", "same-origin")).location(t).String()
		require.Len(t, queryOf(t, at, "state"), 43)
		if state != "same" {
			at = changed(t, at, map[string]string{"state": state})
		}
		v := b.open(at)
		require.Equal(t, "/auth/logged-out", v.url.Path)
		require.Equal(t, 1, v.hops)
		require.Equal(t, want, v.status, v.body)
		if want != http.StatusOK {
			require.Contains(t, w.logged(), "reason=state_mismatch")
		}
		require.False(t, w.isSignedIn(b))
	}
}

// answers keeps the statuses of the requests to one path.
type answers struct {
	mu       sync.Mutex
	statuses []int
}

func (a *answers) of(path string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			next.ServeHTTP(w, r)
			return
		}
		kept := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.statuses = append(a.statuses, kept.status)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// One logout ends the sessions of both browsers that share a session at the provider: one by the visitor, one by the back channel.
func TestBackChannelOfALogout(t *testing.T) {
	w := newWorld(t, setup{})
	var told answers
	w.serve(told.of("/auth/backchannel-logout", w.mux))
	b, other := w.browser(), w.browser()
	b.open(w.app.URL + "/")
	shareProvider(t, w, b, other)
	require.Equal(t, 3, other.open(w.app.URL+"/").hops)
	v := w.logOut(b)
	require.Equal(t, http.StatusOK, v.status)
	require.Equal(t, 2, v.hops)
	require.Equal(t, []int{http.StatusOK}, told.statuses)
	require.False(t, w.isSignedIn(b))
	require.False(t, w.isSignedIn(other))
}

// shareProvider gives a browser the session of another one at the provider.
func shareProvider(t *testing.T, w *world, from, to *browser) {
	t.Helper()
	at, err := url.Parse(w.op.Issuer())
	require.NoError(t, err)
	for _, c := range from.jar.Cookies(at) {
		if !strings.HasPrefix(c.Name, "__Host-") { // the application has the same host
			to.jar.SetCookies(at, []*http.Cookie{c})
		}
	}
}

func TestLogoutTokenIsRefused(t *testing.T) {
	const event = "http://schemas.openid.net/event/backchannel-logout"
	for name, f := range map[string]oidctest.Forgery{
		"alg none":    {Algorithm: "none"},
		"wrong alg":   {Algorithm: "HS256", Key: []byte(oidctest.ClientSecret)},
		"no event":    {Claims: oidctest.Claims{"events": nil}},
		"wrong event": {Claims: oidctest.Claims{"events": oidctest.Claims{event + "s": oidctest.Claims{}}}},
		"with nonce":  {Claims: oidctest.Claims{"nonce": "n"}},
		"wrong aud":   {Claims: oidctest.Claims{"aud": "another-client"}},
		"wrong iss":   {Claims: oidctest.Claims{"iss": "https://other.example"}},
		"other key":   {Key: foreign()["RS256"]},
		"no name":     {Claims: oidctest.Claims{"sub": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, setup{})
			b := w.browser()
			b.open(w.app.URL + "/")
			all := oidctest.Claims{"aud": oidctest.ClientID, "jti": "1", "sub": "alice", "events": oidctest.Claims{event: oidctest.Claims{}}}
			for name, v := range f.Claims {
				all[name] = v
			}
			f.Claims, f.Header = all, map[string]any{"typ": "logout+jwt"}
			v := w.browser().send(http.MethodPost, w.app.URL+"/auth/backchannel-logout", url.Values{"logout_token": {w.op.Forge(f)}}, http.Header{})
			require.Equal(t, http.StatusBadRequest, v.status)
			require.Zero(t, v.hops)
			require.Equal(t, "no-store", v.header.Get("Cache-Control"))
			require.Contains(t, w.logged(), "logout")
			require.True(t, w.isSignedIn(b))
			v = w.logOut(b) // the logout that the visitor asks for goes on
			require.Equal(t, http.StatusOK, v.status)
			require.Equal(t, 2, v.hops)
			require.False(t, w.isSignedIn(b))
		})
	}
}

var frameSource = regexp.MustCompile(`<iframe src="([^"]*)"`)

// The provider ends its session and shows the frames of its clients, whether the visitor has asked here or there for the logout.
func TestFramesOfALogout(t *testing.T) {
	for _, here := range []bool{true, false} {
		w := newWorld(t, setup{client: func(c *oidctest.Client) {
			c.FrontChannelLogoutURI, c.BackChannelLogoutURI = strings.Replace(c.RedirectURIs[0], "callback", "frontchannel-logout", 1), ""
		}})
		b, other := w.browser(), w.browser()
		b.open(w.app.URL + "/")
		other.open(w.app.URL + "/") // the same user in another session at the provider
		v := visit{}
		if here {
			v = w.logOut(b)
			require.Equal(t, 1, v.hops)
		} else {
			v = b.open(w.op.Issuer() + string(oidctest.EndSession))
			require.Zero(t, v.hops)
		}
		frames := frameSource.FindAllStringSubmatch(v.body, -1)
		require.Len(t, frames, 1, v.body)
		at := html.UnescapeString(frames[0][1])
		require.NotEmpty(t, queryOf(t, at, "sid"))
		frame := w.browser() // browsers send no cookie to a frame of another site
		framed := frame.send(http.MethodGet, at, nil, with(navigation(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site"))
		require.Equal(t, http.StatusOK, framed.status)
		require.Zero(t, framed.hops)
		require.False(t, w.isSignedIn(b))
		require.True(t, w.isSignedIn(other))
		if here {
			links := linksOf(v.body)
			require.Len(t, links, 1)
			v = b.open(links[0])
			require.Equal(t, http.StatusOK, v.status)
			require.Contains(t, v.body, "You are signed out")
		}
	}
}
