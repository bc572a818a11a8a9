package oidcauth_test

import (
	"context"
	"encoding/base64"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// brokenList is a deny list whose store is down.
type brokenList struct{}

var errListDown = errors.New("store is down")

func (brokenList) Add(context.Context, denylist.Entry) (bool, error) { return false, errListDown }

func (brokenList) Find(context.Context, ...string) ([]denylist.Entry, error) { return nil, errListDown }

type revoker struct {
	err   error
	hints []string
}

func (r *revoker) Revoke(_ context.Context, _, hint string) error {
	r.hints = append(r.hints, hint)
	return r.err
}

func TestRevokedTokenIsRefusedOnTheNextRequest(t *testing.T) {
	provider := &revoker{}
	s := newService(t, withOpaqueToken(&introspection{}, nil), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Revoker = provider }))
	for _, token := range []string{"opaque-of-alice", s.Token(audience, alice)} {
		require.Empty(t, s.reason(t, token))
		require.NoError(t, s.auth.Revoke(t.Context(), token, "access_token"))
		require.Equal(t, reason.TokenRevoked, s.reason(t, token))
	}
	require.Equal(t, []string{"access_token", "access_token"}, provider.hints)
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "another"})))
}

// A replica refuses a token that another replica revoked in the shared list.
func TestReplicasShareRevocations(t *testing.T) {
	list := &denylist.Memory{}
	s := newService(t, withOpaqueToken(&introspection{}, nil), withDenyList(list))
	replica := serviceOf(t, s.Provider, withDenyList(list))
	token := s.Token(audience, alice)
	require.NoError(t, replica.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The second spelling of an ECDSA signature, (r, n-s), verifies as well, and is revoked with the first.
func TestRevocationCoversEverySpellingOfTheSignature(t *testing.T) {
	s := newService(t, nil)
	require.NoError(t, s.Rotate("ES256"))
	token := s.Token(audience, alice)
	at := strings.LastIndexByte(token, '.') + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[at:])
	require.NoError(t, err)
	order, ok := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	require.True(t, ok)
	order.Sub(order, new(big.Int).SetBytes(signature[32:])).FillBytes(signature[32:])
	other := token[:at] + base64.RawURLEncoding.EncodeToString(signature)
	require.NotEqual(t, token, other)
	require.Empty(t, s.reason(t, other))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, reason.TokenRevoked, s.reason(t, other))
}

func TestRevokingABadTokenStoresNothing(t *testing.T) {
	list := &denylist.Memory{Entries: 1}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = list })
	for _, bad := range []string{"opaque", s.Token(audience, oidctest.Claims{"iss": "https://other.example"})} {
		var refused *oidcauth.Error
		require.ErrorAs(t, s.auth.Revoke(t.Context(), bad, ""), &refused)
	}
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""), "there is room still")
}

func TestRevocationThatCannotBeStoredIsAnError(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = &denylist.Memory{Entries: 1} })
	require.NoError(t, s.auth.Revoke(t.Context(), s.Token(audience, alice), ""))
	require.ErrorIs(t, s.auth.Revoke(t.Context(), s.Token(audience, oidctest.Claims{"sub": "bob"}), ""), denylist.ErrFull)
}

func TestRevocationTakesEffectIfTheProviderIsDown(t *testing.T) {
	down := &revoker{err: errors.New("down")}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Revoker = down })
	token := s.Token(audience, alice)
	require.ErrorIs(t, s.auth.Revoke(t.Context(), token, ""), down.err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

func TestRefreshTokenIsRevokedAtTheProviderOnly(t *testing.T) {
	provider := &revoker{}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Revoker = provider })
	require.NoError(t, s.auth.Revoke(t.Context(), "refresh", "refresh_token"))
	require.Equal(t, []string{"refresh_token"}, provider.hints)
	require.Error(t, newService(t, nil).auth.Revoke(t.Context(), "refresh", "refresh_token"))
}

// A refresh token does not name its issuer. If several issuers are configured, the token is sent only to the issuer whose Owns
// returns true.
func TestRefreshTokenIsSentOnlyToTheIssuerThatOwnsIt(t *testing.T) {
	first, second := &revoker{}, &revoker{}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Revoker = first
		c.Issuers = append(c.Issuers, oidcauth.Issuer{
			URL: "https://second.example", Audience: []string{audience}, Revoker: second,
			Introspection: oidcauth.Introspection{
				Client: &introspection{}, Owns: func(token string) bool { return strings.HasPrefix(token, "second-") },
			},
		})
	})
	require.NoError(t, s.auth.Revoke(t.Context(), "second-refresh", "refresh_token"))
	require.Len(t, second.hints, 1)
	var refused *oidcauth.Error
	require.ErrorAs(t, s.auth.Revoke(t.Context(), "unclaimed-refresh", "refresh_token"), &refused)
	require.Equal(t, reason.UnknownIssuer, refused.Reason)
	require.Len(t, second.hints, 1)
	require.Empty(t, first.hints)
}

