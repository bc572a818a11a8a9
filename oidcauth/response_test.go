package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// body returns the members of the answer to a token of another API.
func body(t *testing.T, change func(*oidcauth.Config)) map[string]any {
	t.Helper()
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { change(c) })
	res, ran := s.answer(withHeaders("Bearer " + s.Token("api://invoices", alice)))
	require.False(t, ran)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, "application/problem+json", res.Header.Get("Content-Type"))
	var out map[string]any
	require.NoError(t, json.NewDecoder(res.Body).Decode(&out))
	require.Equal(t, res.Header.Get("Decision-Id"), out["decision_id"])
	delete(out, "decision_id")
	return out
}

func TestAnswerIsAProblemInFixedWords(t *testing.T) {
	require.Equal(t, map[string]any{
		"title": "Unauthorized", "status": 401.0, "detail": "The access token is not valid for this resource", "error": "invalid_token",
	}, body(t, func(*oidcauth.Config) {}))
}

func TestAnswerForDevelopmentHoldsTheDecision(t *testing.T) {
	out := body(t, func(c *oidcauth.Config) { c.Response.InsecureExplain = true })
	decision, ok := out["decision"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "wrong_audience", decision["reason"])
	require.NotEmpty(t, decision["steps"])
}
