package oidcauth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestAudienceOfAnIntrospectedJWTIsVerified(t *testing.T) {
	attackers := oidctest.New(t)
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		want    reason.Reason
	}{
		"good":                {oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}}, ""},
		"one of a list":       {oidctest.Forgery{Claims: oidctest.Claims{"aud": []string{"x", audience}}}, ""},
		"another API's":       {oidctest.Forgery{Claims: oidctest.Claims{"aud": "api://invoices"}}, reason.WrongAudience},
		"no aud there either": {oidctest.Forgery{Claims: oidctest.Claims{"aud": nil}}, reason.WrongAudience},
		"aud null":            {oidctest.Forgery{Claims: oidctest.Claims{"aud": []any{nil}}}, reason.WrongAudience},
		"forged":              {oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}, Algorithm: "RS256", Key: rsa2048()}, reason.InvalidSignature},
		"unknown key":         {oidctest.Forgery{Header: map[string]any{"kid": "nobodys"}, Claims: oidctest.Claims{"aud": audience}}, reason.KeyNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, oidctest.Claims{"aud": nil}), withAudienceOfJWT)
			c.forgery.Claims["sub"] = "alice"
			token := s.Forge(c.forgery)
			i.answers[token] = i.answers["opaque-of-alice"]
			for range 2 {
				require.Equal(t, c.want, s.reason(t, token))
			}
			require.Equal(t, c.want, s.auth.Explain(t.Context(), token).Reason)
			require.Equal(t, reason.WrongAudience, s.reason(t, "opaque-of-alice"), "an opaque token has no aud of its own")
			foreign := attackers.Token(audience, alice)
			i.answers[foreign] = i.answers["opaque-of-alice"]
			require.Equal(t, reason.UnknownIssuer, s.reason(t, foreign))
		})
	}
}

// The aud is accepted because of the signature, so the algorithm of the signature must be one of the issuer's.
func TestAlgorithmOfAnIntrospectedJWTIsOneOfTheIssuers(t *testing.T) {
	for alg, want := range map[string]reason.Reason{"ES256": "", "PS256": reason.AlgorithmRefused} {
		t.Run(alg, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, oidctest.Claims{"aud": nil}), withAudienceOfJWT, withConfig(func(c *oidcauth.Config) {
				c.Issuers[0].Algorithms = []string{"ES256"}
			}))
			require.NoError(t, s.Rotate(alg))
			token := s.Token(audience, alice)
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Equal(t, want, s.reason(t, token))
		})
	}
}

// The aud of the answer takes precedence over the aud of the JWT.
func TestAudienceOfTheAnswerTakesPrecedenceOverTheJWT(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"aud": nil}), withAudienceOfJWT)
	token := s.Token(audience, alice)
	i.answers[token] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"aud": "api://invoices"})
	require.Equal(t, reason.WrongAudience, s.reason(t, token))
}

func TestAudienceOfIntrospectedJWTNeedsIntrospectJWTs(t *testing.T) {
	_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{
		{URL: "https://a.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: &introspection{}, AudienceOfJWT: true}},
	}})
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "Issuers[0].Introspection.AudienceOfJWT", fault.Field)
}

// If the header of a JWT does not name an access token, the JWT is refused without introspection.
func TestHeaderTypeOfAnIntrospectedJWT(t *testing.T) {
	for typ, want := range map[string]reason.Reason{
		"at+jwt": "", "JWT": "", "application/at+jwt": "",
		"logout+jwt": reason.WrongTokenType, "dpop+jwt": reason.WrongTokenType, "rt+jwt": reason.WrongTokenType,
		"id+jwt": reason.WrongTokenType, "secevent+jwt": reason.WrongTokenType, "token-introspection+jwt": reason.WrongTokenType,
	} {
		t.Run(typ, func(t *testing.T) {
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, nil), withIntrospectedJWTs)
			token := s.Forge(oidctest.Forgery{Header: map[string]any{"typ": typ}, Claims: oidctest.Claims{"aud": audience, "sub": "alice"}})
			i.answers[token] = i.answers["opaque-of-alice"]
			require.Equal(t, want, s.reason(t, token))
			if want != "" {
				require.Zero(t, i.asked.Load())
			}
		})
	}
}

