package login_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// changed returns the URL with other parameters. An empty value removes one.
func changed(t *testing.T, at string, changes map[string]string) string {
	t.Helper()
	u, err := url.Parse(at)
	require.NoError(t, err)
	q := u.Query()
	for name, value := range changes {
		q.Del(name)
		if value != "" {
			q.Set(name, value)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// requireRefused requires that a visit is the explaining page, and that no session began.
func requireRefused(t *testing.T, w *world, b *browser, v visit, status int, why string) {
	t.Helper()
	require.Equal(t, status, v.status, v.body)
	require.Zero(t, v.hops)
	require.Contains(t, w.logged(), "reason="+why)
	id := v.header.Get("Decision-Id")
	require.NotEmpty(t, id)
	require.Contains(t, v.body, id)
	require.Nil(t, b.cookie(w, "__Host-session"))
}

func TestCallbackIsRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes map[string]string
		status  int
		why     string
	}{
		{"another issuer answers (RFC 9207)", map[string]string{"iss": "https://evil.example"}, 400, "login_issuer_mismatch"},
		{"the announced issuer is missing", map[string]string{"iss": ""}, 400, "login_issuer_mismatch"},
		{"neither code nor error", map[string]string{"code": ""}, 400, "malformed_request"},
		{"a forged code", map[string]string{"code": "forged"}, 400, "code_refused"},
		{"a code with control characters", map[string]string{"code": "a\r\nb"}, 400, "code_refused"},
		{"the user declines", map[string]string{"code": "", "error": "access_denied", "error_description": "no"}, 403, "authorization_refused"},
		{"the provider needs the user", map[string]string{"code": "", "error": "login_required"}, 401, "interaction_required"},
		{"an error beside a code", map[string]string{"error": "access_denied"}, 403, "authorization_refused"},
		{"the provider cannot answer", map[string]string{"code": "", "error": "temporarily_unavailable"}, 503, "provider_unavailable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{})
			b := w.browser()
			v := b.open(changed(t, b.callback(w, "/orders"), c.changes))
			requireRefused(t, w, b, v, c.status, c.why)
			require.Equal(t, []string{"/auth/login?return_to=%2Forders"}, linksOf(v.body))
			require.NotContains(t, v.body, "evil")
		})
	}
}

func TestCallbackWithAmbiguousParameters(t *testing.T) {
	w := newWorld(t, setup{})
	for _, more := range []string{"&code=other", "&state=other", "&iss=other", "&x=%zz", "&x=" + strings.Repeat("a", 33<<10)} {
		b := w.browser()
		v := b.open(b.callback(w, "/") + more)
		requireRefused(t, w, b, v, http.StatusBadRequest, "malformed_request")
	}
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
}

func TestCallbackOfAnotherBrowserBeginsANewLoginOnce(t *testing.T) {
	w := newWorld(t, setup{})
	at := w.browser().callback(w, "/orders")
	victim := w.browser()
	w.op.AutoLogin("victim")
	v := victim.open(at)
	require.Equal(t, "GET / user=user-victim sub=victim", v.body) // the code of the attacker was not used
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
}

func TestStateMustBeThatOfItsOwnAttempt(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	first, second := b.callback(w, "/first"), b.callback(w, "/second")
	state := func(at string) string {
		u, err := url.Parse(at)
		require.NoError(t, err)
		return u.Query().Get("state")
	}
	// The name of the cookie is that of the first attempt, and the rest of the state is not.
	mixed := state(first)[:8] + state(second)[8:]
	for _, bad := range []string{mixed, state(first)[:43], state(first) + "0", strings.ToUpper(state(first)), strings.Repeat("a", 44), "a"} {
		v := b.step(http.MethodGet, changed(t, first, map[string]string{"state": bad}), nil, navigation())
		require.Contains(t, v.header.Get("Location")+v.body, "/authorize", bad) // a new login
	}
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
}

func TestVerifierBelongsToTheAttempt(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	first, second := b.callback(w, "/first"), b.callback(w, "/second")
	u, err := url.Parse(second)
	require.NoError(t, err)
	v := b.open(changed(t, first, map[string]string{"code": u.Query().Get("code")}))
	requireRefused(t, w, b, v, http.StatusBadRequest, "code_refused")
}

func TestConcurrentCallbacksExchangeTheCodeOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		login func(*login.Config)
	}{
		{"in a store", nil},
		{"in a store without compare and swap", func(c *login.Config) { c.Sessions.Store = plainStore{&login.Memory{}} }},
		{"in a cookie", func(c *login.Config) { c.Sessions.InCookie = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, setup{login: c.login})
			b := w.browser()
			at := b.callback(w, "/orders")
			var wait sync.WaitGroup
			for range 8 {
				own := w.browser()
				own.client.Jar = copyOf(t, w, b)
				own.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				wait.Go(func() {
					_, err := own.try(http.MethodGet, at, nil, navigation())
					if err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
		})
	}
}

func TestReplicasExchangeACodeOnce(t *testing.T) {
	store := &countedStore{Memory: &login.Memory{}}
	s := setup{login: func(c *login.Config) { c.Sessions.Store = store }}
	w := newWorld(t, s)
	other := w.routes(w.relyingParty(s))
	b := w.browser()
	at := b.callback(w, "/orders")
	twin := w.browser()
	twin.client.Jar = copyOf(t, w, b)
	require.Equal(t, http.StatusSeeOther, b.step(http.MethodGet, at, nil, navigation()).status)
	w.serve(other)
	v := twin.step(http.MethodGet, at, nil, navigation())
	require.Contains(t, v.header.Get("Location"), "/authorize")
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
}

func TestAttemptEnds(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	at := b.callback(w, "/orders")
	w.op.Advance(11 * time.Minute)
	v := b.step(http.MethodGet, at, nil, navigation())
	require.Contains(t, v.header.Get("Location"), "/authorize")
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
}

func TestAttemptCookies(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	v := b.step(http.MethodGet, w.app.URL+"/", nil, navigation())
	c, err := http.ParseSetCookie(v.header.Get("Set-Cookie"))
	require.NoError(t, err)
	require.Regexp(t, `^__Host-session-[A-Za-z0-9_-]{8}$`, c.Name)
	require.True(t, c.Secure && c.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, c.SameSite)
	require.Equal(t, "/", c.Path)
	require.Empty(t, c.Domain)
	require.Equal(t, 600, c.MaxAge)

	var last string
	for range 9 {
		last = b.step(http.MethodGet, w.app.URL+"/", nil, navigation()).location(t).String()
	}
	require.Len(t, b.cookies(w), 5)
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(last).body)
}

func TestAttemptsOfABrowserAreBoundedInBytes(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	for range 9 {
		b.step(http.MethodGet, w.app.URL+"/"+strings.Repeat("a", 1000), nil, navigation())
	}
	size := 0
	for _, c := range b.cookies(w) {
		size += len(c.Name) + len(c.Value)
	}
	require.LessOrEqual(t, size, 4<<10)
	require.NotZero(t, size)
}
