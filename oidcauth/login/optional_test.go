package login_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/usermap"
)

// public returns a world whose page /welcome is for all, and its URL.
func public(t *testing.T, s setup) (*world, string) {
	t.Helper()
	w := newWorld(t, s)
	w.mux.Handle("/welcome", w.rp.Optional(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, known := oidcauth.FromContext(r.Context())
		fmt.Fprint(rw, known, " ", id.Name())
	})))
	return w, w.app.URL + "/welcome"
}

func TestPublicPageKnowsAUserWithASession(t *testing.T) {
	w, page := public(t, setup{})
	b := w.browser()
	v := b.open(page)
	require.Equal(t, "false ", v.body)
	require.Zero(t, v.hops)
	require.Equal(t, "private", v.header.Get("Cache-Control"), "a shared cache must not show it to a user who is signed in")
	b.open(w.app.URL + "/orders")
	v = b.open(page)
	require.Equal(t, "true alice", v.body)
	require.Equal(t, "private", v.header.Get("Cache-Control"))
}

func TestPublicPageIsAnonymousAfterTheSession(t *testing.T) {
	w, page := public(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/orders")
	require.NoError(t, w.op.SignOut("alice"))
	require.Equal(t, "false ", b.open(page).body)
	b.open(w.app.URL + "/orders")
	require.Equal(t, "true alice", b.open(page).body)
	w.op.Advance(2 * time.Hour)
	require.Equal(t, "false ", b.open(page).body)
}

func TestPublicPageRefusesWhatIsNoEndOfASession(t *testing.T) {
	disabled := false
	w, page := public(t, setup{auth: func(c *oidcauth.Config) {
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			return []usermap.User{{ID: "7", Enabled: !disabled}}, nil
		})
	}})
	b := w.browser()
	b.open(w.app.URL + "/orders")
	cross := fetching()
	cross.Set("Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, b.send(http.MethodPost, page, nil, cross).status)
	require.Equal(t, http.StatusOK, w.browser().send(http.MethodPost, page, nil, cross).status, "there is no session to abuse")
	disabled = true
	require.Equal(t, http.StatusForbidden, b.open(page).status)
}

func TestPublicPageTakesBearerTokens(t *testing.T) {
	w, page := public(t, setup{})
	good := http.Header{"Authorization": {"Bearer " + w.op.Token(audience, oidctest.Claims{"sub": "bob"})}}
	require.Equal(t, "true bob", w.browser().send(http.MethodGet, page, nil, good).body)
	require.Equal(t, http.StatusUnauthorized, w.browser().send(http.MethodGet, page, nil, http.Header{"Authorization": {"Bearer x"}}).status)
}

func TestPublicPageWithAStoreThatCannotBeAsked(t *testing.T) {
	store := &countedStore{Memory: &login.Memory{}}
	w, page := public(t, setup{login: func(c *login.Config) { c.Sessions.Store = store }})
	b := w.browser()
	b.open(w.app.URL + "/orders")
	store.failing.Store(true)
	require.Equal(t, http.StatusOK, w.browser().open(page).status)
	require.Equal(t, http.StatusServiceUnavailable, b.open(page).status)
}
