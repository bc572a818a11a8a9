package login_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

type problem struct {
	Title  string
	Status int
	Detail string
	Error  string
	ID     string `json:"decision_id"`
}

func problemOf(t *testing.T, v visit) (p problem) {
	t.Helper()
	require.Equal(t, "application/problem+json", v.header.Get("Content-Type"))
	require.NoError(t, json.Unmarshal([]byte(v.body), &p))
	require.Equal(t, v.status, p.Status)
	require.Equal(t, v.header.Get("Decision-Id"), p.ID)
	return p
}

// A request of a script has no token, so its refusal does not call a token bad. The route accepts tokens too, so it is the challenge.
func TestScriptWithoutASessionIsToldSo(t *testing.T) {
	w := newWorld(t, setup{})
	ended := w.browser()
	ended.setCookie(w, "__Host-session", "ended-0123456789012345678901234567890123456")
	for detail, b := range map[string]*browser{"You are not signed in.": w.browser(), "Your session has ended.": ended} {
		v := b.send(http.MethodGet, w.app.URL+"/orders", nil, fetching())
		require.Equal(t, http.StatusUnauthorized, v.status)
		p := problemOf(t, v)
		require.Equal(t, detail, p.Detail)
		require.Empty(t, p.Error)
		require.Equal(t, []string{`Bearer realm="api"`}, v.header.Values("Www-Authenticate"))
	}
	v := w.browser().send(http.MethodGet, w.app.URL+"/orders", nil, with(fetching(), "Authorization", "Bearer bad"))
	require.Equal(t, "invalid_token", problemOf(t, v).Error) // this request has a token
	require.Contains(t, v.header.Get("Www-Authenticate"), "invalid_token")
}

// The pages of a login accept no token, so they ask for none.
func TestPagesOfALoginAskForNoToken(t *testing.T) {
	w := newWorld(t, setup{})
	for _, c := range []struct {
		name, path string
		challenges []string
	}{
		{"a login at an unknown provider", "/auth/login?iss=x", []string{`Cookie realm="api"`}},
		{"a callback of another login", "/auth/callback?code=y&state=" + strings.Repeat("x", 43) + "1", nil},
		{"a malformed login", "/auth/login?iss=x&iss=y", nil},
		{"a front-channel logout without sid", "/auth/frontchannel-logout", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := w.browser().send(http.MethodGet, w.app.URL+c.path, nil, http.Header{"Accept": {"application/json"}, "Sec-Fetch-Mode": {"navigate"}})
			require.Contains(t, []int{http.StatusBadRequest, http.StatusUnauthorized}, v.status)
			require.Equal(t, c.challenges, v.header["Www-Authenticate"])
			require.Empty(t, problemOf(t, v).Error)
			require.NotContains(t, v.body, "token")
		})
	}
}

// A user who may not use a page would only be refused again after another login of the same account.
func TestPageOfAMissingRoleLeadsElsewhere(t *testing.T) {
	w := newWorld(t, setup{})
	mux := w.routes(w.rp)
	mux.Handle("/admin", w.rp.Require(w.auth.RequireRoles("admin")(http.NotFoundHandler())))
	w.serve(mux)
	b := w.browser()
	v := b.open(w.app.URL + "/admin")
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, []string{"/"}, linksOf(v.body))
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+linksOf(v.body)[0]).body)
	_, action := hiddenForm(t, v.body)
	require.Equal(t, "/auth/logout", action)
	out := b.send(http.MethodPost, w.app.URL+action, url.Values{}, with(navigation(), "Sec-Fetch-Site", "same-origin"))
	require.Equal(t, "/auth/logged-out", out.url.Path)
	require.False(t, w.isSignedIn(b))
	require.Contains(t, v.header.Get("Content-Security-Policy"), "form-action 'self' "+w.op.Issuer()) // the form is redirected there
}

// Each page refuses a disabled user, so a link to the start page would be of no use on it.
func TestPageOfADisabledUserOffersALogout(t *testing.T) {
	var disabled atomic.Bool
	w := newWorld(t, setup{auth: func(c *oidcauth.Config) { c.Users = toggledUsers(&disabled) }})
	b := w.browser()
	b.open(w.app.URL + "/")
	disabled.Store(true)
	v := b.open(w.app.URL + "/")
	require.Equal(t, http.StatusForbidden, v.status)
	require.Empty(t, linksOf(v.body))
	_, action := hiddenForm(t, v.body)
	require.Equal(t, "/auth/logout", action)
}

// To change the user in a step-up, one must sign out first, as the page says.
func TestPageOfAStepUpAsAnotherUserOffersALogout(t *testing.T) {
	w := newWorld(t, setup{})
	strict(w)
	b := w.browser()
	b.open(w.app.URL + "/")
	w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sub": "mallory"}}})
	_, action := hiddenForm(t, b.open(w.app.URL+"/pay").body)
	require.Equal(t, "/auth/logout", action)
}

func TestPageOfARequestFromAnotherSiteLeadsHome(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	v := b.send(http.MethodPost, w.app.URL+"/orders", nil, with(navigation(), "Sec-Fetch-Site", "cross-site"))
	require.Equal(t, http.StatusForbidden, v.status)
	require.Equal(t, []string{"/"}, linksOf(v.body))
	require.NotContains(t, v.body, "<form")
}
