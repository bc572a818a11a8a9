package login_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// with returns the header with changes. An empty value removes one.
func with(h http.Header, pairs ...string) http.Header {
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			h.Del(pairs[i])
		}
	}
	return h
}

func TestWhatIsRedirectedToALogin(t *testing.T) {
	w := newWorld(t, setup{})
	old := func() http.Header { return http.Header{"Accept": {"text/html,*/*;q=0.8"}} } // a browser without Sec-Fetch headers
	for _, c := range []struct {
		name   string
		method string
		header http.Header
		is     bool
	}{
		{"a navigation", "GET", navigation(), true},
		{"a navigation without Sec-Fetch headers", "GET", old(), true},
		{"HEAD", "HEAD", navigation(), true},
		{"a navigation from another site", "GET", with(navigation(), "Sec-Fetch-Site", "cross-site"), true},
		{"fetch()", "GET", fetching(), false},
		{"fetch() that accepts pages", "GET", with(fetching(), "Accept", "text/html"), false},
		{"XMLHttpRequest", "GET", with(old(), "X-Requested-With", "XMLHttpRequest"), false},
		{"an iframe", "GET", with(navigation(), "Sec-Fetch-Dest", "iframe"), false},
		{"an image", "GET", http.Header{"Accept": {"image/*"}, "Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}}, false},
		{"a prefetch", "GET", with(navigation(), "Sec-Purpose", "prefetch;prerender"), false},
		{"a program", "GET", http.Header{"Accept": {"application/json"}}, false},
		{"a program that says nothing", "GET", http.Header{}, false},
		{"text/html with the weight 0", "GET", http.Header{"Accept": {"application/json, text/html;q=0.0"}}, false},
		{"a form", "POST", with(navigation(), "Sec-Fetch-Site", "same-origin"), false},
		{"a deletion", "DELETE", with(fetching()), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.browser()
			v := b.step(c.method, w.app.URL+"/orders", nil, c.header)
			if c.is {
				require.Contains(t, v.header.Get("Location"), "/authorize")
				return
			}
			require.Equal(t, http.StatusUnauthorized, v.status)
			require.NotEmpty(t, v.header.Get("Decision-Id"))
			require.NotEmpty(t, v.header.Get("Www-Authenticate"))
			require.Equal(t, "no-store", v.header.Get("Cache-Control"))
			require.Empty(t, b.cookies(w))
		})
	}
}

func TestOneRouteTakesBearerTokensAndSessions(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	bearer := func(token string) http.Header { return with(fetching(), "Authorization", "Bearer "+token) }
	good := w.op.Token(audience, oidctest.Claims{"sub": "machine"})
	v := b.send(http.MethodGet, w.app.URL+"/", nil, bearer(good))
	require.Equal(t, "GET / user=user-machine sub=machine", v.body)
	v = b.send(http.MethodPost, w.app.URL+"/", nil, with(bearer(good), "Sec-Fetch-Site", "cross-site"))
	require.Equal(t, "POST / user=user-machine sub=machine", v.body) // no browser adds such a header by itself
	v = b.send(http.MethodGet, w.app.URL+"/", nil, bearer("bad"))
	require.Equal(t, http.StatusUnauthorized, v.status) // the session does not replace a bad token
	require.Equal(t, http.StatusBadGateway, b.send(http.MethodGet, w.app.URL+"/token", nil, bearer(good)).status)
}

func TestRequestOfAnotherOriginChangesNothing(t *testing.T) {
	w := newWorld(t, setup{})
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, c := range []struct {
		name   string
		method string
		header http.Header
		status int
	}{
		{"another site", "POST", with(navigation(), "Sec-Fetch-Site", "cross-site"), 403},
		{"another subdomain", "POST", with(navigation(), "Sec-Fetch-Site", "same-site"), 403},
		{"an old browser", "POST", http.Header{"Origin": {"https://evil.example"}}, 403},
		{"an opaque origin", "POST", http.Header{"Origin": {"null"}}, 403},
		{"a WebSocket of another subdomain", "GET", http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Origin": {"https://evil.example"}}, 403},
		{"a link on another site", "GET", with(navigation(), "Sec-Fetch-Site", "cross-site"), 200},
		{"this origin", "POST", with(navigation(), "Sec-Fetch-Site", "same-origin"), 200},
		{"this origin, an old browser", "PUT", http.Header{"Origin": {w.app.URL}}, 200},
		{"a program", "DELETE", http.Header{}, 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.status, b.step(c.method, w.app.URL+"/", nil, c.header).status)
		})
	}
	require.Contains(t, w.logged(), "cross_origin_request")
}

func TestRolesAreRequiredBehindALogin(t *testing.T) {
	w := newWorld(t, setup{})
	mux := w.routes(w.rp)
	mux.Handle("/admin", w.rp.Require(w.auth.RequireRoles("admin")(http.NotFoundHandler())))
	w.serve(mux)
	v := w.browser().open(w.app.URL + "/admin")
	require.Equal(t, http.StatusForbidden, v.status)
	require.Contains(t, w.logged(), "role_missing")
}

// strict adds a page that needs a stronger and recent authentication.
func strict(w *world) {
	mux := w.routes(w.rp)
	mux.Handle("/pay", w.rp.Require(w.auth.RequireAuthentication(5*time.Minute, "gold")(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		fmt.Fprint(rw, "paid by ", id.Subject())
	}))))
	w.serve(mux)
}

