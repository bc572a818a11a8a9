package oidcauth_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// A token is never sent to a provider that did not issue it.
func TestOnlyTheIssuerThatOwnsATokenIsAsked(t *testing.T) {
	other := &introspection{answers: map[string]oidctest.Claims{}}
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(token string) bool { return strings.HasPrefix(token, "opaque-") }
		c.Issuers = append(c.Issuers, oidcauth.Issuer{
			URL: "https://other.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{
				Client: other,
				Owns:   func(token string) bool { return strings.HasPrefix(token, "other-") },
			},
		})
	}))
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Zero(t, other.asked.Load())
	require.Equal(t, reason.TokenInactive, s.reason(t, "other-token"))
	require.EqualValues(t, 1, other.asked.Load())
	require.Equal(t, reason.OpaqueToken, s.reason(t, "nobodys-token"))
	require.Equal(t, reason.UnknownIssuer, s.reason(t, s.Token(audience, oidctest.Claims{"iss": "https://third.example"})))
	require.EqualValues(t, 1, i.asked.Load())
	require.EqualValues(t, 1, other.asked.Load())
}

func TestTwoIntrospectingIssuersNeedOwns(t *testing.T) {
	i := &introspection{}
	_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{
		{URL: "https://a.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: i}},
		{URL: "https://b.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: i}},
	}})
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "Issuers[0].Introspection.Owns", fault.Field)
}

// The signature of an introspected JWT is not verified, but its type is still checked.
func TestJWTsAreIntrospectedIfConfigured(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withIntrospectedJWTs)
	token := s.Token(audience, alice)
	require.Equal(t, reason.TokenInactive, s.reason(t, token))
	other := s.Token(audience, oidctest.Claims{"sub": "alice", "jti": "2"})
	i.answers[other] = i.answers["opaque-of-alice"]
	require.Empty(t, s.reason(t, other))
	asked := i.asked.Load()
	idToken := s.Forge(oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{"aud": audience, "sub": "alice", "nonce": "n"}})
	i.answers[idToken] = i.answers["opaque-of-alice"]
	require.Equal(t, reason.IDTokenAsAccessToken, s.reason(t, idToken))
	require.Equal(t, asked, i.asked.Load())
}

func TestOpaqueByUserInfoAlone(t *testing.T) {
	info := infoFunc(func() (claims.Set, error) {
		return claims.Parse([]byte(`{"sub":"alice","email":"alice@corp.example"}`))
	})
	byUserInfo := func(p *oidctest.Provider, c *oidcauth.Config) {
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo, c.Issuers[0].Claims.User = info, true, claims.Name("email")
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: person("7", true)})
	}
	s := newService(t, byUserInfo)
	require.Empty(t, s.reason(t, "opaque"))
	require.Equal(t, decision.Risky, worst(s.auth.Diagnose(t.Context()))["configuration"])
	s = newService(t, byUserInfo, withConfig(func(c *oidcauth.Config) { c.Issuers[0].Claims.UserInfo = infoRefuses(claims.RefusedError{Status: 401}) }))
	require.Equal(t, reason.UserInfoRefused, s.reason(t, "opaque"))
}

// A JWT for another API is not treated as an opaque token if the sender adds a character that makes it malformed.
func TestMalformedJWTIsNotOpaque(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) { c.Issuers[0].Introspection.Owns = func(string) bool { return true } }))
	token := s.Token("api://invoices", alice)
	require.Equal(t, reason.WrongAudience, s.reason(t, token))
	for _, spoilt := range []string{token + "=", token + "==", token + "~"} {
		i.answers[spoilt] = i.answers["opaque-of-alice"]
		require.Equal(t, reason.MalformedToken, s.reason(t, spoilt))
	}
	require.Zero(t, i.asked.Load())
}

func TestTextThatIsNoTokenIsNotIntrospected(t *testing.T) {
	var shown []string
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(token string) bool { shown = append(shown, token); return true }
	}))
	for _, bad := range []string{"opaque-of-alice;", "opaque of-alice", `"opaque-of-alice"`, "a=b", "opaque-of-älice"} {
		_, err := s.auth.Check(withHeaders("Bearer " + bad))
		var e *oidcauth.Error
		require.ErrorAs(t, err, &e)
		d := e.Decision()
		require.Equal(t, reason.MalformedRequest, d.Reason, bad)
		require.Empty(t, d.Issuer, bad)
		require.Equal(t, "bearer", d.Steps[0].Name)
		require.Equal(t, decision.Failed, d.Steps[0].Outcome, bad)
		for _, step := range d.Steps[1:] {
			require.Equal(t, decision.Skipped, step.Outcome, "%s: %s", bad, step.Name)
		}
	}
	require.Zero(t, i.asked.Load())
	require.Empty(t, shown, "the application is asked about tokens only")
}

// If a token is too long for the header of a UserInfo request, the sender is at fault, and the status is 401.
func TestOpaqueTokenTooLargeForUserInfo(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = must(p.UserInfoClient()), true
	})
	require.Equal(t, reason.UserInfoRefused, s.reason(t, strings.Repeat("x", 16<<10+1)))
	s.Fail(oidctest.UserInfo, oidctest.Fault{Status: 431})
	require.Equal(t, reason.UserInfoRefused, s.reason(t, "opaque"))
}
