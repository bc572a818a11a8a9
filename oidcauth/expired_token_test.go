package oidcauth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// A token that expired more than a day ago costs neither a signature nor a fetch.
func TestTokenThatExpiredLongAgoIsNotVerified(t *testing.T) {
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		ago     time.Duration
		want    reason.Reason
		fetches int
	}{
		"long ago":  {24*time.Hour + time.Second, reason.Expired, 0},
		"not so":    {24*time.Hour - time.Minute, reason.KeyNotFound, 1},
		"a year":    {365 * 24 * time.Hour, reason.Expired, 0},
		"an hour":   {time.Hour, reason.KeyNotFound, 1},
		"still not": {-time.Hour, reason.KeyNotFound, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, nil)
			forgery := oidctest.Forgery{Algorithm: "ES256", Key: foreign, Header: map[string]any{"kid": "nobody's"}, Claims: oidctest.Claims{
				"sub": "alice", "aud": audience, "exp": s.Now().Add(-c.ago).Unix(),
			}}
			require.Equal(t, c.want, s.reason(t, s.Forge(forgery)))
			require.Equal(t, c.fetches, s.Requests(oidctest.JWKS))
		})
	}
}

func TestAgeIsReportedOnce(t *testing.T) {
	s := newService(t, nil)
	d := s.auth.Explain(context.Background(), s.Forge(claimsOf(oidctest.Claims{"exp": s.Now().Add(-48 * time.Hour).Unix()})))
	require.Equal(t, reason.Expired, d.Reason)
	require.Len(t, d.Faults(), 1)
	require.True(t, d.Verified, "its signature is verified for the operator all the same")
	require.Equal(t, decision.Failed, stepOf(t, d, "age").Outcome)
	require.Equal(t, decision.Skipped, stepOf(t, d, "time").Outcome)
}

// The age of a token whose exp cannot be read is unknown.
func TestUnreadableAgeIsNotReported(t *testing.T) {
	s := newService(t, nil)
	for _, token := range []string{"opaque", "a.b.c", "a.b.c.d.e"} {
		d := s.auth.Explain(context.Background(), token)
		require.Equal(t, stepOf(t, d, "token_type").Detail, stepOf(t, d, "time").Detail, token)
	}
}
