package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// introspection answers about the tokens that it knows, and counts the requests.
type introspection struct {
	answers map[string]oidctest.Claims
	err     error
	asked   atomic.Int64
}

func (i *introspection) Introspect(_ context.Context, token string) (claims.Set, error) {
	i.asked.Add(1)
	if i.err != nil {
		return claims.Set{}, i.err
	}
	answer, ok := i.answers[token]
	if !ok {
		return claims.Set{}, claims.ErrInactive
	}
	data, err := json.Marshal(answer)
	if err != nil {
		return claims.Set{}, err
	}
	return claims.Parse(data)
}

func TestOpaqueTokenAndJWTHaveTheSameIdentity(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	var ids []*oidcauth.Identity
	for _, token := range []string{"opaque-of-alice", s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "orders.read"})} {
		id, err := s.auth.Check(withHeaders("Bearer " + token))
		require.NoError(t, err)
		ids = append(ids, id)
	}
	require.EqualValues(t, 1, i.asked.Load(), "a JWT of the issuer is verified here")
	require.Equal(t, ids[0].User(), ids[1].User())
	require.Equal(t, ids[0].Subject(), ids[1].Subject())
	require.Equal(t, ids[0].Issuer(), ids[1].Issuer())
	require.True(t, ids[0].HasScopes("orders.read"))
}

func TestIntrospectionAnswerIsChecked(t *testing.T) {
	now := time.Now()
	for name, c := range map[string]struct {
		changes oidctest.Claims
		want    reason.Reason
	}{
		"good":                {nil, ""},
		"no iss":              {oidctest.Claims{"iss": nil}, ""},
		"no exp":              {oidctest.Claims{"exp": nil}, ""},
		"no token_type":       {oidctest.Claims{"token_type": nil}, ""},
		"another issuer":      {oidctest.Claims{"iss": "https://other.example"}, reason.UnknownIssuer},
		"iss no string":       {oidctest.Claims{"iss": 7}, reason.UnknownIssuer},
		"expired":             {oidctest.Claims{"exp": now.Add(-time.Hour).Unix()}, reason.Expired},
		"exp no number":       {oidctest.Claims{"exp": "soon"}, reason.InvalidClaims},
		"exp 0":               {oidctest.Claims{"exp": 0}, reason.InvalidClaims},
		"not yet":             {oidctest.Claims{"nbf": now.Add(time.Hour).Unix()}, reason.NotYetValid},
		"no aud":              {oidctest.Claims{"aud": nil}, reason.WrongAudience},
		"another aud":         {oidctest.Claims{"aud": "api://invoices"}, reason.WrongAudience},
		"refresh token":       {oidctest.Claims{"token_type": "refresh_token"}, reason.WrongTokenType},
		"Keycloak's refresh":  {oidctest.Claims{"token_type": nil, "typ": "Refresh"}, reason.WrongTokenType},
		"ID token":            {oidctest.Claims{"at_hash": "x"}, reason.IDTokenAsAccessToken},
		"DPoP":                {oidctest.Claims{"token_type": "DPoP"}, reason.SenderConstrained},
		"bound to a key":      {oidctest.Claims{"cnf": oidctest.Claims{"jkt": "x"}}, reason.SenderConstrained},
		"unknown user":        {oidctest.Claims{"sub": "mallory"}, reason.UserNotFound},
		"no sub":              {oidctest.Claims{"sub": nil}, reason.ClaimMissing},
		"sub no string":       {oidctest.Claims{"sub": 7}, reason.InvalidClaims},
		"token_type a number": {oidctest.Claims{"token_type": 7}, reason.WrongTokenType},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, c.changes))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
			d := s.auth.Explain(t.Context(), "opaque-of-alice")
			require.Equal(t, c.want, d.Reason)
			if c.want == "" {
				require.Empty(t, d.Hints)
				require.Equal(t, decision.Passed, stepOf(t, d, "introspection").Outcome)
			}
			require.NotContains(t, d.String(), "opaque-of-alice")
		})
	}
}

// ClientIDs applies to opaque tokens as it does to JWTs, because introspection names the client.
func TestClientOfAnOpaqueTokenIsChecked(t *testing.T) {
	p := oidctest.New(t)
	for name, c := range map[string]struct {
		changes oidctest.Claims
		want    reason.Reason
	}{
		"listed":            {nil, ""},
		"another":           {oidctest.Claims{"client_id": "other"}, reason.UnauthorizedParty},
		"not named":         {oidctest.Claims{"client_id": nil}, reason.UnauthorizedParty},
		"no string":         {oidctest.Claims{"client_id": []string{"shop"}}, reason.UnauthorizedParty},
		"azp of another":    {oidctest.Claims{"azp": "other"}, reason.UnauthorizedParty},
		"azp instead":       {oidctest.Claims{"client_id": nil, "azp": "shop"}, ""},
		"spelled otherwise": {oidctest.Claims{"client_id": "Shop"}, reason.UnauthorizedParty},
	} {
		t.Run(name, func(t *testing.T) {
			s := serviceOf(t, p, withOpaqueToken(&introspection{}, c.changes), withConfig(func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"shop"} }))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
		})
	}
}

func TestSearchByUsernameOfIntrospection(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"sub": nil, "username": "alice"}), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Claims.User = claims.Name("username")
	}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

func TestMissingAudienceOfIntrospectionNeedsInsecureSetting(t *testing.T) {
	allowed := func(c *oidcauth.Config) { c.Issuers[0].Introspection.InsecureWithoutAudience = true }
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"aud": nil}), withConfig(allowed))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	s = newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"aud": "api://invoices"}), withConfig(allowed))
	require.Equal(t, reason.WrongAudience, s.reason(t, "opaque-of-alice"))
}

func TestTokenIsIntrospectedOnceWhileTheAnswerIsCached(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	for range 5 {
		require.Empty(t, s.reason(t, "opaque-of-alice"))
		require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-nobody"))
	}
	require.EqualValues(t, 2, i.asked.Load())
	s.Advance(50 * time.Second)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.EqualValues(t, 2, i.asked.Load())
	s.Advance(10 * time.Second)
	delete(i.answers, "opaque-of-alice")
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"), "the provider has revoked it")
}

// A cached answer is not used after the token has expired.
func TestIntrospectionAnswerEndsWithTheToken(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"exp": time.Now().Add(10 * time.Second).Unix()}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	s.Advance(10*time.Second + time.Minute)
	require.Equal(t, reason.Expired, s.reason(t, "opaque-of-alice"))
}

func TestIntrospectionThatFailsIsNotTheTokensFault(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	i.err = errors.New("connection refused")
	require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, "opaque-of-alice"))
	i.err = nil
	require.Empty(t, s.reason(t, "opaque-of-alice"), "a failure is not kept")
}
