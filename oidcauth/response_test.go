package oidcauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// body returns the members of the response to a token of another API.
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

func TestAnswerIsAProblemDocumentWithFixedTexts(t *testing.T) {
	require.Equal(t, map[string]any{
		"title": "Unauthorized", "status": 401.0, "detail": "The access token is not valid for this resource", "error": "invalid_token",
	}, body(t, func(*oidcauth.Config) {}))
}

func TestAnswerForDevelopmentContainsTheDecision(t *testing.T) {
	out := body(t, func(c *oidcauth.Config) { c.Response.InsecureExplain = true })
	decision, ok := out["decision"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "wrong_audience", decision["reason"])
	require.NotEmpty(t, decision["steps"])
}

// All refusals of one status have equal bytes except for the decision id, so they reveal neither the reason nor the token.
func TestRefusalsOfOneStatusAreEqual(t *testing.T) {
	w := newWorld(t)
	w.start(t, nil)
	said := map[int]map[string]int{}
	for _, c := range []verdict{
		{claims: obj{"exp": 1}},
		{claims: obj{"exp": 1, "pad": strings.Repeat("x", 40<<10)}},
		{claims: obj{"aud": strings.Repeat("x", 10<<10)}},
		{claims: obj{"iss": "https://evil.example/" + strings.Repeat("x", 5<<10)}},
		{claims: obj{"nbf": inSeconds(1e6)}},
		{claims: obj{"cnf": obj{"jkt": "x"}}},
		{header: obj{"kid": strings.Repeat("k", 1<<10)}},
		{header: obj{"typ": "logout+jwt"}},
		{header: obj{"alg": "none"}, key: unsigned("none")},
		{key: attacker()},
		{rawClaims: "{"},
		{send: header("Bearer x")},
		{send: header("Bearer a.b.c.d.e")},
		{send: header("Bearer " + strings.Repeat("a", 300<<10))},
		{send: header("Bearer a b")},
		{send: header(`Bearer "` + strings.Repeat("a", 100) + `"`)},
		{send: header("Bearer a", "Bearer b")},
		{claims: obj{"sub": "nobody"}},
		{claims: obj{"sub": strings.Repeat("n", 10<<10)}},
		{claims: obj{"sub": nil}},
		{claims: obj{"sub": ""}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/orders", nil)
		c.request()(r, c.token())
		rec := httptest.NewRecorder()
		w.auth.Handler(nil).ServeHTTP(rec, r)
		id := rec.Header().Get("Decision-Id")
		require.Len(t, id, 26)
		var answer strings.Builder
		require.NoError(t, rec.Result().Write(&answer))
		if said[rec.Code] == nil {
			said[rec.Code] = map[string]int{}
		}
		said[rec.Code][strings.ReplaceAll(answer.String(), id, "ID")]++
	}
	require.Len(t, said, 3)
	for status, answers := range said {
		require.Len(t, answers, 1, "status %d", status)
		for _, n := range answers {
			require.Greater(t, n, 2)
		}
	}
}
