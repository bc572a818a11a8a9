package oidcauth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// If aud is required, the aud of the JWT alone does not count, because its signature is not verified.
func TestUnverifiedAudienceOfAnIntrospectedJWTDoesNotCount(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"aud": nil}), withIntrospectedJWTs)
	token := s.Token(audience, alice)
	i.answers[token] = i.answers["opaque-of-alice"]
	require.Equal(t, reason.WrongAudience, s.reason(t, token))
}

// UserInfo and introspection must describe the same user, and the UserInfo of one token is never used for another.
func TestUserInfoAndIntrospectionHaveTheSameSubject(t *testing.T) {
	for name, c := range map[string]struct {
		info string
		want reason.Reason
	}{
		"same":    {`{"sub":"alice","email":"a@corp.example"}`, ""},
		"another": {`{"sub":"mallory","email":"a@corp.example"}`, reason.UserInfoSubjectMismatch},
		"none":    {`{"email":"a@corp.example"}`, reason.UserInfoSubjectMismatch},
		"case":    {`{"sub":"Alice","email":"a@corp.example"}`, reason.UserInfoSubjectMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, nil), withConfig(func(config *oidcauth.Config) {
				config.Issuers[0].Claims.UserInfo, config.Issuers[0].Claims.Required = infoAnswers(c.info), []claims.Path{claims.Name("email")}
			}))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
		})
	}
}

// perToken answers about each token with the token as its subject.
type perToken struct{}

func (perToken) Introspect(_ context.Context, token string) (claims.Set, error) {
	if token == "unknown" {
		return claims.Set{}, claims.ErrInactive
	}
	return claims.Parse([]byte(`{"active":true,"aud":"` + audience + `","sub":"` + token + `"}`))
}

func TestAnswersAreNotMixedUp(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Issuers[0].Introspection.Client = perToken{} })
	for range 2 {
		for _, token := range []string{"a", "b", "A", "a=", "a-", "a.b", "unknown"} {
			id, err := s.auth.Check(withHeaders("Bearer " + token))
			if token == "unknown" {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, token, id.Subject())
		}
	}
}

// A malformed JWT, or a JWT of an unknown issuer, is not introspected. If Owns returns true for a JWT of an unknown issuer, the
// JWT is treated as opaque.
func TestBrokenJWTIsNotIntrospected(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	good := s.Token(audience, alice)
	for _, token := range []string{
		good + "=", good + "A=", "A" + good, good[:strings.IndexByte(good, '.')] + "..",
		s.Forge(oidctest.Forgery{Header: map[string]any{"crit": []string{"x"}}, Claims: alice}),
		s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"iss": nil}}),
		s.Forge(oidctest.Forgery{Claims: oidctest.Claims{"iss": "https://other.example"}}),
		s.Forge(oidctest.Forgery{Payload: []byte(`{"iss":"` + s.Issuer() + `","iss":"x"}`)}),
		strings.Repeat("a", 65<<10),
	} {
		require.NotEmpty(t, s.reason(t, token), token)
	}
	require.Zero(t, i.asked.Load())
}

// If Owns of an issuer returns true, the rules of this issuer apply, even if the answer would fit another issuer.
func TestAnswerIsBoundToTheIssuerThatGaveIt(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"iss": "https://other.example"}), withConfig(func(c *oidcauth.Config) {
		c.Issuers = append(c.Issuers, oidcauth.Issuer{URL: "https://other.example", Audience: []string{audience}, Keys: certsource.JWKS{URL: "https://127.0.0.1:1/"}})
	}))
	require.Equal(t, reason.UnknownIssuer, s.reason(t, "opaque-of-alice"))
	require.EqualValues(t, 1, i.asked.Load())
}

// An Introspector of the application may return an answer with "active": false, and no error.
func TestAnswerThatIsNotActiveIsNeverAccepted(t *testing.T) {
	for name, active := range map[string]any{"false": false, "text": "true", "number": 1, "list": []bool{true}, "object": obj{}} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"active": active}))
			require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"))
			require.Equal(t, reason.TokenInactive, s.auth.Explain(t.Context(), "opaque-of-alice").Reason)
		})
	}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Users = nil
		c.Issuers[0].Introspection.InsecureWithoutAudience = true
	}))
	i.answers["opaque-of-nobody"] = oidctest.Claims{"active": false}
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-nobody"))
}

// An Introspector of the application may check active, and leave it out of its answer.
func TestAnswerWithoutActiveIsAccepted(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"active": nil}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

