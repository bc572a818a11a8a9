package frametest

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// Run tests the program whose router this is.
func Run[H http.Handler](t *testing.T, routes Routes[H]) { RunServed(t, routes.serve) }

func (routes Routes[H]) serve(t *testing.T, auth *oidcauth.Authenticator, visit func(who string)) string {
	t.Helper()
	return listen(t, routes(auth, visit))
}

// RunRules tests the route /reports of a program, which requires the role auditor and a level of at least 2.
func RunRules[H http.Handler](t *testing.T, routes Routes[H]) {
	s := start(t, routes.serve)
	good := s.bearer(oidctest.Claims{"sub": "alice", "roles": []string{"clerk", "auditor"}, "level": 2})
	got := get(t, s.program+"/reports", good)
	require.Equal(t, http.StatusOK, got.Status)
	require.Equal(t, "reports for alice\n", got.Body)
	for name, c := range map[string]struct {
		credentials []string
		status      int
	}{
		"no token":     {nil, http.StatusUnauthorized},
		"expired":      {[]string{s.bearer(oidctest.Claims{"sub": "alice", "roles": "auditor", "level": 2, "exp": s.Now().Add(-time.Hour).Unix()})}, http.StatusUnauthorized},
		"another role": {[]string{s.bearer(oidctest.Claims{"sub": "alice", "roles": "clerk", "level": 2})}, http.StatusForbidden},
		"no role":      {[]string{s.bearer(oidctest.Claims{"sub": "alice", "level": 2})}, http.StatusForbidden},
		"low level":    {[]string{s.bearer(oidctest.Claims{"sub": "alice", "roles": "auditor", "level": 1})}, http.StatusForbidden},
		"no level":     {[]string{s.bearer(oidctest.Claims{"sub": "alice", "roles": "auditor"})}, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.status, s.requireRefusal(t, "/reports", c.credentials...).Status)
		})
	}
}

// RunServed tests a program with a server of its own.
func RunServed(t *testing.T, serve Serve) {
	t.Run("accepted", func(t *testing.T) { accepted(t, start(t, serve)) })
	t.Run("refused", func(t *testing.T) { refused(t, start(t, serve)) })
	t.Run("provider down", func(t *testing.T) { providerDown(t, start(t, serve)) })
	t.Run("not found", func(t *testing.T) { notFound(t, start(t, serve)) })
	t.Run("requests at once", func(t *testing.T) { atOnce(t, start(t, serve)) })
}

func (s service) bearer(claims oidctest.Claims) string { return "Bearer " + s.Token(audience, claims) }

func accepted(t *testing.T, s service) {
	alice := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.read orders.write"})
	for _, c := range []struct {
		name, path  string
		credentials []string
		want        string
	}{
		{"any token", "/me", []string{s.bearer(oidctest.Claims{"sub": "alice"})}, "alice\n"},
		{"token with the scope", "/orders", []string{alice}, "orders of alice\n"},
		{"public with a token", "/public", []string{alice}, "alice\n"},
		{"public without", "/public", nil, "anonymous\n"}, // right after alice: nothing of her is left behind
	} {
		t.Run(c.name, func(t *testing.T) {
			before := s.visits.Load()
			got := get(t, s.program+c.path, c.credentials...)
			require.Equal(t, http.StatusOK, got.Status)
			require.Equal(t, c.want, got.Body)
			require.Empty(t, got.Header.Values("WWW-Authenticate"))
			require.Equal(t, before+1, s.visits.Load())
		})
	}
}

func refused(t *testing.T, s service) {
	good := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.read"})
	expired := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.read", "exp": s.Now().Add(-time.Hour).Unix()})
	otherScope := s.bearer(oidctest.Claims{"sub": "alice", "scope": "orders.write"})
	noScope := s.bearer(oidctest.Claims{"sub": "alice"})
	for _, c := range []struct {
		name        string
		paths       []string
		credentials []string
		status      int
		code        string // of RFC 6750 section 3.1; empty where no credentials were sent
	}{
		{"no token", []string{"/me", "/orders"}, nil, 401, ""},
		{"another scheme", []string{"/me", "/orders", "/public"}, []string{"Basic YTpi"}, 401, ""},
		{"no JWT", []string{"/me", "/orders", "/public"}, []string{"Bearer x"}, 401, "invalid_token"},
		{"expired", []string{"/me", "/orders", "/public"}, []string{expired}, 401, "invalid_token"},
		{"two headers", []string{"/me", "/orders", "/public"}, []string{good, good}, 400, "invalid_request"},
		{"empty header", []string{"/me", "/orders", "/public"}, []string{""}, 400, "invalid_request"},
		{"another scope", []string{"/orders"}, []string{otherScope}, 403, "insufficient_scope"},
		{"no scope", []string{"/orders"}, []string{noScope}, 403, "insufficient_scope"},
	} {
		for _, path := range c.paths {
			t.Run(c.name+path, func(t *testing.T) {
				got := s.requireRefusal(t, path, c.credentials...)
				require.Equal(t, c.status, got.Status)
				code, _ := got.Body["error"].(string)
				require.Equal(t, c.code, code)
				require.Len(t, got.Header.Values("WWW-Authenticate"), 1)
			})
		}
	}
}

// providerDown is the one refusal without a challenge: no other token would help.
func providerDown(t *testing.T, s service) {
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	got := s.requireRefusal(t, "/me", s.bearer(oidctest.Claims{"sub": "alice"}))
	require.Equal(t, http.StatusServiceUnavailable, got.Status)
	require.Empty(t, got.Header.Values("WWW-Authenticate"))
}

// requireRefusal sends a bad request to the program and to its model: the answers are the same, and no handler ran.
func (s service) requireRefusal(t *testing.T, path string, credentials ...string) refusal {
	t.Helper()
	before := s.visits.Load()
	got, decision := get(t, s.program+path, credentials...).refusal(t)
	want, _ := get(t, s.model+path, credentials...).refusal(t)
	require.Equal(t, before, s.visits.Load())
	require.Equal(t, want, got)
	routes := s.log.of(decision)
	require.Len(t, routes, 1)
	require.Contains(t, routes[0], path)
	return got
}

// notFound: paths that the router does not know are not protected, with a token or without.
func notFound(t *testing.T, s service) {
	for _, credentials := range [][]string{nil, {"Bearer x"}, {s.bearer(oidctest.Claims{"sub": "alice"})}} {
		for _, path := range []string{"/", "/nowhere", "/me/nowhere", "/public/nowhere"} {
			got := get(t, s.program+path, credentials...)
			require.Equal(t, http.StatusNotFound, got.Status, path)
			require.Empty(t, got.Header.Values("WWW-Authenticate"), path)
		}
	}
	require.Zero(t, s.visits.Load())
}

// atOnce: gin and Echo use their contexts again for later requests, and none may meet another's identity.
func atOnce(t *testing.T, s service) {
	for i := range 40 {
		who := []string{"alice", "bob", "carol", "anonymous"}[i%4]
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			var credentials []string
			if who != "anonymous" {
				credentials = []string{s.bearer(oidctest.Claims{"sub": who})}
			}
			require.Equal(t, who+"\n", get(t, s.program+"/public", credentials...).Body)
		})
	}
}
