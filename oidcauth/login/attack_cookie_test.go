package login_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// A sibling domain, or a page of http, sets cookies for this service. Browsers refuse it the prefix __Host-, so the attacker tries names
// that servers could take for it, and values that make one cookie look like two.
func TestAttackCookieTossing(t *testing.T) {
	w := newWorld(t, setup{})
	mallory, alice := w.browser(), w.browser()
	w.op.AutoLogin("mallory")
	mallory.open(w.app.URL + "/")
	w.op.AutoLogin("alice")
	alice.open(w.app.URL + "/")
	own, tossed := alice.cookie(w, "__Host-session").Value, mallory.cookie(w, "__Host-session").Value
	for _, name := range []string{"session", "__Secure-session", "__host-session", "\u2000__Host-session", "\u0085__Host-session", "__Host-session\u00a0", "__Host-session[]"} {
		require.Equal(t, http.StatusUnauthorized, w.status(t, name+"="+tossed), name)
	}
	for _, cookies := range []string{`$Version=1; a="__Host-session=` + tossed + `"`, `a="; __Host-session =` + tossed[1:], "a=__Host-session=" + tossed} {
		require.Equal(t, http.StatusUnauthorized, w.status(t, cookies), cookies)
	}
	both := []string{"__Host-session=" + tossed + "; __Host-session=" + own, "__Host-session=" + own + "; __Host-session=" + tossed}
	for _, cookies := range both { // two sessions in one request: neither is believed
		require.Equal(t, http.StatusUnauthorized, w.status(t, cookies))
	}
	require.Equal(t, http.StatusOK, w.status(t, "__Host-session="+own+"; __Host-session="+own))
}

// Cookies of an attempt, of a logout, of another name, of another key, of another client, and changed ones are no session.
func TestAttackCookieOfAnotherPurpose(t *testing.T) {
	inCookie := func(c *login.Config) { c.Sessions.InCookie = true }
	w := newWorld(t, setup{login: inCookie})
	b := w.browser()
	b.callback(w, "/")
	attempt := b.cookies(w)[0].Value
	b.open(w.app.URL + "/")
	session := b.cookie(w, "__Host-session").Value
	require.Equal(t, http.StatusOK, w.status(t, "__Host-session="+session))
	w.logOut(b)
	require.Equal(t, http.StatusUnauthorized, w.status(t, "__Host-session="+attempt))
	require.Equal(t, http.StatusUnauthorized, w.status(t, "__Host-session="+session[:40]+"A"+session[41:]))

	for _, c := range []struct {
		name   string
		cookie string
		setup  setup
	}{
		{"another name", "__Host-other", setup{login: func(c *login.Config) { inCookie(c); c.CookieName = "other" }}},
		{"another key", "__Host-session", setup{login: func(c *login.Config) { inCookie(c); c.Keys = [][]byte{key(2)} }}},
		{"another client", "__Host-session", setup{login: inCookie, provider: func(c *provider.Config) { c.ClientID = "another" }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.serve(w.routes(w.relyingParty(c.setup)))
			require.Equal(t, http.StatusUnauthorized, w.status(t, c.cookie+"="+session))
		})
	}
}

// A service has the same keys and the same store as another one, and another client.
func TestAttackSessionOfAnotherService(t *testing.T) {
	store := &login.Memory{}
	shared := func(c *login.Config) { c.Sessions.Store = store }
	w := newWorld(t, setup{login: shared})
	b := w.browser()
	b.open(w.app.URL + "/")
	require.True(t, w.isSignedIn(b))
	w.serve(w.routes(w.relyingParty(setup{login: shared, provider: func(c *provider.Config) { c.ClientID = "another" }})))
	require.False(t, w.isSignedIn(b))
}

// Two services on one host have names of which one begins with the other. Neither removes the cookies of the other.
func TestAttackCookiesOfANeighbour(t *testing.T) {
	w := newWorld(t, setup{})
	for _, name := range []string{"session-intranet", "session-login", "session-logout"} {
		_, err := login.New(w.config(setup{login: func(c *login.Config) { c.CookieName = name }}))
		require.Equal(t, []string{"CookieName"}, fieldsOf(err), name)
	}
}

// A key that was never filled seals nothing.
func TestAttackKeyThatEverybodyKnows(t *testing.T) {
	w := newWorld(t, setup{})
	_, err := login.New(w.config(setup{login: func(c *login.Config) { c.Keys = append(c.Keys, make([]byte, 32)) }}))
	require.Equal(t, []string{"Keys[1]"}, fieldsOf(err))
}
