package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/browser"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestTwoTabsSignInAtOnce(t *testing.T) {
	s := newScene(t, panva.Get(t))
	first := browser.Open(t)
	second := first.Another()
	first.Go(s.url + "/me?tab=1")
	second.Go(s.url + "/me?tab=2")
	s.signIn(first, "alice")
	s.sees(first, "/me?tab=1", "row-1")
	s.signIn(second, "alice")
	s.sees(second, "/me?tab=2", "row-1")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(first))
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(second))
	first.Go(s.url + "/me")
	s.sees(first, "/me", "row-1")
	require.Empty(t, s.refusals())
}

// The browser keeps five attempts. The latest one counts.
func TestTwentyTabs(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	for range 19 {
		tab.Go(s.url + "/me")
	}
	cookies := tab.Cookies(s.url)
	require.LessOrEqual(t, len(cookies), 5)
	size := 0
	for _, c := range cookies {
		size += len(c.Name) + len(c.Value)
	}
	require.Less(t, size, 4096)
	tab.Documents()
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, []string{"/me", "/auth/callback", "/me"}, s.visits(tab))
}

// The provider does not show its form a second time. From its page, the visitor finds the way back.
func TestBackButtonAfterTheLogin(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	tab.Documents()
	tab.Do(chromedp.NavigateBack())
	tab.Await("#error")
	require.True(t, strings.HasPrefix(tab.Location(), s.issuer()))
	tab.Do(chromedp.NavigateForward())
	s.sees(tab, "/me", "row-1")
	require.NotContains(t, s.visits(tab), "/auth/callback")
	require.Empty(t, s.refusals())
}

// callback returns the address of the callback that the tab opened.
func (s *scene) callback(tab *browser.Tab) string {
	tab.Helper()
	for _, d := range tab.Documents() {
		if _, address, _ := strings.Cut(d, " "); strings.HasPrefix(address, s.url+"/auth/callback?") {
			return address
		}
	}
	require.Fail(tab, "no callback")
	return ""
}

func TestCallbackIsOpenedAgain(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	bookmark := s.callback(tab)
	t.Run("with the session", func(t *testing.T) {
		tab.Go(bookmark)
		s.sees(tab, "/", "")
		require.Equal(t, []string{"/auth/callback", "/"}, s.visits(tab))
		require.Empty(t, s.refusals())
	})
	t.Run("after the session", func(t *testing.T) {
		tab.Go(s.url + "/auth/logout")
		press(tab, "main button")
		s.signOut(tab)
		tab.Await("main li a")
		tab.Documents()
		tab.Go(bookmark)
		s.signIn(tab, "alice")
		s.sees(tab, "/", "")
		require.Equal(t, []string{"/auth/callback", "/auth/callback", "/"}, s.visits(tab))
	})
	t.Run("in another browser", func(t *testing.T) {
		other := browser.Open(t)
		other.Go(bookmark)
		s.signIn(other, "carol")
		s.sees(other, "/", "")
		require.Equal(t, []string{"/auth/callback", "/auth/callback", "/"}, s.visits(other))
		other.Go(s.url + "/me")
		s.sees(other, "/me", "row-3")
	})
	require.Equal(t, 3, s.calls.count("authorization_code"), "the code of the bookmark was exchanged once")
}

// The second request is sent before the answer to the first one has the cookie of the session, so it begins a login anew. The provider
// knows the user by then.
func TestCallbackIsOpenedTwiceAtOnce(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	tab.Go(s.url + "/me")
	asked, arrived := make(chan struct{}), make(<-chan struct{})
	s.calls.once("authorization_code", func() {
		arrived = s.arrival("/auth/callback")
		close(asked)
		<-arrived
	})
	s.signIn(tab, "alice")
	<-asked
	second := tab.Another()
	second.Go(s.callback(tab))
	s.sees(second, "/me", "row-1")
	s.sees(tab, "/me", "row-1")
	require.Equal(t, []string{"/auth/callback", "/auth/callback", "/me"}, s.visits(second))
	require.Empty(t, s.refusals())
}

// A frame cannot show the form of a provider, so no login begins in it.
func TestFrame(t *testing.T) {
	s := newScene(t, panva.Get(t))
	for name, host := range map[string]string{"of this site": "localhost", "of another site": "127.0.0.1"} {
		t.Run(name, func(t *testing.T) {
			tab := browser.Open(t)
			outer := strings.Replace(s.url, "localhost", host, 1) + "/public?frame=" + url.QueryEscape(s.url+"/me")
			tab.Go(outer)
			require.Equal(t, []string{"GET " + outer, "GET " + s.url + "/me"}, tab.Documents())
			require.Equal(t, reason.NoCredentials, s.refusals()[len(s.refusals())-1])

			s.signsIn(tab, "/me", "alice")
			tab.Documents()
			tab.Go(outer)
			require.Equal(t, []string{"GET " + outer, "GET " + s.url + "/me"}, tab.Documents())
		})
	}
	require.Len(t, s.refusals(), 3, "the cookie does not come with a frame of another site")
}

func TestFetchAfterTheSession(t *testing.T) {
	s := newScene(t, panva.Get(t))
	tab := browser.Open(t)
	s.signsIn(tab, "/me", "alice")
	require.Equal(t, http.StatusOK, s.fetch(tab, "/me", 1)[0].Status)
	tab.Documents()
	s.advance(defaultIdle)
	got := s.fetch(tab, "/me", 1)[0]
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.False(t, got.Redirected)
	require.Contains(t, []reason.Reason{reason.SessionUnknown, reason.SessionExpired}, s.decision(t, got.Decision).Reason)
	require.Empty(t, tab.Documents())

	s.advance(-defaultIdle)
	press(tab, "#order")
	tab.Await(`main[data-page="/orders"]`)
	s.advance(defaultIdle)
	tab.Go(s.url + "/public")
	status := browser.Eval[int](tab, `fetch("/orders", {method: "POST"}).then(r => r.status)`, awaitPromise)
	require.Equal(t, http.StatusUnauthorized, status, "a change is not repeated after a login")
}
