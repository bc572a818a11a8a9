package oidcauth_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func TestHangingIssuerDelaysNoOther(t *testing.T) {
	evil := oidctest.New(t)
	s := newService(t, withIssuersOf(evil), withStoppedClock)
	evil.Fail(oidctest.JWKS, oidctest.Fault{Hang: true})
	ctx, cancel := context.WithCancel(t.Context())
	const waiting = 200
	ended := make(chan struct{}, waiting)
	for i := range waiting {
		token := evil.Token(audience, oidctest.Claims{"jti": fmt.Sprint(i)})
		go func() {
			_, _ = s.auth.Check(withHeaders("Bearer " + token).WithContext(ctx))
			ended <- struct{}{}
		}()
	}
	require.Eventually(t, func() bool { return evil.Requests(oidctest.JWKS) > 0 }, watchdog, time.Millisecond)
	require.Empty(t, s.reason(t, s.Token(audience, alice)), "the first of the other's keys is fetched meanwhile")
	require.NoError(t, s.Rotate("ES256"))
	require.Empty(t, s.reason(t, s.Token(audience, alice)), "and the next")
	require.Empty(t, ended)
	cancel()
	require.Eventually(t, func() bool { return len(ended) == waiting }, watchdog, time.Millisecond)
}

func TestFloodedIssuerStarvesNoOther(t *testing.T) {
	evil := oidctest.New(t)
	s := newService(t, withIssuersOf(evil), withStoppedClock)
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	for i := range 100 {
		f := claimsOf(oidctest.Claims{"iss": evil.Issuer()})
		f.Header = map[string]any{"kid": fmt.Sprint("evil", i)}
		require.Contains(t, []reason.Reason{reason.KeyNotFound, reason.KeysUnavailable}, s.reason(t, evil.Forge(f)))
	}
	require.LessOrEqual(t, evil.Requests(oidctest.JWKS), burst)
	require.NoError(t, s.Rotate("ES256"))
	require.Empty(t, s.reason(t, s.Token(audience, alice)), "each issuer has a budget of its own")
}

// An issuer of the attacker cannot issue accepted tokens for the users of another issuer, or in the name of that issuer.
func TestIssuerNamesNoUsersOfAnother(t *testing.T) {
	evil := oidctest.New(t)
	s := newService(t, withIssuersOf(evil), withStoppedClock, withConfig(func(c *oidcauth.Config) {
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", Issuer: c.Issuers[0].URL, User: person("1", true)})
	}))
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Equal(t, reason.UserNotFound, s.reason(t, evil.Token(audience, alice)))
	require.Equal(t, reason.InvalidSignature, s.reason(t, evil.Token(audience, oidctest.Claims{"sub": "alice", "iss": s.Issuer()})), "under a kid that both have")
	f := claimsOf(oidctest.Claims{"sub": "alice", "iss": s.Issuer()})
	f.Header = map[string]any{"kid": "evil"}
	require.Equal(t, reason.KeyNotFound, s.reason(t, evil.Forge(f)))
}
