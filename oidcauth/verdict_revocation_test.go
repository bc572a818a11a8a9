package oidcauth_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Each row tests Revoke, and then a request after nbf. If Revoke refuses a token, the list stores nothing, and the provider is
// not asked.
func TestVerdictRevoke(t *testing.T) {
	p := oidctest.New(t)
	type at time.Duration // from now on
	narrow := func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"shop"} }
	for name, c := range map[string]struct {
		changes oidctest.Claims
		config  func(*oidcauth.Config)
		revoke  reason.Reason // "": revoked
		request reason.Reason
	}{
		"good":                     {nil, nil, "", reason.TokenRevoked},
		"before nbf":               {oidctest.Claims{"nbf": at(10 * time.Minute)}, nil, "", reason.TokenRevoked},
		"unknown user":             {oidctest.Claims{"sub": "mallory"}, nil, "", reason.TokenRevoked},
		"no user":                  {oidctest.Claims{"sub": nil}, nil, "", reason.TokenRevoked},
		"for another API":          {oidctest.Claims{"aud": "api://invoices"}, nil, reason.WrongAudience, reason.WrongAudience},
		"for no API":               {oidctest.Claims{"aud": nil}, nil, reason.WrongAudience, reason.WrongAudience},
		"for another API, early":   {oidctest.Claims{"aud": "api://invoices", "nbf": at(10 * time.Minute)}, nil, reason.WrongAudience, reason.WrongAudience},
		"of a listed client":       {oidctest.Claims{"client_id": "shop"}, narrow, "", reason.TokenRevoked},
		"of another client":        {oidctest.Claims{"client_id": "other"}, narrow, reason.UnauthorizedParty, reason.UnauthorizedParty},
		"of a client without name": {oidctest.Claims{"client_id": nil}, narrow, reason.UnauthorizedParty, reason.UnauthorizedParty},
		"bound to a key":           {oidctest.Claims{"cnf": oidctest.Claims{"jkt": "x"}}, nil, "", reason.TokenRevoked},
		"refresh token":            {oidctest.Claims{"typ": "Refresh"}, nil, reason.WrongTokenType, reason.WrongTokenType},
		"logout token":             {oidctest.Claims{"events": oidctest.Claims{}}, nil, reason.WrongTokenType, reason.WrongTokenType},
		"expired":                  {oidctest.Claims{"exp": at(-time.Hour)}, nil, reason.Expired, reason.Expired},
		"sub is a number":          {oidctest.Claims{"sub": 7}, nil, reason.InvalidClaims, reason.InvalidClaims},
		"iat is text":              {oidctest.Claims{"iat": "now"}, nil, reason.InvalidClaims, reason.InvalidClaims},
		"of another issuer":        {oidctest.Claims{"iss": "https://other.example"}, nil, reason.UnknownIssuer, reason.UnknownIssuer},
		"another API's, no user":   {oidctest.Claims{"aud": "api://invoices", "sub": nil}, nil, reason.WrongAudience, reason.WrongAudience},
		"before nbf by a second":   {oidctest.Claims{"nbf": at(61 * time.Second)}, nil, "", reason.TokenRevoked},
	} {
		for _, form := range []string{"JWT", "opaque", "introspected JWT"} {
			t.Run(form+" "+name, func(t *testing.T) {
				changes := maps.Clone(c.changes)
				for name, v := range changes {
					if after, ok := v.(at); ok {
						changes[name] = p.Now().Add(time.Duration(after)).Unix()
					}
				}
				list, asked := &denylist.Memory{Now: p.Now}, &revoker{}
				i := &introspection{}
				s := serviceOf(t, p, withOpaqueToken(i, changes), withConfig(func(config *oidcauth.Config) {
					config.Revocation.DenyList, config.Issuers[0].Revoker = list, asked
					config.Issuers[0].Introspection.JWTs = form == "introspected JWT"
					if c.config != nil {
						c.config(config)
					}
				}))
				token := "opaque-of-alice"
				if form != "opaque" {
					token = s.Token(audience, merged(oidctest.Claims{"sub": "alice", "client_id": "shop", "exp": p.Now().Add(time.Hour).Unix()}, changes))
					i.answers[token] = i.answers["opaque-of-alice"]
				}
				err := s.auth.Revoke(t.Context(), token, "")
				if c.revoke == "" {
					require.NoError(t, err)
				} else {
					var refused *oidcauth.Error
					require.ErrorAs(t, err, &refused)
					require.Equal(t, c.revoke, refused.Reason)
				}
				require.Equal(t, c.revoke != "", list.Empty())
				require.Equal(t, c.revoke == "", len(asked.hints) == 1)
				s.Advance(11 * time.Minute)
				require.Equal(t, c.request, s.reason(t, token))
			})
		}
	}
}

