package oidcauth_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestRecordOfAShadow(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	r := withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice-liddell", "jti": "j-1"}))
	r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	id, err := s.auth.Check(r)
	require.NoError(t, err)
	e := <-s.told
	require.Equal(t, id.DecisionID(), e.ID)
	require.Equal(t, s.Issuer(), e.Issuer)
	require.NotEmpty(t, e.Shadow.Hints)
	got := records()[0]
	require.Equal(t, map[string]any{"change": "refuses", "reason": "wrong_audience"}, got["shadow"])
	require.Equal(t, "INFO", got["level"])
	require.Equal(t, id.DecisionID(), got["decision_id"])
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", got["trace_id"])
	require.Contains(t, got["msg"], e.Shadow.Hints[0].Cause)
	require.Len(t, hintCodes(t, got), 1)
	token, ok := got["token"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "j-1", token["jti"])
	text, err := json.Marshal(got)
	require.NoError(t, err)
	require.NotContains(t, string(text), "liddell")

	why, shadow := s.judge(t, s.Token("api://other", alice))
	require.Equal(t, reason.WrongAudience, why)
	require.Equal(t, decision.ShadowAccepts, shadow.Change)
	last := records()[len(records())-1]
	require.Equal(t, "wrong_audience", last["reason"])
	require.EqualValues(t, http.StatusUnauthorized, last["status"])
}

// The records of each reason are bounded like those of refusals, and so are the records of unknown verdicts. Each request is counted.
func TestRecordsOfAShadowAreBounded(t *testing.T) {
	logger, records := lockedRecorder()
	s := newShadowed(t, withLogger(logger), withStoppedClock, withShadow(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("team"), "red")}
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) { panic("asked") })
	}))
	const requests = 300
	blue, red := s.Token(audience, oidctest.Claims{"sub": "alice", "team": "blue"}), s.Token(audience, oidctest.Claims{"sub": "alice", "team": "red"})
	for range requests {
		s.judge(t, blue)
		s.judge(t, red)
	}
	written := map[string]int{}
	for _, r := range records() {
		group, ok := r["shadow"].(map[string]any)
		require.True(t, ok)
		written[group["change"].(string)]++
	}
	require.Equal(t, map[string]int{"refuses": 100, "unknown": 1}, written)
	changes := s.auth.Status().Shadow.Changes
	require.EqualValues(t, requests, changes[decision.ShadowRefuses])
	require.EqualValues(t, requests, changes[decision.ShadowUnknown])
}
