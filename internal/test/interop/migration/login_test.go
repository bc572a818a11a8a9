package migration

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

var sealKey = []byte("0123456789abcdef0123456789abcdef")

// portal is a service with a login, and its provider.
type portal struct {
	p   *oidctest.Provider
	url string
}

func newPortal(t *testing.T, make func(p *oidctest.Provider, url string) http.Handler) portal {
	t.Helper()
	p := oidctest.New(t)
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	p.Register(oidctest.Client{RedirectURIs: []string{url + "/auth/callback"}, BackChannelLogoutURI: url + "/auth/backchannel-logout"})
	p.AddUser(oidctest.User{Name: "alice", Claims: oidctest.Claims{"email": "alice@example.com"}})
	p.AutoLogin("alice")
	server.Config.Handler = make(p, url)
	server.Start()
	t.Cleanup(server.Close)
	return portal{p, url}
}

// portals are the two services of the chapter.
func portals(t *testing.T) map[string]portal {
	t.Helper()
	return map[string]portal{
		"before": newPortal(t, func(p *oidctest.Provider, url string) http.Handler {
			return must(t)(loginBefore(t.Context(), p.Issuer(), oidctest.ClientID, oidctest.ClientSecret, url, sessions.NewCookieStore(sealKey)))
		}),
		"after": newPortal(t, func(p *oidctest.Provider, url string) http.Handler {
			return must(t)(loginAfter(p.Issuer(), oidctest.ClientID, oidctest.ClientSecret, url, sealKey))
		}),
	}
}

// opened returns the status and the text of a page that the browser opens.
func opened(t *testing.T, browser *http.Client, url string) (status int, text string) {
	t.Helper()
	got := visitor.Send(t, browser, http.MethodGet, url, visitor.Page())
	return got.Status, got.Body
}

// callbackOf begins a login, and returns the URL of its callback, which the browser has not opened.
func callbackOf(t *testing.T, browser *http.Client, at portal) string {
	t.Helper()
	careful := *browser
	var callback string
	careful.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/auth/callback" {
			callback = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	opened(t, &careful, at.url+"/")
	require.NotEmpty(t, callback)
	return callback
}

// The rows of the page about what happens, as the status before and after.
func TestLoginRows(t *testing.T) {
	for name, row := range map[string]struct {
		visit         func(t *testing.T, at portal) int
		before, after int
	}{
		"a user signs in": {func(t *testing.T, at portal) int {
			t.Helper()
			status, text := opened(t, visitor.New(t, nil), at.url+"/")
			require.Equal(t, "hello alice@example.com\n", text)
			return status
		}, 200, 200},
		"two tabs": {func(t *testing.T, at portal) int {
			t.Helper()
			browser := visitor.New(t, nil)
			first := callbackOf(t, browser, at)
			_ = callbackOf(t, browser, at)
			status, _ := opened(t, browser, first)
			return status
		}, 400, 200},
		"the callback again": {func(t *testing.T, at portal) int {
			t.Helper()
			browser := visitor.New(t, nil)
			callback := callbackOf(t, browser, at)
			opened(t, browser, callback)
			status, _ := opened(t, browser, callback)
			return status
		}, 400, 200},
		"signed out at the provider": {func(t *testing.T, at portal) int {
			t.Helper()
			browser := visitor.New(t, nil)
			opened(t, browser, at.url+"/")
			_ = at.p.SignOut("alice") // the service before has no endpoint for it
			status := visitor.Send(t, browser, http.MethodGet, at.url+"/", visitor.Script()).Status
			return status
		}, 200, 401},
	} {
		t.Run(name, func(t *testing.T) {
			both := portals(t)
			require.Equal(t, row.before, row.visit(t, both["before"]))
			require.Equal(t, row.after, row.visit(t, both["after"]))
		})
	}
}

// A script without a session is redirected to another origin before, and refused after.
func TestLoginOfAScript(t *testing.T) {
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	both := portals(t)
	status := visitor.Send(t, stay, http.MethodGet, both["before"].url+"/", visitor.Script()).Status
	require.Equal(t, http.StatusSeeOther, status)
	status = visitor.Send(t, stay, http.MethodGet, both["after"].url+"/", visitor.Script()).Status
	require.Equal(t, http.StatusUnauthorized, status)
}

// Without a session both send the browser to a login, and scs goes on with the data of the application.
func TestSCSBesideALogin(t *testing.T) {
	w := httptest.NewRecorder()
	scsBefore(scs.New()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	require.Equal(t, http.StatusSeeOther, w.Code)
	at := newPortal(t, func(p *oidctest.Provider, url string) http.Handler {
		client, err := provider.New(p.ClientConfig())
		require.NoError(t, err)
		auth, err := oidcauth.New(p.Config(audience))
		require.NoError(t, err)
		rp, err := login.New(login.Config{Authenticator: auth, PublicURL: url, Keys: [][]byte{sealKey}, Providers: []login.Provider{{Client: client}}, CookieName: "login"})
		require.NoError(t, err)
		manager := scs.New()
		manager.Cookie.Secure = false
		mux := http.NewServeMux()
		mux.Handle("/auth/", rp)
		mux.Handle("/", scsAfter(rp, manager))
		return mux
	})
	browser := visitor.New(t, nil)
	opened(t, browser, at.url+"/")
	status, text := opened(t, browser, at.url+"/")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "hello alice 2\n", text)
}