// Tenants limits a templated issuer, whether the answer names the issuer or leaves it out.
func TestAnswerOfATemplatedIssuerNamesItsTenant(t *testing.T) {
	for name, c := range map[string]struct {
		changes oidctest.Claims
		want    reason.Reason
	}{
		"tenant":                {oidctest.Claims{"iss": "https://login.example/t1", "tid": "t1"}, ""},
		"another tenant":        {oidctest.Claims{"iss": "https://login.example/t2", "tid": "t2"}, reason.UnknownIssuer},
		"iss of another tenant": {oidctest.Claims{"iss": "https://login.example/t1", "tid": "t2"}, reason.UnknownIssuer},
		"the template itself":   {oidctest.Claims{"iss": "https://login.example/{tenantid}", "tid": "t1"}, reason.UnknownIssuer},
		"no iss":                {oidctest.Claims{"iss": nil, "tid": "t2"}, reason.UnknownIssuer},
		"neither":               {oidctest.Claims{"iss": nil}, reason.UnknownIssuer},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, c.changes), withConfig(func(c *oidcauth.Config) {
				c.Issuers[0].URL, c.Issuers[0].Tenants = "https://login.example/{tenantid}", []string{"t1"}
				c.Issuers[0].Claims.Tenant = claims.Name("sub")
			}))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
		})
	}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].URL, c.Issuers[0].Tenants = "https://login.example/{tenantid}", []string{"t1"}
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = infoAnswers(`{"sub":"alice","tid":"t2"}`), true
	})
	require.Equal(t, reason.UnknownIssuer, s.reason(t, "opaque"), "UserInfo's answer is held to the same")
}

// The unverified claims of an introspected JWT may cause its refusal, but never its acceptance.
func TestClaimsOfAnIntrospectedJWTMayCauseItsRefusal(t *testing.T) {
	gone := time.Now().Add(-time.Hour).Unix()
	for name, c := range map[string]struct {
		jwt, answer oidctest.Claims
		want        reason.Reason
		asked       int64
	}{
		"good":                           {nil, nil, "", 1},
		"no exp in the JWT":              {oidctest.Claims{"exp": nil}, nil, "", 1},
		"bound to a key":                 {oidctest.Claims{"cnf": obj{"jkt": "x"}}, nil, reason.SenderConstrained, 1},
		"expired":                        {oidctest.Claims{"exp": gone}, oidctest.Claims{"exp": nil}, reason.Expired, 0},
		"exp no number":                  {oidctest.Claims{"exp": "never"}, oidctest.Claims{"exp": nil}, reason.InvalidClaims, 0},
		"not yet":                        {oidctest.Claims{"nbf": time.Now().Add(time.Hour).Unix()}, nil, reason.NotYetValid, 0},
		"another aud":                    {oidctest.Claims{"aud": "api://invoices"}, oidctest.Claims{"aud": nil}, reason.WrongAudience, 1},
		"aud in the answer alone":        {oidctest.Claims{"aud": nil}, nil, "", 1},
		"aud in the JWT alone":           {nil, oidctest.Claims{"aud": nil}, "", 1},
		"aud in neither":                 {oidctest.Claims{"aud": nil}, oidctest.Claims{"aud": nil}, "", 1},
		"sub in the JWT alone":           {nil, oidctest.Claims{"sub": nil}, reason.ClaimMissing, 1},
		"another sub in the answer":      {oidctest.Claims{"sub": "alice"}, oidctest.Claims{"sub": "mallory"}, reason.UserNotFound, 1},
		"logout token":                   {oidctest.Claims{"events": obj{}}, nil, reason.WrongTokenType, 0},
		"refresh token":                  {oidctest.Claims{"typ": "Refresh"}, nil, reason.WrongTokenType, 0},
		"iss of another issuer answered": {nil, oidctest.Claims{"iss": "https://other.example"}, reason.UnknownIssuer, 1},
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, c.answer), withConfig(func(c *oidcauth.Config) {
				c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.InsecureWithoutAudience = true, true
			}))
			token := s.Forge(oidctest.Forgery{Header: jwt, Claims: merged(oidctest.Claims{"aud": audience, "sub": "alice"}, c.jwt)})
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Equal(t, c.want, s.reason(t, token))
			require.Equal(t, c.asked, i.asked.Load())
			require.Equal(t, c.want, s.auth.Explain(t.Context(), token).Reason)
		})
	}
}

// UserInfo grants no scopes, because users may edit their profile.
func TestUserInfoGrantsNoScopes(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = infoAnswers(`{"sub":"alice","scope":"orders.write","scp":["admin"]}`)
		c.Issuers[0].Introspection.InsecureByUserInfo = true
	})
	id, err := s.auth.Check(withHeaders("Bearer opaque"))
	require.NoError(t, err)
	require.Equal(t, "alice", id.Subject())
	require.False(t, id.HasScopes("orders.write"))
	require.False(t, id.HasScopes("admin"))
}

// Within the leeway after exp, the cached answer is not used, and the provider is asked again.
func TestAnswerIsNotCachedBeyondExp(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"exp": time.Now().Add(10 * time.Second).Unix()}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	delete(i.answers, "opaque-of-alice")
	s.Advance(11 * time.Second)
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"))
}

// The decision states that the claims come from UserInfo alone.
func TestDecisionStatesThatUserInfoVerifiedTheToken(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = infoAnswers(`{"sub":"alice","email":"a@corp.example"}`), true
		c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
	})
	d := s.auth.Explain(t.Context(), "opaque")
	require.True(t, d.Accepted)
	require.Equal(t, []decision.ClaimSource{{Name: "email", Source: "UserInfo", Value: "[redacted]"}}, stepOf(t, d, "claims").Claims)
}
