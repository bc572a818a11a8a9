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

// These tests attack a login over sockets. Each is named after its threat: see the chapter Threats of README.md.

// The attacker sends the victim to the callback of the attacker's own login, so that the victim would act in the attacker's account.
func TestAttackLoginCSRF(t *testing.T) {
	w := newWorld(t, setup{})
	w.op.AutoLogin("mallory")
	at := w.browser().callback(w, "/orders")
	w.op.AutoLogin("alice")
	fresh, signedIn := w.browser(), w.browser()
	signedIn.open(w.app.URL + "/")
	for _, victim := range []*browser{fresh, signedIn} {
		require.Equal(t, "GET / user=user-alice sub=alice", victim.open(at).body)
	}
	require.Equal(t, 2, w.op.Requests(oidctest.TokenEndpoint)) // neither exchanged the attacker's code
}

// The attacker knows the session ID that a browser has before the login, or makes one up for it.
func TestAttackSessionFixation(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		w := newWorld(t, setup{login: func(c *login.Config) { c.Sessions.InCookie = inCookie }})
		w.op.AutoLogin("mallory")
		mallory := w.browser()
		mallory.open(w.app.URL + "/")
		w.op.AutoLogin("alice")
		for _, fixed := range []string{strings.Repeat("a", 43), mallory.cookie(w, "__Host-session").Value} {
			victim := w.browser()
			victim.setCookie(w, "__Host-session", fixed)
			victim.open(w.app.URL + "/auth/login")
			require.Equal(t, "GET / user=user-alice sub=alice", victim.open(w.app.URL+"/").body)
			require.NotEqual(t, fixed, victim.cookie(w, "__Host-session").Value)
			thief := w.browser()
			thief.setCookie(w, "__Host-session", fixed)
			v := thief.send(http.MethodGet, w.app.URL+"/", nil, fetching())
			require.NotContains(t, v.body, "alice")
		}
	}
}

// The attacker has a code of the victim, and brings it to a login in the attacker's browser, or has a code of its own brought by the
// victim's browser.
func TestAttackCodeInjection(t *testing.T) {
	w := newWorld(t, setup{})
	victim, attacker := w.browser(), w.browser()
	stolen := victim.callback(w, "/")
	w.op.AutoLogin("mallory")
	own := attacker.callback(w, "/")
	for _, c := range []struct {
		b        *browser
		at, code string
	}{{attacker, own, queryOf(t, stolen, "code")}, {victim, stolen, queryOf(t, own, "code")}} {
		v := c.b.open(changed(t, c.at, map[string]string{"code": c.code}))
		requireRefused(t, w, c.b, v, http.StatusBadRequest, "code_refused")
	}
}

// The provider does not check PKCE, so that only the nonce shows whose code it was.
func TestAttackCodeInjectionAtAProviderWithoutPKCE(t *testing.T) {
	w := newWorld(t, setup{})
	victim, attacker := w.browser(), w.browser()
	victim.callback(w, "/")
	nonce := w.op.AuthorizationRequest().Get("nonce")
	w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"nonce": nonce, "sub": "victim"}}})
	requireRefused(t, w, attacker, attacker.open(attacker.callback(w, "/")), http.StatusUnauthorized, "nonce_mismatch")
}

// The metadata of the provider, or the attacker who changed them, know no PKCE or only the method plain.
func TestAttackPKCEDowngrade(t *testing.T) {
	for _, methods := range []any{nil, []string{}, []string{"plain"}} {
		w := newWorld(t, setup{})
		w.op.SetMetadata(oidctest.Claims{"code_challenge_methods_supported": methods, "pushed_authorization_request_endpoint": nil})
		b := w.browser()
		asked := b.step(http.MethodGet, w.app.URL+"/auth/login?code_challenge_method=plain&code_challenge=a", nil, navigation()).location(t).Query()
		require.Equal(t, []string{"S256"}, asked["code_challenge_method"])
		require.Len(t, asked["code_challenge"], 1)
		require.Len(t, asked.Get("code_challenge"), 43)
		require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
	}
}

// The callback is repeated: in the same browser, in another one, on another replica, and many times at once.
func TestAttackReplayOfACallback(t *testing.T) {
	store := &countedStore{Memory: &login.Memory{}} // one for both replicas
	s := setup{login: func(c *login.Config) { c.Sessions.Store = store }}
	w := newWorld(t, s)
	other := w.routes(w.relyingParty(s))
	b := w.browser()
	at := b.callback(w, "/orders")
	before := w.browser() // has the cookies that the browser had before
	before.client.Jar = copyOf(t, w, b)
	b.open(at)
	w.op.AutoLogin("") // the provider asks again who the user is
	for _, handler := range []http.Handler{w.routes(w.rp), other} {
		w.serve(handler)
		require.Equal(t, "GET /orders user=user-alice sub=alice", strings.Replace(b.open(at).body, "GET / ", "GET /orders ", 1))
		for _, thief := range []*browser{w.browser(), before} {
			var wait sync.WaitGroup
			for range 8 {
				own := w.browser()
				own.client.Jar = copyOf(t, w, thief)
				wait.Go(func() {
					if v, err := own.try(http.MethodGet, at, nil, navigation()); err != nil || strings.Contains(v.body, "alice") {
						t.Error(err, v.body)
					}
				})
			}
			wait.Wait()
		}
	}
	require.Equal(t, 1, w.op.Requests(oidctest.TokenEndpoint))
}

