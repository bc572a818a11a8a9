package oidcauth_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A request that has a session is answered about the session, also if the application answers it by Refuse itself. An error code of RFC
// 6750 section 3.1 would call a token bad, and the request has none.
func TestAnswerToASession(t *testing.T) {
	requires := func(err func(*oidcauth.Identity) error) func(t *testing.T, s service) error {
		return func(t *testing.T, s service) error {
			t.Helper()
			id, got := s.resume(t, s.mustSignIn(t, oidctest.Claims{"acr": "pwd"}))
			require.Empty(t, got)
			return err(id)
		}
	}
	refuses := func(f signin.Refusal) func(t *testing.T, s service) error {
		return func(t *testing.T, s service) error {
			t.Helper()
			return signin.Of(s.auth).Refuse(t.Context(), withHeaders(), f)
		}
	}
	for name, c := range map[string]struct {
		refuse    func(t *testing.T, s service) error
		status    int
		challenge string
		detail    string
	}{
		"scope": {
			requires(func(id *oidcauth.Identity) error { return id.RequireScopes("orders.write") }), http.StatusForbidden,
			`Bearer realm="api", error="insufficient_scope", error_description="The session lacks a scope", scope="orders.write"`, "The session lacks a scope",
		},
		"acr": {
			requires(func(id *oidcauth.Identity) error { return id.RequireAuthentication(time.Minute, "mfa") }), http.StatusUnauthorized,
			`Bearer realm="api", error="insufficient_user_authentication", error_description="A different or a more recent authentication of the user is required", acr_values="mfa", max_age="60"`,
			"A different or a more recent authentication of the user is required",
		},
		"role":        {requires(func(id *oidcauth.Identity) error { return id.RequireRoles("staff") }), http.StatusForbidden, `Bearer realm="api"`, "Access is denied"},
		"application": {requires(func(*oidcauth.Identity) error { return errors.New("down") }), http.StatusInternalServerError, "", "The service cannot handle the request"},
		"session":     {refuses(signin.Refusal{Reason: reason.SessionUnknown}), http.StatusUnauthorized, `Bearer realm="api"`, "The session or the login is not valid"},
		"no session":  {refuses(signin.Refusal{Reason: reason.NoCredentials}), http.StatusUnauthorized, `Bearer realm="api"`, "A session or an access token is required"},
		"callback": {
			refuses(signin.Refusal{Reason: reason.StateMismatch}), http.StatusBadRequest,
			`Bearer realm="api"`, "The request is not a valid part of a login",
		},
		"outage": {refuses(signin.Refusal{Reason: reason.SessionStoreUnavailable}), http.StatusServiceUnavailable, "", "The service cannot verify logins and sessions at the moment"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			w := httptest.NewRecorder()
			s.auth.Refuse(w, withHeaders(), c.refuse(t, s))
			require.Equal(t, c.status, w.Code)
			require.Equal(t, c.challenge, w.Header().Get("Www-Authenticate"))
			var body struct{ Detail string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
			require.Equal(t, c.detail, body.Detail)
		})
	}
}

// Introspection.InsecureByUserInfo is about opaque bearer tokens. A session has the claims of its ID token.
func TestSessionOfAnIssuerWithOpaqueTokensByUserInfo(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = must(p.UserInfoClient())
		c.Issuers[0].Introspection.InsecureByUserInfo = true
	})
	id, got := s.resume(t, s.mustSignIn(t, oidctest.Claims{"acr": "mfa"}))
	require.Empty(t, got)
	require.Equal(t, loginClient, id.ClientID())
	require.NoError(t, id.RequireAuthentication(0, "mfa"))
}
