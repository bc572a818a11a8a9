package glewlwyd_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/integration/glewlwyd"
	"github.com/knownbearer/knownbearer/internal/test/integration/verdict"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Glewlwyd posts a logout token when the user ends the session, and revokes the tokens of the session itself.
func TestBackChannelLogout(t *testing.T) {
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			op := issuer(t, algorithm)
			auth := newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].LogoutAudience = []string{glewlwyd.Shop} })
			told := make(chan int, 4)
			endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				record := httptest.NewRecorder()
				auth.BackChannelLogout().ServeHTTP(record, r)
				w.WriteHeader(record.Code)
				told <- record.Code
			}))
			t.Cleanup(endpoint.Close)
			require.NoError(t, server(t).SetLogout(endpoint.URL))

			login := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read")
			other := op.Login(t, "bob", glewlwyd.Resource, "openid", "api:read")
			_, refusal := verdict.Of(t, auth, login.Access)
			require.Empty(t, refusal)
			op.Logout(t, login)
			require.Equal(t, http.StatusOK, <-told)
			verdict.Refused(t, auth, login.Access, reason.TokenRevoked)
			_, refusal = verdict.Of(t, auth, other.Access)
			require.Empty(t, refusal, "another user's")

			verdict.Refused(t, newAuth(t, op, introspecting(newClient(t, op))), login.Access, reason.TokenInactive)
		})
	}
}

// A token revoked at the provider is not known as such where nothing is asked; one revoked here is.
func TestRevocation(t *testing.T) {
	op := issuer(t, "ES256")
	client := newClient(t, op)
	auth := newAuth(t, op, func(c *oidcauth.Config) { c.Issuers[0].Revoker = client })
	there := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
	require.NoError(t, client.Revoke(t.Context(), there, provider.AccessToken))
	_, refusal := verdict.Of(t, auth, there)
	require.Empty(t, refusal)

	here := op.Login(t, "alice", glewlwyd.Resource, "openid", "api:read").Access
	require.NoError(t, auth.Revoke(t.Context(), here, provider.AccessToken))
	verdict.Refused(t, auth, here, reason.TokenRevoked)
	verdict.Refused(t, newAuth(t, op, introspecting(client)), here, reason.TokenInactive)
}
