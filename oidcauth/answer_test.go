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
func body(t *testing.T, contentType string, change func(*oidcauth.Config)) map[string]any {
	t.Helper()
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { change(c) })
	res, ran := s.answer(withHeaders("Bearer " + s.Token("api://invoices", alice)))
	require.False(t, ran)
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Equal(t, contentType, res.Header.Get("Content-Type"))
	var out map[string]any
	require.NoError(t, json.NewDecoder(res.Body).Decode(&out))
	require.Equal(t, res.Header.Get("Decision-Id"), out["decision_id"])
	delete(out, "decision_id")
	return out
}

func TestAnswerHoldsFixedWords(t *testing.T) {
	require.Equal(t, map[string]any{
		"error": "invalid_token", "error_description": "The access token is not valid for this resource",
	}, body(t, "application/json", func(*oidcauth.Config) {}))
}

func TestAnswerAsProblemDetails(t *testing.T) {
	require.Equal(t, map[string]any{
		"title": "Unauthorized", "status": 401.0, "detail": "The access token is not valid for this resource", "error": "invalid_token",
	}, body(t, "application/problem+json", func(c *oidcauth.Config) { c.ProblemDetails = true }))
}

func TestAnswerForDevelopmentHoldsTheDecision(t *testing.T) {
	for _, problem := range []bool{false, true} {
		kind := map[bool]string{false: "application/json", true: "application/problem+json"}[problem]
		out := body(t, kind, func(c *oidcauth.Config) { c.InsecureExplainToClient, c.ProblemDetails = true, problem })
		decision, ok := out["decision"].(map[string]any)
		require.True(t, ok)
		require.Equal(t, "wrong_audience", decision["reason"])
		require.NotEmpty(t, decision["steps"])
	}
}
