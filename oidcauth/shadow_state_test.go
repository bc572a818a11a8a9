package oidcauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// The shadow does not use up a proof, stores nothing, and requires no nonce.
func TestShadowUsesUpNoProof(t *testing.T) {
	replays, denials := &recording{}, &recording{}
	s := newShadowed(t, withRecordingList(denials), withConfig(func(c *oidcauth.Config) {
		c.PublicURL, c.DPoP.Replays = "https://api.example", replays
	}), withShadow(func(c *oidcauth.Config) {
		c.PublicURL, c.DPoP.RequireNonce, c.DPoP.Replays = "https://other.example", true, nil
	}))
	prover := s.NewProver("https://api.example")
	r := withHeaders()
	prover.Prove(r, prover.Token(audience, alice), nil)
	for _, want := range []reason.Reason{"", reason.ProofReplayed} {
		why, got := s.judgeRequest(t, r)
		require.Equal(t, want, why)
		require.Equal(t, reason.ProofOtherRequest, got.Reason)
	}
	require.Len(t, replays.added, 2, "one for each request")
	require.Empty(t, denials.added)
}

func TestRevokedTokenIsRevokedForTheShadow(t *testing.T) {
	for name, list := range map[string]denylist.List{"in memory": nil, "elsewhere": &recording{}} {
		t.Run(name, func(t *testing.T) {
			s := newShadowed(t, withDenyList(list), withShadow(func(c *oidcauth.Config) {
				c.Issuers[0].Claims.Required = []claims.Path{claims.Name("sub")}
			}))
			token := s.Token(audience, alice)
			why, got := s.judge(t, token)
			require.Empty(t, why)
			require.Nil(t, got)
			require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
			why, got = s.judge(t, token)
			require.Equal(t, reason.TokenRevoked, why)
			require.Nil(t, got)
		})
	}
}

// When the shadow becomes the configuration in effect, its keys are there.
func TestNextUsesTheKeysOfTheFormerShadow(t *testing.T) {
	other := oidctest.New(t)
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) { c.Issuers = other.Config(audience).Issuers }))
	token := other.Token(audience, alice)
	why, got := s.judge(t, token)
	require.Equal(t, reason.UnknownIssuer, why)
	require.Equal(t, decision.ShadowAccepts, got.Change)
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
	require.True(t, s.auth.Status().Shadow.Issuers[0].Ready)

	next, err := s.auth.Next(other.Config(audience))
	require.NoError(t, err)
	require.Nil(t, next.Status().Shadow)
	require.Empty(t, reasonOf(t, next, withHeaders("Bearer "+token)))
	require.Equal(t, 1, other.Requests(oidctest.JWKS))
}

// A verdict that the former shadow left in the cache is not that of the new one.
func TestNextReplacesTheShadow(t *testing.T) {
	s := newShadowed(t, withShadow(func(c *oidcauth.Config) { c.Issuers[0].Audience = []string{"api://other"} }))
	token := s.Token(audience, alice)
	for range 2 {
		_, got := s.judge(t, token)
		require.Equal(t, reason.WrongAudience, got.Reason)
	}
	next := &shadowed{service: s.succeeded(t, func(c *oidcauth.Config) {
		c.OnEvent = func(_ context.Context, e decision.Event) {
			if e.Kind == decision.Shadowed {
				s.told <- e
			}
		}
		other := s.Config(audience)
		other.Issuers[0].ClientIDs = []string{"app"}
		c.Shadow = &other
	}), told: s.told}
	_, got := next.judge(t, token)
	require.Equal(t, reason.UnauthorizedParty, got.Reason)
	require.EqualValues(t, 1, next.auth.Status().Shadow.Judged)
}