// Introspection returns neither iat nor sid. The provider's answer counts if it was requested after the logout.
func TestVerdictLogoutOfUndatedTokens(t *testing.T) {
	p := oidctest.New(t)
	session := oidctest.Claims{"sid": "one"}
	for name, c := range map[string]struct {
		told   oidctest.Claims // in the answer, in addition to sub
		jwt    oidctest.Claims // in the introspected JWT itself
		logout oidctest.Claims
		active bool // the provider still calls the token active
		want   reason.Reason
		asks   int64 // the further requests that the logout causes
	}{
		"ended at the provider":               {nil, nil, nil, false, reason.TokenInactive, 1},
		"active at the provider":              {nil, nil, nil, true, "", 1},
		"a session's, ended at the provider":  {nil, nil, session, false, reason.TokenInactive, 1},
		"a session's, active at the provider": {nil, nil, session, true, "", 1},
		"of another user":                     {nil, nil, oidctest.Claims{"sub": "bob"}, true, "", 0},
		"the answer names the session":        {session, nil, session, true, reason.TokenRevoked, 0},
		"the answer names another session":    {oidctest.Claims{"sid": "two"}, nil, session, true, "", 0},
		"the answer was dated before":         {oidctest.Claims{"iat": -60}, nil, nil, true, reason.TokenRevoked, 0},
		"the answer was dated after":          {oidctest.Claims{"iat": 60}, nil, nil, true, "", 0},
		"the JWT names the session":           {nil, session, session, true, reason.TokenRevoked, 0},
		"the JWT names another session":       {nil, oidctest.Claims{"sid": "two"}, session, true, "", 0},
		"the JWT was issued before":           {nil, oidctest.Claims{"iat": -60}, nil, true, reason.TokenRevoked, 0},
		"the JWT was issued after":            {nil, oidctest.Claims{"iat": 60}, nil, true, "", 0},
		"the JWT tells neither":               {nil, oidctest.Claims{"x": 1}, nil, true, "", 1},
		"the JWT tells neither, and ended":    {nil, oidctest.Claims{"x": 1}, nil, false, reason.TokenInactive, 1},
		"the answer's date goes first":        {oidctest.Claims{"iat": 60}, oidctest.Claims{"iat": -60}, nil, true, "", 0},
		"the answer's older date goes first":  {oidctest.Claims{"iat": -60}, oidctest.Claims{"iat": 60}, nil, true, reason.TokenRevoked, 0},
		"the answer goes before the JWT":      {oidctest.Claims{"sid": "two", "iat": 60}, oidctest.Claims{"sid": "one", "iat": -60}, session, true, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := serviceOf(t, p, withOpaqueToken(i, nil), withLogout, withConfig(func(config *oidcauth.Config) {
				config.Issuers[0].Introspection.JWTs = c.jwt != nil
			}))
			dated := func(claims oidctest.Claims) oidctest.Claims {
				if after, ok := claims["iat"].(int); ok {
					return merged(claims, oidctest.Claims{"iat": s.Now().Unix() + int64(after)})
				}
				return merged(oidctest.Claims{"iat": nil}, claims)
			}
			token := "opaque-of-alice"
			if c.jwt != nil {
				token = s.Token(audience, merged(oidctest.Claims{"sub": "alice"}, dated(c.jwt)))
			}
			answer := merged(i.answers["opaque-of-alice"], dated(c.told))
			if answer["iat"] == nil {
				delete(answer, "iat")
			}
			i.answers[token] = answer
			require.Empty(t, s.reason(t, token))
			asked := i.asked.Load()
			require.Equal(t, http.StatusOK, s.logout(t, nil, c.logout))
			if !c.active {
				delete(i.answers, token)
			}
			for range 3 {
				require.Equal(t, c.want, s.reason(t, token))
				require.Equal(t, asked+c.asks, i.asked.Load())
			}
			require.Equal(t, c.want, s.auth.Explain(t.Context(), token).Reason)
		})
	}
}
