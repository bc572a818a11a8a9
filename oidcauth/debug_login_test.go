package oidcauth_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The page shows the refusals of logins among those of bearer tokens, with the client of the login and without its tokens.
func TestPageShowsARefusedLogin(t *testing.T) {
	s := newService(t)
	p := debugOf(t, s.auth)
	g := s.granted(oidctest.Claims{"nonce": "other"})
	_, _, err := signin.Of(s.auth).SignIn(t.Context(), g)
	var refused *oidcauth.Error
	require.ErrorAs(t, err, &refused)
	home := p.home()
	require.Contains(t, home, string(reason.NonceMismatch))
	require.Contains(t, home, "decision?id="+refused.DecisionID)
	status, opened := p.get("decision?id=" + refused.DecisionID)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, opened, loginClient)
	require.Contains(t, opened, refused.Decision().Hints[0].Fix)
	for _, secret := range append(secretsOf(g.IDToken), g.AccessToken, loginNonce) {
		require.NotContains(t, home+opened, secret)
	}
}