// A callback with a made-up state costs neither a call to the provider nor an entry in the store.
func TestAttackFloodOfCallbacks(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b := w.browser()
	for i := range 600 {
		state := strings.Repeat("a", 40) + string([]byte{'A' + byte(i/100), 'A' + byte(i/10%10), 'A' + byte(i%10), '1'})
		v := b.step(http.MethodGet, w.app.URL+"/auth/callback?"+url.Values{"code": {"c"}, "state": {state}, "iss": {w.op.Issuer()}}.Encode(), nil, navigation())
		require.Equal(t, http.StatusBadRequest, v.status)
	}
	require.Zero(t, w.op.Requests(oidctest.TokenEndpoint))
	require.Zero(t, store.finds.Load()+store.writes.Load())
	require.Zero(t, store.Len())
	require.Less(t, strings.Count(w.logged(), "reason=attempt_unknown"), 300)
}

// Logins that never end leave nothing in this process or in the store, and the browser keeps few cookies.
func TestAttackFloodOfLogins(t *testing.T) {
	w, store := countedWorld(t, setup{})
	b := w.browser()
	for range 100 {
		v := b.step(http.MethodGet, w.app.URL+"/auth/login?return_to=/"+strings.Repeat("a", 900), nil, navigation())
		require.Less(t, len(strings.Join(v.header["Set-Cookie"], "")), 6<<10)
	}
	require.LessOrEqual(t, len(b.cookies(w)), 5)
	require.Zero(t, store.Len())
	require.Zero(t, store.finds.Load()+store.writes.Load())
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
}

// Each login that ends badly is remembered as used. Such logins must not drive sessions out of the memory.
func TestAttackFloodOfUsedLoginsDropsNoSession(t *testing.T) {
	w := newWorld(t, setup{})
	b, attacker := w.browser(), w.browser()
	store := &login.Memory{Entries: 8, Now: w.op.Now}
	w.serve(w.routes(w.relyingParty(setup{login: func(c *login.Config) { c.Sessions.Store = store }})))
	b.open(w.app.URL + "/")
	w.op.Advance(50 * time.Minute) // the session ends before the marks do
	for range 40 {
		attacker.open(changed(t, attacker.callback(w, "/"), map[string]string{"code": "forged"}))
	}
	require.True(t, w.isSignedIn(b))
}

// The attacker has two browsers' worth of parameters, or too many of them.
func TestAttackHugeRequests(t *testing.T) {
	w := newWorld(t, setup{})
	long := strings.Repeat("a", 33<<10)
	for _, c := range []struct {
		name, method, path string
		form               url.Values
		header             http.Header
	}{
		{"query of a callback", "GET", "/auth/callback?state=" + long, nil, navigation()},
		{"body of a callback", "POST", "/auth/callback", url.Values{"state": {long}}, navigation()},
		{"query of a login", "GET", "/auth/login?login_hint=" + long, nil, navigation()},
		{"body of a login", "POST", "/auth/login", url.Values{"login_hint": {long}}, navigation()},
		{"front-channel logout", "GET", "/auth/frontchannel-logout?sid=" + long, nil, navigation()},
		{"return from a logout", "GET", "/auth/logged-out?state=" + long, nil, navigation()},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := w.browser().send(c.method, w.app.URL+c.path, c.form, c.header)
			require.Equal(t, http.StatusBadRequest, v.status)
			require.Zero(t, v.hops)
			require.Less(t, len(v.body), 16<<10)
		})
	}
	cookies := "__Host-session=" + long
	for range 100 {
		cookies += "; __Host-session=" + strings.Repeat("b", 43) + "; __Host-session-abcdefgh=" + strings.Repeat("c", 1000)
	}
	for _, path := range []string{"/", "/auth/login", "/auth/callback?state=abcdefgh" + strings.Repeat("c", 36)} {
		v := w.browser().step(http.MethodGet, w.app.URL+path, nil, with(navigation(), "Cookie", cookies))
		require.Contains(t, v.header.Get("Location"), "/authorize")
		require.LessOrEqual(t, len(v.header["Set-Cookie"]), 17)
	}
	require.Less(t, len(w.logged()), 64<<10)
}
