package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Introspection knows refresh tokens too, and some products call them active (RFC 7662 section 4).
func TestStatedTokenTypeOfAnAnswerMustNameAnAccessToken(t *testing.T) {
	ignoring := func(c *oidcauth.Config) { c.Issuers[0].InsecureIgnoreConfirmation = true }
	for name, c := range map[string]struct {
		changes oidctest.Claims
		config  func(*oidcauth.Config)
		want    reason.Reason
	}{
		"Hydra's access token":          {oidctest.Claims{"token_use": "access_token"}, nil, ""},
		"Hydra's refresh token":         {oidctest.Claims{"token_use": "refresh_token", "token_type": nil}, nil, reason.WrongTokenType},
		"the same, called Bearer":       {oidctest.Claims{"token_use": "refresh_token"}, nil, reason.WrongTokenType},
		"Glewlwyd's refresh token":      {oidctest.Claims{"token_type": "refresh_token"}, nil, reason.WrongTokenType},
		"Glewlwyd's ID token":           {oidctest.Claims{"token_type": "id_token"}, nil, reason.IDTokenAsAccessToken},
		"Curity's ID token":             {oidctest.Claims{"purpose": "id"}, nil, reason.IDTokenAsAccessToken},
		"Casdoor's refresh token":       {oidctest.Claims{"tokenType": "refresh-token"}, nil, reason.WrongTokenType},
		"lower case":                    {oidctest.Claims{"token_type": "bearer"}, nil, ""},
		"token_type of RFC 8693":        {oidctest.Claims{"token_type": "N_A"}, nil, reason.WrongTokenType},
		"token_type null":               {oidctest.Claims{"token_type": json.RawMessage("null")}, nil, reason.WrongTokenType},
		"token_use a list":              {oidctest.Claims{"token_use": []string{"access_token"}}, nil, reason.WrongTokenType},
		"DPoP":                          {oidctest.Claims{"token_type": "DPoP"}, nil, reason.SenderConstrained},
		"DPoP where bindings are dealt": {oidctest.Claims{"token_type": "DPoP", "cnf": obj{"jkt": "x"}}, ignoring, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, withOpaqueToken(&introspection{}, c.changes), withConfig(c.config))
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
			require.Equal(t, c.want, s.auth.Explain(t.Context(), "opaque-of-alice").Reason)
		})
	}
}

// A provider such as oidc-provider names the type of access tokens only. The service learns this from its answers.
func TestAnswerWithoutTokenTypeIsRefusedAfterOthersStatedOne(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil))
	refresh := merged(i.answers["opaque-of-alice"], nil)
	delete(refresh, "token_type")
	i.answers["refresh-of-alice"] = refresh
	i.answers["opaque-of-another"] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"aud": "api://invoices"})

	require.Empty(t, s.reason(t, "refresh-of-alice"), "many products never tell")
	require.Equal(t, reason.WrongAudience, s.reason(t, "opaque-of-another"))
	require.Empty(t, s.reason(t, "refresh-of-alice"), "what was refused teaches nothing")
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, reason.WrongTokenType, s.reason(t, "refresh-of-alice"), "although the answer is kept")
	require.Equal(t, reason.WrongTokenType, s.auth.Explain(t.Context(), "refresh-of-alice").Reason)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

// The service does not learn token types from a profile of UserInfo. Otherwise one user could cause refusals of all other
// users.
func TestUserInfoStatesNoTokenTypeForOtherTokens(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"token_type": nil}))
	for _, claim := range []string{"type", "tokenName", "tok_type", "purpose"} {
		i.answers["opaque-"+claim] = merged(i.answers["opaque-of-alice"], oidctest.Claims{claim: "access"})
		require.Empty(t, s.reason(t, "opaque-"+claim))
		require.Empty(t, s.reason(t, "opaque-of-alice"), claim)
	}
}

// An answer with neither aud nor a token type is refused, because it may be about a refresh token.
func TestAnswerWithoutAudienceMustNameAnAccessToken(t *testing.T) {
	for name, config := range map[string]func(*oidcauth.Issuer){
		"Introspection.InsecureWithoutAudience": func(i *oidcauth.Issuer) { i.Introspection.InsecureWithoutAudience = true },
		"InsecureSkipAudience":                  func(i *oidcauth.Issuer) { i.InsecureSkipAudience = true },
		"ClientIDInsteadOfAudience": func(i *oidcauth.Issuer) {
			i.ClientIDInsteadOfAudience, i.ClientIDs = true, []string{"shop"}
		},
	} {
		for kind, want := range map[string]reason.Reason{"Bearer": "", "": reason.WrongTokenType} {
			changes := oidctest.Claims{"aud": nil, "token_type": kind}
			if kind == "" {
				changes["token_type"] = nil
			}
			i := &introspection{}
			s := newService(t, withOpaqueToken(i, changes), withConfig(func(c *oidcauth.Config) { config(&c.Issuers[0]) }))
			require.Equal(t, want, s.reason(t, "opaque-of-alice"), "%s, %q", name, kind)
			i.answers["by-use"] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"token_use": "access_token"})
			require.Empty(t, s.reason(t, "by-use"), "%s, %q", name, kind)
		}
	}
}