func TestStepUp(t *testing.T) {
	for _, inCookie := range []bool{false, true} {
		t.Run(fmt.Sprint("in a cookie: ", inCookie), func(t *testing.T) {
			w := newWorld(t, setup{login: func(c *login.Config) {
				c.Sessions.InCookie = inCookie
				c.Providers[0].Prompt = "select_account"
			}})
			strict(w)
			b := w.browser()
			b.open(w.app.URL + "/")
			before := b.cookie(w, "__Host-session").Value
			v := b.open(w.app.URL + "/pay?to=bob")
			require.Equal(t, "paid by alice", v.body)
			require.Equal(t, "/pay?to=bob", v.url.RequestURI())
			got := w.op.AuthorizationRequest()
			require.Equal(t, "gold", got.Get("acr_values"))
			require.Equal(t, "300", got.Get("max_age"))
			require.Empty(t, got.Get("prompt"))
			require.NotEqual(t, before, b.cookie(w, "__Host-session").Value)
			require.Zero(t, b.open(w.app.URL+"/pay").hops)
			if !inCookie {
				other := w.browser()
				other.setCookie(w, "__Host-session", before)
				require.Equal(t, http.StatusUnauthorized, other.send(http.MethodGet, w.app.URL+"/", nil, fetching()).status)
			}
		})
	}
}

func TestStepUpOfOtherRequestsIsAChallenge(t *testing.T) {
	w := newWorld(t, setup{})
	strict(w)
	b := w.browser()
	b.open(w.app.URL + "/")
	v := b.send(http.MethodGet, w.app.URL+"/pay", nil, fetching())
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Contains(t, v.header.Get("Www-Authenticate"), `acr_values="gold"`)
	token := w.op.Token(audience, oidctest.Claims{"sub": "machine"})
	v = b.send(http.MethodGet, w.app.URL+"/pay", nil, with(navigation(), "Authorization", "Bearer "+token))
	require.Equal(t, http.StatusUnauthorized, v.status)
	require.Contains(t, v.header.Get("Www-Authenticate"), `insufficient_user_authentication`)
}

func TestStepUpAsAnotherUser(t *testing.T) {
	w := newWorld(t, setup{})
	strict(w)
	b := w.browser()
	b.open(w.app.URL + "/")
	before := b.cookie(w, "__Host-session").Value
	w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: oidctest.Claims{"sub": "mallory"}}})
	v := b.open(w.app.URL + "/pay")
	require.GreaterOrEqual(t, v.status, 400)
	require.Contains(t, w.logged(), "login_changed")
	require.Equal(t, before, b.cookie(w, "__Host-session").Value)
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
}

func TestProviderThatDoesNotStepUp(t *testing.T) {
	w := newWorld(t, setup{})
	strict(w)
	b := w.browser()
	b.open(w.app.URL + "/")
	for _, claims := range []oidctest.Claims{{"acr": "bronze"}, {"acr": nil}, {"auth_time": w.op.Now().Add(-time.Hour).Unix()}, {"auth_time": nil}} {
		w.op.FailLogin(oidctest.LoginFault{IDToken: oidctest.Forgery{Claims: claims}})
		v := b.open(w.app.URL + "/pay")
		require.GreaterOrEqual(t, v.status, 400, claims)
		require.Equal(t, 2, v.hops)
	}
	require.Equal(t, "GET / user=user-alice sub=alice", b.open(w.app.URL+"/").body)
}

func TestReturnPathsAreLocal(t *testing.T) {
	w := newWorld(t, setup{})
	for _, c := range []struct{ to, want string }{
		{"/orders", "/orders"},
		{"/orders?a=b&c=%2F%2Fx", "/orders?a=b&c=%2F%2Fx"},
		{"/a%20b", "/a%20b"},
		{"/orders/a%2Fb", "/orders/a%2Fb"},
		{"/orders#part", "/orders"},
		{"", "/"},
		{"orders", "/"},
		{"https://evil.example/", "/"},
		{"//evil.example/", "/"},
		{"/\\evil.example/", "/"},
		{"\\\\evil.example/", "/"},
		{"/%2F/evil.example", "/"},
		{"/%2Fevil.example", "/"},
		{"/%5Cevil.example", "/"},
		{"/%255Cevil.example", "/"},
		{"/%25255Cevil.example", "/"},
		{"/%252Fevil.example", "/"},
		{"/.//evil.example", "/"},
		{"/a/..//evil.example", "/"},
		{"/a/%2e%2e/b", "/"},
		{"/;//evil.example", "/"},
		{"/\t/evil.example", "/"},
		{"/%09/evil.example", "/"},
		{"/\n//evil.example", "/"},
		{"\t//evil.example", "/"},
		{" //evil.example", "/"},
		{"javascript:alert(1)", "/"},
		{"/ä", "/"},
		{"/auth/login", "/"},
		{"/auth/logout?x=1", "/"},
		{"/auth", "/"},
		{"/authors", "/authors"},
		{"/" + string(make([]byte, 2000)), "/"},
	} {
		b := w.browser()
		at := b.callback(w, "/auth/login?return_to="+url.QueryEscape(c.to))
		v := b.step(http.MethodGet, at, nil, navigation())
		require.Equal(t, c.want, v.header.Get("Location"), "%q", c.to)
	}
}
