package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// withEvents stores the events of the kinds, or of all kinds.
func withEvents(told *[]decision.Event, kinds ...decision.EventKind) option {
	return withConfig(func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			for _, kind := range kinds {
				if e.Kind == kind {
					*told = append(*told, e)
				}
			}
		}
	})
}

func TestDecisionIsAnEvent(t *testing.T) {
	var told []decision.Event
	s := newService(t, withEvents(&told, decision.Accepted, decision.Refused))
	token := s.Token(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.Empty(t, s.reason(t, token))
	require.Equal(t, reason.WrongAudience, s.reason(t, s.Token("other", alice)))
	require.Len(t, told, 3)
	for i, kind := range []decision.EventKind{decision.Accepted, decision.Accepted, decision.Refused} {
		e := told[i]
		require.Equal(t, kind, e.Kind)
		require.Equal(t, kind == decision.Accepted, e.Decision.Accepted)
		require.Equal(t, e.Decision.ID, e.ID)
		require.Equal(t, e.Decision.Time, e.Time)
		require.Equal(t, s.Issuer(), e.Issuer)
	}
}

func TestRevocationIsAnEvent(t *testing.T) {
	errDown := errors.New("provider is down")
	for name, c := range map[string]struct {
		revoker          claims.Revoker
		hint, audience   string
		stored           bool
		atProvider       decision.Outcome
		succeeds, listed bool
	}{
		"here":                        {nil, "", audience, true, decision.Skipped, true, true},
		"here and at the provider":    {&revoker{}, "access_token", audience, true, decision.Passed, true, true},
		"here, provider down":         {&revoker{err: errDown}, "", audience, true, decision.Failed, false, true},
		"token of another API":        {&revoker{}, "", "other", false, decision.Skipped, false, true},
		"refresh token":               {&revoker{}, "refresh_token", audience, false, decision.Passed, true, false},
		"refresh token, none revokes": {nil, "refresh_token", audience, false, decision.Skipped, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var told []decision.Event
			s := newService(t, withEvents(&told, decision.Revoked), withConfig(func(config *oidcauth.Config) { config.Issuers[0].Revoker = c.revoker }))
			token := s.Token(c.audience, oidctest.Claims{"sub": "alice", "jti": "j-1"})
			require.Equal(t, c.succeeds, s.auth.Revoke(t.Context(), token, c.hint) == nil)
			require.Len(t, told, 1)
			e := told[0]
			require.NotEmpty(t, e.ID)
			require.Equal(t, c.stored, e.Revocation.Stored)
			require.Equal(t, c.atProvider, e.Revocation.AtProvider)
			require.Equal(t, c.succeeds, e.Revocation.Fault == "")
			require.Equal(t, c.listed, e.Revocation.Token.ID == "j-1")
			text, err := json.Marshal(e)
			require.NoError(t, err)
			for _, secret := range secretsOf(token) {
				require.NotContains(t, string(text), secret)
			}
		})
	}
}

func TestLogoutIsAnEvent(t *testing.T) {
	for name, c := range map[string]struct {
		claims        oidctest.Claims
		session, user bool
	}{
		"session":         {oidctest.Claims{"sid": "s-1", "jti": "l-1"}, true, false},
		"user":            {oidctest.Claims{"sub": "alice", "jti": "l-1"}, false, true},
		"session of user": {oidctest.Claims{"sub": "alice", "sid": "s-1", "jti": "l-1"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			var told []decision.Event
			s := newService(t, withLogout, withEvents(&told, decision.LoggedOut, decision.Refused))
			token := s.LogoutToken("orders-client", c.claims)
			require.Equal(t, http.StatusOK, s.post(t, token))
			require.Equal(t, http.StatusBadRequest, s.post(t, token), "it is accepted once")
			require.Len(t, told, 2)
			require.Equal(t, decision.LoggedOut, told[0].Kind)
			require.Equal(t, s.Issuer(), told[0].Issuer)
			require.Equal(t, "l-1", told[0].Logout.Token.ID)
			require.Equal(t, c.session, told[0].Logout.Session)
			require.Equal(t, c.user, told[0].Logout.User)
			require.Equal(t, decision.Refused, told[1].Kind)
			text, err := json.Marshal(told)
			require.NoError(t, err)
			for _, secret := range secretsOf(token) {
				require.NotContains(t, string(text), secret)
			}
		})
	}
}
