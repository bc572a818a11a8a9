package frametest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/examples/frameworks/internal/portal"
	"github.com/knownbearer/knownbearer/internal/test/visitor"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// LoginRoutes adds a login to the router of an example program:
//
//	/auth/*                the pages of the login
//	GET /account           a session, or a bearer token
//	GET /account/reports   the role auditor besides
//	GET /account/payments  a sign-in with the acr urn:example:mfa besides
type LoginRoutes[H http.Handler] func(router H, auth *oidcauth.Authenticator, rp *login.RelyingParty, visit func(who string))

// site is a program with a login, and its provider.
type site struct {
	*oidctest.Provider
	url    string
	visits *atomic.Int64
	log    *records
}

// RunLogin tests a program with a login.
func RunLogin[H http.Handler](t *testing.T, routes Routes[H], addLogin LoginRoutes[H]) {
	t.Run("journey", func(t *testing.T) { journey(t, open(t, routes, addLogin)) })
	t.Run("refused", func(t *testing.T) { notRedirected(t, open(t, routes, addLogin)) })
	t.Run("bearer token", func(t *testing.T) { byToken(t, open(t, routes, addLogin)) })
}

func open[H http.Handler](t *testing.T, routes Routes[H], addLogin LoginRoutes[H]) site {
	t.Helper()
	s := site{Provider: oidctest.New(t), visits: &atomic.Int64{}, log: &records{}}
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	auth := service{Provider: s.Provider}.trust(t, s.log)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(oidctest.ClientSecret), 0o600))
	rp, err := portal.New(auth, s.Issuer(), s.url, portal.Flags{ClientID: oidctest.ClientID, SecretFile: secret})
	require.NoError(t, err)
	visit := func(string) { s.visits.Add(1) }
	router := routes(auth, visit)
	addLogin(router, auth, rp, visit)
	server.Config.Handler = router
	server.Start()
	t.Cleanup(server.Close)
	s.Register(oidctest.Client{RedirectURIs: []string{s.url + "/auth/callback"}, PostLogoutRedirectURIs: []string{s.url + "/auth/logged-out"}})
	s.AutoLogin("alice")
	return s
}

func (s site) send(t *testing.T, client *http.Client, method, path string, header http.Header) answer {
	t.Helper()
	return answer(visitor.Send(t, client, method, s.url+path, header))
}

// journey: a user signs in, is refused a page, signs in once more for another one, and signs out.
func journey(t *testing.T, s site) {
	alice := visitor.New(t, nil)
	got := s.send(t, alice, http.MethodGet, "/account", visitor.Page())
	require.Equal(t, http.StatusOK, got.Status, got.Body)
	require.Equal(t, "alice\n", got.Body)
	require.EqualValues(t, 1, s.visits.Load())

	got = s.send(t, alice, http.MethodGet, "/account/reports", visitor.Page())
	require.Equal(t, http.StatusForbidden, got.Status)
	require.Contains(t, got.Header.Get("Content-Type"), "text/html")
	require.EqualValues(t, 1, s.visits.Load())
	require.Equal(t, 1, strings.Count(strings.Join(s.log.of(got.Header.Get("Decision-Id")), " "), "/account/reports"))

	got = s.send(t, alice, http.MethodGet, "/account/payments", visitor.Page())
	require.Equal(t, http.StatusOK, got.Status, got.Body)
	require.Equal(t, "payments of alice\n", got.Body)
	require.Equal(t, "urn:example:mfa", s.AuthorizationRequest().Get("acr_values"))
	require.EqualValues(t, 2, s.visits.Load())

	got = s.send(t, alice, http.MethodPost, "/auth/logout", visitor.Page())
	require.Equal(t, http.StatusOK, got.Status, got.Body)
	got = s.send(t, alice, http.MethodGet, "/account", visitor.Script())
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.EqualValues(t, 2, s.visits.Load())
}

// notRedirected: scripts and other sites get a refusal, and no handler runs.
func notRedirected(t *testing.T, s site) {
	alice := visitor.New(t, nil)
	got := s.send(t, alice, http.MethodGet, "/account", visitor.Script())
	require.Equal(t, http.StatusUnauthorized, got.Status)
	_, decision := got.refusal(t)
	require.Equal(t, 1, strings.Count(strings.Join(s.log.of(decision), " "), "/account"))
	require.Equal(t, http.StatusOK, s.send(t, alice, http.MethodGet, "/account", visitor.Page()).Status)
	before := s.visits.Load()
	got = s.send(t, alice, http.MethodPost, "/auth/logout", http.Header{"Sec-Fetch-Site": {"cross-site"}})
	require.Equal(t, http.StatusForbidden, got.Status)
	require.Equal(t, before, s.visits.Load())
	require.Equal(t, http.StatusOK, s.send(t, alice, http.MethodGet, "/account", visitor.Script()).Status)
}

// byToken: a program sends a token to the same routes.
func byToken(t *testing.T, s site) {
	auditor := "Bearer " + s.Token(audience, oidctest.Claims{"sub": "bob", "roles": "auditor"})
	got := get(t, s.url+"/account", auditor)
	require.Equal(t, "bob\n", got.Body)
	got = get(t, s.url+"/account/reports", auditor)
	require.Equal(t, "reports for bob\n", got.Body)
	got = get(t, s.url+"/account/payments", auditor)
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.Contains(t, got.Header.Get("WWW-Authenticate"), "insufficient_user_authentication")
	got = get(t, s.url+"/account", "Bearer x")
	require.Equal(t, http.StatusUnauthorized, got.Status)
	require.EqualValues(t, 2, s.visits.Load())
}