// RFC 7662 does not require sub. If it is missing, the sub of UserInfo is compared with the claim that UserInfoSubject names.
func TestUserInfoAfterAnAnswerWithoutSub(t *testing.T) {
	for name, c := range map[string]struct {
		answer  oidctest.Claims
		subject claims.Path
		info    string
		want    reason.Reason
	}{
		"by username": {oidctest.Claims{"sub": nil, "username": "alice"}, claims.Name("username"), `{"sub":"alice","email":"a@corp.example"}`, ""},
		"of another user": {
			oidctest.Claims{"sub": nil, "username": "alice"},
			claims.Name("username"), `{"sub":"bob","email":"a@corp.example"}`,
			reason.UserInfoSubjectMismatch,
		},
		"without username": {oidctest.Claims{"sub": nil}, claims.Name("username"), `{"sub":"alice","email":"a@corp.example"}`, reason.UserInfoSubjectMismatch},
		"no rule": {
			oidctest.Claims{"sub": nil, "username": "alice"},
			claims.Path{},
			`{"sub":"alice","email":"a@corp.example"}`,
			reason.UserInfoSubjectMismatch,
		},
		"sub null, no rule": {
			oidctest.Claims{"sub": []any{nil}[0], "username": "alice"}, claims.Path{}, `{"email":"a@corp.example"}`, reason.UserInfoSubjectMismatch,
		},
		"empty on each side": {
			oidctest.Claims{"sub": nil, "username": ""},
			claims.Name("username"), `{"sub":"","email":"a@corp.example"}`,
			reason.UserInfoSubjectMismatch,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, c.answer), withConfig(func(config *oidcauth.Config) {
				iss := &config.Issuers[0]
				iss.Claims.UserInfo, iss.Claims.UserInfoSubject, iss.Claims.Required = infoAnswers(c.info), c.subject, []claims.Path{claims.Name("email")}
				config.Users = nil
			}))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
		})
	}
}

func TestReadyAndDiagnoseRequireNoUnusedKeys(t *testing.T) {
	introspected := func(c *oidcauth.Config) { c.Issuers[0].Introspection.JWTs = true }
	for name, c := range map[string]struct {
		change func(*oidctest.Provider, *oidcauth.Config)
		ready  bool
	}{
		"JWTs are introspected": {func(_ *oidctest.Provider, c *oidcauth.Config) { introspected(c) }, true},
		"issuer is no URL":      {func(_ *oidctest.Provider, c *oidcauth.Config) { introspected(c); c.Issuers[0].URL = "urn:idp" }, true},
		"their aud is verified": {func(_ *oidctest.Provider, c *oidcauth.Config) {
			introspected(c)
			c.Issuers[0].Introspection.AudienceOfJWT = true
		}, false},
		"logout tokens are taken": {func(_ *oidctest.Provider, c *oidcauth.Config) {
			introspected(c)
			c.Issuers[0].LogoutAudience = []string{"shop"}
		}, false},
		"JWTs are verified": {func(*oidctest.Provider, *oidcauth.Config) {}, false},
		"the provider has no keys": {func(p *oidctest.Provider, _ *oidcauth.Config) {
			p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `"}`})
		}, true},
		"the provider has no keys, and no other issuer takes tokens": {func(p *oidctest.Provider, c *oidcauth.Config) {
			p.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + p.Issuer() + `"}`})
			c.Issuers[0].Introspection.Client = nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(p *oidctest.Provider, config *oidcauth.Config) {
				p.Fail(oidctest.JWKS, oidctest.Fault{Status: 403}) // as Glewlwyd does if it signs with a secret
				config.Issuers[0].Introspection.Client = &introspection{}
				c.change(p, config)
			})
			for range 5 { // more often than is fetched
				require.Equal(t, c.ready, s.auth.Ready(context.Background()) == nil)
			}
			keys := worst(s.auth.Diagnose(context.Background()))["keys"]
			require.Equal(t, c.ready, keys == decision.Passed, keys)
		})
	}
}

// A JWT of a provider without keys is refused as the sender's fault.
func TestJWTOfAProviderWithoutKeys(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, nil))
	s.Fail(oidctest.Discovery, oidctest.Fault{Body: `{"issuer":"` + s.Issuer() + `"}`})
	require.Equal(t, reason.KeyNotFound, s.reason(t, s.Token(audience, alice)))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}
