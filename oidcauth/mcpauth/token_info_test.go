package mcpauth_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/mcpauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func mcpauthHandler(s *service, server *mcp.Server) http.Handler {
	return mcpauth.Handler(s.auth, server, nil, nil)
}

// verified is a server behind the go-sdk's own middleware.
func verified(s *service) http.Handler {
	server := s.server()
	server.AddReceivingMiddleware(mcpauth.Middleware(s.auth, rules))
	h := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	return auth.RequireBearerToken(mcpauth.TokenVerifier(s.auth), &auth.RequireBearerTokenOptions{ResourceMetadataURL: s.auth.ResourceMetadataURL()})(h)
}

func TestTokenVerifierBehindRequireBearerToken(t *testing.T) {
	s := serve(t, verified)
	session, _ := s.session(t, s.of("alice"))
	got, err := call(t, session, "whoami")
	require.NoError(t, err)
	require.Equal(t, "Alice", got)
	_, err = call(t, session, "cancel")
	require.Error(t, err)
	require.Empty(t, s.calls)

	good := "Bearer " + s.of("alice")
	for _, c := range []struct {
		name          string
		authorization []string
		status        int
	}{
		{"none", nil, 401},
		{"expired", []string{"Bearer " + s.Token(s.url, oidctest.Claims{"sub": "alice", "exp": s.Now().Add(-time.Hour).Unix()})}, 401},
		{"for another server", []string{"Bearer " + s.Token("api://other", oidctest.Claims{"sub": "alice"})}, 401},
		{"disabled user", []string{"Bearer " + s.of("eve")}, 401},
		{"two tokens", []string{good, good}, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			res, body := s.post(t, initialize, "", c.authorization...)
			require.Equal(t, c.status, res.StatusCode)
			require.Contains(t, res.Header.Get("WWW-Authenticate"), s.auth.ResourceMetadataURL())
			for _, detail := range []string{"alice", "eve", "aud", "exp ", "disabled"} {
				require.NotContains(t, body, detail)
			}
		})
	}
}

// RequireBearerToken knows no 503. Its answer names a decision all the same, and no cause.
func TestTokenVerifierInAnOutage(t *testing.T) {
	s := serve(t, verified)
	s.Fail(oidctest.JWKS, oidctest.Fault{Status: http.StatusBadGateway})
	res, body := s.post(t, initialize, "", "Bearer "+s.of("alice"))
	require.Equal(t, http.StatusInternalServerError, res.StatusCode)
	require.Contains(t, body, s.decisions[len(s.decisions)-1].ID)
	require.NotContains(t, body, s.Issuer())
	require.NotContains(t, body, "502")
}

// The user of a session is the same only for the same user, or for the same client if the token has no user.
func TestUserOfTheTokenInformation(t *testing.T) {
	s := serve(t, verified, func(c *oidcauth.Config) { c.Users = nil })
	verify := mcpauth.TokenVerifier(s.auth)
	user := func(claims oidctest.Claims) string {
		claims["scope"] = "a b"
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+s.Token(s.url, claims))
		info, err := verify(t.Context(), "", r)
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, info.Scopes)
		require.True(t, info.Expiration.After(s.Now()))
		return info.UserID
	}
	alice := user(oidctest.Claims{"sub": "alice", "client_id": "app"})
	app := user(oidctest.Claims{"client_id": "app"})
	require.Equal(t, alice, user(oidctest.Claims{"sub": "alice", "client_id": "other"}))
	require.Equal(t, app, user(oidctest.Claims{"client_id": "app"}))
	for _, other := range []oidctest.Claims{{"sub": "bob", "client_id": "app"}, {"sub": "app"}, {"sub": "client app"}, {"client_id": "alice"}} {
		require.NotContains(t, []string{alice, app}, user(other))
	}
}
