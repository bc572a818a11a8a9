package oidcauth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// While the clock was 300 days ahead, the keys came and a token was verified and kept. Neither outlives the mistake.
func TestWithdrawnKeyIsRefusedAfterTheClockWasSetBack(t *testing.T) {
	const ahead = 300 * 24 * time.Hour
	s := newService(t, nil)
	s.Advance(ahead)
	token := s.Forge(claimsOf(oidctest.Claims{"iat": nil, "nbf": nil, "exp": s.Now().Add(ahead).Unix()}))
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.Rotate("ES256"))
	s.Retire()
	s.Advance(-ahead)
	require.Eventually(t, func() bool {
		s.Advance(time.Second) // the budget is that of a clock just set: empty
		return s.reason(t, token) == reason.KeyNotFound
	}, 10*time.Second, time.Millisecond)
}
