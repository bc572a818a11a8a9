package oidcauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// recorder returns a logger and its records.
func recorder(t *testing.T) (*slog.Logger, func() []map[string]any) {
	t.Helper()
	logger, all := recorderAt(t, slog.LevelInfo)
	return logger, func() []map[string]any {
		return slices.DeleteFunc(all(), func(r map[string]any) bool { return r["msg"] == notShared })
	}
}

// notShared warns of another Authenticator of this process for the same issuer. The system may give a provider the port of one that was
// closed, while the Authenticator of the closed one still exists.
const notShared = "revocations are not shared"

// recorderAt is recorder for records from this level on, with the warnings about other Authenticators.
func recorderAt(t *testing.T, level slog.Level) (*slog.Logger, func() []map[string]any) {
	t.Helper()
	var out bytes.Buffer
	return slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level})), func() []map[string]any {
		var records []map[string]any
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if line == "" {
				continue
			}
			var r map[string]any
			require.NoError(t, json.Unmarshal([]byte(line), &r))
			records = append(records, r)
		}
		return records
	}
}

func hintCodes(t *testing.T, record map[string]any) (codes []string) {
	t.Helper()
	listed, ok := record["hints"].([]any)
	require.True(t, ok)
	for _, h := range listed {
		hint, ok := h.(map[string]any)
		require.True(t, ok)
		code, ok := hint["code"].(string)
		require.True(t, ok)
		codes = append(codes, code)
	}
	return codes
}

func TestOneRecordARefusal(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	token := s.Token("api://default", oidctest.Claims{"sub": "alice", "jti": "j-1", "exp": s.Now().Add(-time.Hour).Unix()})
	mux := http.NewServeMux()
	mux.Handle("GET /orders", s.auth.Handler(http.NotFoundHandler()))
	res := serve(mux, withHeaders("Bearer "+token))
	require.Len(t, records(), 1)
	r := records()[0]
	require.Equal(t, res.Header.Get("Decision-Id"), r["decision_id"])
	require.Equal(t, "INFO", r["level"])
	require.Equal(t, "expired", r["reason"])
	require.Equal(t, []any{"wrong_audience"}, r["other_faults"])
	require.Equal(t, []string{"expired", "okta_audience"}, hintCodes(t, r))
	require.Equal(t, "GET", r["method"])
	require.Equal(t, "GET /orders", r["route"])
	require.Contains(t, r, "duration_ms")
	require.NotEmpty(t, r["key_id"])
	facts, ok := r["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "j-1", facts["jti"])
	require.Equal(t, s.Issuer(), facts["iss"])
	for _, key := range []string{"aud", "iat", "exp", "key_source"} {
		require.NotEmpty(t, facts[key], key)
	}
}

func TestRefusalOfAScopeIsLoggedWithItsToken(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	handler := s.auth.Handler(s.auth.RequireScopes("orders.read")(http.NotFoundHandler()))
	res := serve(handler, withHeaders("Bearer "+s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "j-2", "roles": "orders.read"})))
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	require.Len(t, records(), 1)
	require.Equal(t, "insufficient_scope", records()[0]["reason"])
	require.Equal(t, []string{"scope_elsewhere"}, hintCodes(t, records()[0]))
	facts, ok := records()[0]["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "j-2", facts["jti"])
}

// A flood of refusals for one reason neither fills the log nor suppresses records of another reason.
func TestRecordsOfOneReasonAreBounded(t *testing.T) {
	told := 0
	now := time.Now()
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Now = func() time.Time { return now }
		c.OnEvent = onDecision(func(context.Context, *decision.Decision) { told++ })
	})
	for range 1000 {
		require.Equal(t, reason.OpaqueToken, s.reason(t, "opaque"))
	}
	require.Len(t, records(), 100)
	require.Equal(t, 1000, told)
	require.Equal(t, reason.NoCredentials, reasonOf(t, s.auth, withHeaders()))
	require.Len(t, records(), 101)
	now = now.Add(time.Second)
	s.reason(t, "opaque")
	last := records()[101]
	require.EqualValues(t, 900, last["dropped"])
	s.reason(t, "opaque")
	require.NotContains(t, records()[102], "dropped")
}

func TestOnlyADependencyFaultIsAnError(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	s.Fail(oidctest.Discovery, oidctest.Fault{Status: 500})
	s.reason(t, s.Token(audience, alice))
	require.Equal(t, "ERROR", records()[0]["level"])
	require.Equal(t, []string{"keys_unreachable"}, hintCodes(t, records()[0]))
}

func TestAcceptedDecisionRecordsNoSteps(t *testing.T) {
	var told []*decision.Decision
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.OnEvent = onDecision(func(_ context.Context, d *decision.Decision) { told = append(told, d) })
	})
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Len(t, told, 1)
	require.True(t, told[0].Accepted)
	require.True(t, told[0].Verified)
	require.NotEmpty(t, told[0].ID)
	require.Equal(t, s.Issuer(), told[0].Issuer)
	require.Empty(t, told[0].Steps)
}

// Each fix in a record names the fault that it belongs to, and that of the refusal comes first.
func TestRecordContainsTheFixOfItsReason(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("upn") })
	require.Equal(t, reason.WrongAudience, s.reason(t, s.Token("api://invoices", alice)))
	r := records()[len(records())-1]
	listed, ok := r["hints"].([]any)
	require.True(t, ok)
	for i, want := range []string{"wrong_audience", "claim_missing"} {
		hint, ok := listed[i].(map[string]any)
		require.True(t, ok)
		require.Equal(t, want, hint["reason"])
		require.NotEmpty(t, hint["fix"])
	}
	require.Equal(t, []any{"claim_missing"}, r["other_faults"])
}

func TestValueIsLoggedIfConfigured(t *testing.T) {
	for _, shown := range []bool{false, true} {
		logger, records := recorder(t)
		s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.ShowClaimValues, c.Users = shown, usermap.NewTable()
		})
		require.Equal(t, reason.UserNotFound, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice-liddell"})))
		detail, ok := records()[0]["detail"].(string)
		require.True(t, ok)
		require.Equal(t, shown, strings.Contains(detail, "alice-liddell"))
	}
}

func TestOutageIsLoggedWithItsCause(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger))
	s.Fail(oidctest.Discovery, oidctest.Fault{Status: http.StatusBadGateway})
	require.Equal(t, reason.KeysUnavailable, s.reason(t, s.Token(audience, alice)))
	require.Contains(t, records()[0]["detail"], "502")
}

// The refusal is about a logout token. A hint about access tokens would mislead the operator into accepting the client's
// audience at the API.
func TestRefusedLogoutIsLoggedAsSuch(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger)) // without LogoutAudience
	require.Equal(t, http.StatusBadRequest, s.post(t, s.LogoutToken("orders-client", oidctest.Claims{"sub": "alice", "jti": "l-9"})))
	r := records()[0]
	require.Equal(t, []string{"logout_token_refused"}, hintCodes(t, r))
	require.EqualValues(t, http.StatusBadRequest, r["status"])
	facts, ok := r["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "l-9", facts["jti"])
}

func TestTypeOfACheckedClaimIsNamed(t *testing.T) {
	logger, records := recorder(t)
	s := newService(t, withLogger(logger), func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("level"), "3")}
	})
	require.Equal(t, reason.CheckFailed, s.reason(t, s.Token(audience, oidctest.Claims{"level": 3})))
	require.Contains(t, records()[0]["detail"], "number")
}
