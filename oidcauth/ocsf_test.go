package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/signin"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The required attributes are those of the base event and of the class Authentication, in version 1.3 of the schema.
func TestEventIsAnAuthenticationOfOCSF(t *testing.T) {
	for _, shown := range []bool{false, true} {
		var told []decision.Event
		s := newService(t, withLogout, withConfig(func(c *oidcauth.Config) {
			c.ShowClaimValues = shown
			c.Log.Remote = func(*http.Request) string { return "192.0.2.7:4711" }
		}), withEvents(&told, decision.Accepted, decision.Refused, decision.Revoked, decision.LoggedOut, decision.SignedIn, decision.Refreshed, decision.SignedOut, decision.Fetched))
		token := s.Token(audience, oidctest.Claims{"sub": "alice-liddell", "client_id": "app", "jti": "j-1"})
		require.Empty(t, s.reason(t, token))
		require.Equal(t, reason.WrongAudience, s.reason(t, s.Token("other", oidctest.Claims{"sub": "alice-liddell"})))
		require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
		require.Error(t, s.auth.Revoke(t.Context(), "no token", ""))
		e := s.mustSignIn(t, oidctest.Claims{"sub": "alice-liddell"})
		_, _, why := s.signIn(t, s.refreshed(e, oidctest.Claims{"sub": "alice-liddell"}))
		require.Empty(t, why)
		signin.Of(s.auth).SignedOut(t.Context(), signin.SignOut{Evidence: e, Reason: reason.SessionExpired})
		require.Equal(t, http.StatusOK, s.logout(t, nil, oidctest.Claims{"sub": "alice-liddell"}))
		activities := map[decision.EventKind]float64{
			decision.Accepted: 1, decision.Refused: 1, decision.Revoked: 99, decision.LoggedOut: 2,
			decision.SignedIn: 1, decision.Refreshed: 99, decision.SignedOut: 2,
		}
		seen := map[decision.EventKind]int{}
		for _, e := range told {
			text := e.OCSF()
			if e.Kind == decision.Fetched {
				require.Nil(t, text)
				continue
			}
			seen[e.Kind]++
			var got map[string]any
			require.NoError(t, json.Unmarshal(text, &got))
			for _, required := range []string{"activity_id", "category_uid", "class_uid", "metadata", "severity_id", "time", "type_uid", "user", "service"} {
				require.Contains(t, got, required)
			}
			require.EqualValues(t, 3, got["category_uid"])
			require.EqualValues(t, 3002, got["class_uid"])
			require.EqualValues(t, activities[e.Kind], got["activity_id"])
			require.EqualValues(t, 300200+activities[e.Kind], got["type_uid"])
			require.EqualValues(t, e.Time.UnixMilli(), got["time"])
			metadata, ok := got["metadata"].(map[string]any)
			require.True(t, ok)
			require.Equal(t, e.ID, metadata["uid"])
			require.NotEmpty(t, metadata["version"])
			require.NotEmpty(t, metadata["product"])
			failed := e.Kind == decision.Refused || e.Kind == decision.Revoked && !e.Revocation.Stored
			require.Equal(t, failed, got["status_id"] == 2.0)
			user, ok := got["user"].(map[string]any)
			require.True(t, ok)
			require.Len(t, user, 1, "one of uid and name")
			if !shown {
				require.NotContains(t, string(text), "liddell")
			} else if e.Kind == decision.Accepted {
				require.Equal(t, "alice-liddell", user["uid"])
			}
			if e.Decision != nil {
				require.Equal(t, map[string]any{"ip": "192.0.2.7", "port": 4711.0}, got["src_endpoint"])
			}
		}
		require.Equal(t, map[decision.EventKind]int{decision.Accepted: 1, decision.Refused: 1, decision.Revoked: 2, decision.LoggedOut: 1, decision.SignedIn: 1, decision.Refreshed: 1, decision.SignedOut: 1}, seen)
	}
}