// If aud is compared, no token type is needed, even if answers without aud are allowed: the aud of a refresh token is the
// provider.
func TestAnswerThatNamesThisServiceNeedsNoTokenType(t *testing.T) {
	for name, config := range map[string]func(*oidcauth.Issuer){
		"nothing":                               func(*oidcauth.Issuer) {},
		"Introspection.InsecureWithoutAudience": func(i *oidcauth.Issuer) { i.Introspection.InsecureWithoutAudience = true },
		"ClientIDInsteadOfAudience": func(i *oidcauth.Issuer) {
			i.ClientIDInsteadOfAudience, i.ClientIDs = true, []string{"shop"}
		},
	} {
		i := &introspection{}
		s := newService(t, withOpaqueToken(i, oidctest.Claims{"token_type": nil}), withConfig(func(c *oidcauth.Config) { config(&c.Issuers[0]) }))
		require.Empty(t, s.reason(t, "opaque-of-alice"), name)
		i.answers["foreign"] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"aud": "api://invoices"})
		require.Equal(t, reason.WrongAudience, s.reason(t, "foreign"), name)
	}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"token_type": nil, "aud": nil}), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.JWTs, c.Issuers[0].Introspection.InsecureWithoutAudience = true, true
	}))
	for aud, want := range map[string]reason.Reason{audience: "", "api://invoices": reason.WrongAudience} {
		token := s.Token(aud, alice)
		i.answers[token] = i.answers["opaque-of-alice"]
		require.Equal(t, want, s.reason(t, token), "the aud of the JWT itself: %s", aud)
	}
}

// A configuration may require the token type from the first answer on, accept its absence, or add names for access tokens.
func TestSettingsForTheTokenTypeOfAnAnswer(t *testing.T) {
	untyped := oidctest.Claims{"token_type": nil}
	s := newService(t, withOpaqueToken(&introspection{}, untyped), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.RequireTokenType = true }))
	require.Equal(t, reason.WrongTokenType, s.reason(t, "opaque-of-alice"))
	s = newService(t, withOpaqueToken(&introspection{}, nil), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.RequireTokenType = true }))
	require.Empty(t, s.reason(t, "opaque-of-alice"))

	i := &introspection{}
	s = newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.InsecureWithoutTokenType, c.Issuers[0].Introspection.InsecureWithoutAudience = true, true
	}))
	i.answers["silent"] = oidctest.Claims{"active": true, "sub": "alice"}
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Empty(t, s.reason(t, "silent"))
	i.answers["refresh"] = oidctest.Claims{"active": true, "sub": "alice", "token_use": "refresh_token"}
	require.Equal(t, reason.WrongTokenType, s.reason(t, "refresh"))

	i = &introspection{}
	s = newService(t, withOpaqueToken(i, oidctest.Claims{"token_type": "service"}), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].AccessTokenTypes = []string{"service"}
	}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, reason.WrongTokenType, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "typ": "Service"})), "compared exactly")
	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "typ": "service"})))
	i.answers["other"] = merged(i.answers["opaque-of-alice"], oidctest.Claims{"token_type": "session"})
	require.Equal(t, reason.WrongTokenType, s.reason(t, "other"))
}

func TestFaultySettingsForTheTokenTypeAreRefused(t *testing.T) {
	requireFault := func(field string, change func(*oidcauth.Issuer)) {
		iss := oidcauth.Issuer{URL: "https://a.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: &introspection{}}}
		change(&iss)
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{iss}, Logger: silent})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, field, fault.Field)
	}
	requireFault("Issuers[0].Introspection.RequireTokenType", func(i *oidcauth.Issuer) {
		i.Introspection.RequireTokenType, i.Introspection.InsecureWithoutTokenType = true, true
	})
	for _, name := range []string{"Refresh", "id_token", "logout+jwt", "Offline", ""} {
		requireFault("Issuers[0].AccessTokenTypes", func(i *oidcauth.Issuer) { i.AccessTokenTypes = []string{"service", name} })
	}
	_, err := oidcauth.New(oidcauth.Config{
		Logger:  silent,
		Issuers: []oidcauth.Issuer{{URL: "https://a.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{RequireTokenType: true}}},
	})
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
}