func TestUnavailableDenyListFailsClosedUnlessConfiguredOtherwise(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Revocation.DenyList = brokenList{} })
	require.Equal(t, reason.DenyListUnavailable, s.reason(t, s.Token(audience, alice)))
	s = newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Revocation.DenyList, c.Revocation.InsecureFailOpen = brokenList{}, true
	})
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
}

// At a second revocation, the provider may already call the token inactive. The token stays denied, and the provider is asked
// to revoke it again, because it may have been down before.
func TestOpaqueTokenIsRevokedTwice(t *testing.T) {
	down := &revoker{err: errors.New("down")}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"exp": nil}), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Revoker = down }))
	require.ErrorIs(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""), down.err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	down.err = nil
	s.Advance(23 * time.Hour)
	require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""))
	require.Len(t, down.hints, 2)
	s.Advance(23 * time.Hour)
	require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"), "it is active, so it is kept for longer")
	for _, fails := range []error{nil, errors.New("introspection is down")} {
		delete(i.answers, "opaque-of-alice")
		i.err = fails
		require.NoError(t, s.auth.Revoke(t.Context(), "opaque-of-alice", ""))
		require.Equal(t, reason.TokenRevoked, s.reason(t, "opaque-of-alice"))
	}
	require.Len(t, down.hints, 4)
	i.err = nil
	var refused *oidcauth.Error
	require.ErrorAs(t, s.auth.Revoke(t.Context(), "opaque-of-nobody", ""), &refused)
	require.Equal(t, reason.TokenInactive, refused.Reason)
	require.Len(t, down.hints, 4)
}

// The provider revokes only tokens of the requesting client, and answers 200 for all other tokens (RFC 7009 section 2.2).
func TestRevocationThatTheProviderIgnoresIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		ignores oidctest.Fault
		want    *oidcauth.NotRevokedError // nil: revoked
	}{
		"revokes":            {oidctest.Fault{}, nil},
		"ignores":            {oidctest.Fault{Status: 200}, &oidcauth.NotRevokedError{StillActive: true}},
		"refuses the client": {oidctest.Fault{Status: 400, Body: `{"error":"unauthorized_client"}`}, &oidcauth.NotRevokedError{}},
		"is down":            {oidctest.Fault{Status: 503}, &oidcauth.NotRevokedError{}},
	} {
		for _, hint := range []string{"access_token", "refresh_token"} {
			t.Run(name+" "+hint, func(t *testing.T) {
				s := newService(t, withClient(t, nil), func(p *oidctest.Provider, c *oidcauth.Config) {
					c.Issuers[0].ConfirmRevocation = true
				})
				token := s.Opaque(audience, alice)
				require.Empty(t, s.reason(t, token), "what introspection says is kept now")
				s.Fail(oidctest.Revocation, c.ignores)
				err := s.auth.Revoke(t.Context(), token, hint)
				if c.want == nil {
					require.NoError(t, err)
				} else {
					var not *oidcauth.NotRevokedError
					require.ErrorAs(t, err, &not)
					require.Equal(t, s.Issuer(), not.Issuer)
					require.Equal(t, c.want.StillActive, not.StillActive)
					require.Equal(t, c.want.StillActive, not.Err == nil)
					require.NotContains(t, err.Error(), token)
				}
				if hint == "access_token" {
					require.Equal(t, reason.TokenRevoked, s.reason(t, token))
				}
			})
		}
	}
}

func TestRevocationThatCannotBeConfirmedIsAnError(t *testing.T) {
	s := newService(t, withClient(t, nil), func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].ConfirmRevocation = true
	})
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	s.Fail(oidctest.Introspection, oidctest.Fault{Status: 503})
	var not *oidcauth.NotRevokedError
	require.ErrorAs(t, s.auth.Revoke(t.Context(), token, ""), &not)
	require.False(t, not.StillActive)
	require.Error(t, not.Err)
	require.Equal(t, reason.TokenRevoked, s.reason(t, token))
}

// The revocation is confirmed only if ConfirmRevocation is set.
func TestRevocationIsConfirmedIfConfigured(t *testing.T) {
	s := newService(t, withClient(t, nil))
	s.Fail(oidctest.Revocation, oidctest.Fault{Status: 200})
	token := s.Opaque(audience, alice)
	require.Empty(t, s.reason(t, token))
	require.NoError(t, s.auth.Revoke(t.Context(), token, ""))
	require.Equal(t, 1, s.Requests(oidctest.Introspection))
	for name, without := range map[string]oidcauth.Issuer{
		"Introspector": {Revoker: &revoker{}}, "Revoker": {Introspection: oidcauth.Introspection{Client: &introspection{}}},
	} {
		without.URL, without.Audience, without.ConfirmRevocation = "https://idp.example", []string{audience}, true
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{without}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault, name)
		require.Equal(t, "Issuers[0].ConfirmRevocation", fault.Field)
	}
}
