package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

// introspection answers for tokens that it knows, and counts.
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

// newOpaqueService takes the opaque token "opaque-of-alice", with the changes in what introspection says of it.
func newOpaqueService(t *testing.T, changes oidctest.Claims, config func(*oidcauth.Config)) (service, *introspection) {
	t.Helper()
	return opaqueServiceOf(t, oidctest.New(t), changes, config)
}

func opaqueServiceOf(t *testing.T, p *oidctest.Provider, changes oidctest.Claims, config func(*oidcauth.Config)) (service, *introspection) {
	t.Helper()
	i := &introspection{}
	s := serviceOf(t, p, func(c *oidcauth.Config) {
		answer := merged(oidctest.Claims{
			"active": true, "sub": "alice", "aud": audience, "scope": "orders.read", "client_id": "shop",
			"exp": p.Now().Add(time.Hour).Unix(), "iss": p.Issuer(), "token_type": "Bearer",
		}, changes)
		for name, v := range answer {
			if v == nil {
				delete(answer, name)
			}
		}
		i.answers = map[string]oidctest.Claims{"opaque-of-alice": answer}
		c.Issuers[0].Introspection.Client = i
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: person("7", true)})
		if config != nil {
			config(c)
		}
	})
	return s, i
}

func TestOpaqueAndJWTReachTheSameIdentity(t *testing.T) {
	s, i := newOpaqueService(t, nil, nil)
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

func TestIntrospectionAnswerIsJudged(t *testing.T) {
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
		"nobody known":        {oidctest.Claims{"sub": "mallory"}, reason.UserNotFound},
		"no sub":              {oidctest.Claims{"sub": nil}, reason.ClaimMissing},
		"sub no string":       {oidctest.Claims{"sub": 7}, reason.InvalidClaims},
		"token_type a number": {oidctest.Claims{"token_type": 7}, reason.WrongTokenType},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newOpaqueService(t, c.changes, nil)
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

// ClientIDs bounds opaque tokens as it bounds JWTs: introspection names the client.
func TestClientOfAnOpaqueTokenIsJudged(t *testing.T) {
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
			s, _ := opaqueServiceOf(t, p, c.changes, func(c *oidcauth.Config) { c.Issuers[0].ClientIDs = []string{"shop"} })
			require.Equal(t, c.want, s.reason(t, "opaque-of-alice"))
		})
	}
}

func TestSearchByUsernameOfIntrospection(t *testing.T) {
	s, _ := newOpaqueService(t, oidctest.Claims{"sub": nil, "username": "alice"}, func(c *oidcauth.Config) { c.Issuers[0].Claims.User = claims.Name("username") })
	require.Empty(t, s.reason(t, "opaque-of-alice"))
}

func TestMissingAudienceOfIntrospectionIsAllowedByNameOnly(t *testing.T) {
	allowed := func(c *oidcauth.Config) { c.Issuers[0].Introspection.InsecureWithoutAudience = true }
	s, _ := newOpaqueService(t, oidctest.Claims{"aud": nil}, allowed)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	s, _ = newOpaqueService(t, oidctest.Claims{"aud": "api://invoices"}, allowed)
	require.Equal(t, reason.WrongAudience, s.reason(t, "opaque-of-alice"))
}

func TestIntrospectionIsAskedOnceWhileItsAnswerIsKept(t *testing.T) {
	s, i := newOpaqueService(t, nil, nil)
	for range 5 {
		require.Empty(t, s.reason(t, "opaque-of-alice"))
		require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-nobody"))
	}
	require.EqualValues(t, 2, i.asked.Load())
	s.Advance(59 * time.Second)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.EqualValues(t, 2, i.asked.Load())
	s.Advance(time.Second)
	delete(i.answers, "opaque-of-alice")
	require.Equal(t, reason.TokenInactive, s.reason(t, "opaque-of-alice"), "the provider has revoked it")
}

// A kept answer must not outlive the token.
func TestIntrospectionAnswerEndsWithTheToken(t *testing.T) {
	s, _ := newOpaqueService(t, oidctest.Claims{"exp": time.Now().Add(10 * time.Second).Unix()}, nil)
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	s.Advance(10*time.Second + time.Minute)
	require.Equal(t, reason.Expired, s.reason(t, "opaque-of-alice"))
}

func TestIntrospectionThatFailsIsNotTheTokensFault(t *testing.T) {
	s, i := newOpaqueService(t, nil, nil)
	i.err = errors.New("connection refused")
	require.Equal(t, reason.IntrospectionUnavailable, s.reason(t, "opaque-of-alice"))
	i.err = nil
	require.Empty(t, s.reason(t, "opaque-of-alice"), "a failure is not kept")
}

// No token is shown to a provider that did not issue it.
func TestOnlyTheIssuerThatClaimsATokenIsAsked(t *testing.T) {
	other := &introspection{answers: map[string]oidctest.Claims{}}
	s, i := newOpaqueService(t, nil, func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(token string) bool { return strings.HasPrefix(token, "opaque-") }
		c.Issuers = append(c.Issuers, oidcauth.Issuer{
			URL: "https://other.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{
				Client: other,
				Owns:   func(token string) bool { return strings.HasPrefix(token, "other-") },
			},
		})
	})
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Zero(t, other.asked.Load())
	require.Equal(t, reason.TokenInactive, s.reason(t, "other-token"))
	require.EqualValues(t, 1, other.asked.Load())
	require.Equal(t, reason.OpaqueToken, s.reason(t, "nobodys-token"))
	require.Equal(t, reason.UnknownIssuer, s.reason(t, s.Token(audience, oidctest.Claims{"iss": "https://third.example"})))
	require.EqualValues(t, 1, i.asked.Load())
	require.EqualValues(t, 1, other.asked.Load())
}

func TestTwoIntrospectingIssuersNeedToSayWhoseATokenIs(t *testing.T) {
	i := &introspection{}
	_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{
		{URL: "https://a.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: i}},
		{URL: "https://b.example", Audience: []string{audience}, Introspection: oidcauth.Introspection{Client: i}},
	}})
	var fault *oidcauth.ConfigError
	require.ErrorAs(t, err, &fault)
	require.Equal(t, "Issuers[0].Introspection.Owns", fault.Field)
}

// Where JWTs are introspected, their signature is not looked at, but what they say of their kind still counts.
func TestJWTsAreIntrospectedWhereThatIsAskedFor(t *testing.T) {
	s, i := newOpaqueService(t, nil, func(c *oidcauth.Config) { c.Issuers[0].Introspection.JWTs = true })
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
	p := oidctest.New(t)
	p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
	config := p.Config(audience)
	config.Logger = slog.New(slog.DiscardHandler)
	info := infoFunc(func() (claims.Set, error) {
		return claims.Parse([]byte(`{"sub":"alice","email":"alice@corp.example"}`))
	})
	config.Issuers[0].Claims.UserInfo, config.Issuers[0].Introspection.InsecureByUserInfo, config.Issuers[0].Claims.User = info, true, claims.Name("email")
	config.Users = usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: person("7", true)})
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	require.Empty(t, reasonOf(t, auth, withHeaders("Bearer opaque")))
	require.Equal(t, decision.Risky, worst(auth.Diagnose(t.Context()))["configuration"])
	config.Issuers[0].Claims.UserInfo = infoRefuses(claims.RefusedError{Status: 401})
	auth, err = oidcauth.New(config)
	require.NoError(t, err)
	require.Equal(t, reason.UserInfoRefused, reasonOf(t, auth, withHeaders("Bearer opaque")))
}

// A JWT for another API must not become an opaque token of looser rules by a sign that spoils it.
func TestSpoiltJWTIsNotOpaque(t *testing.T) {
	s, i := newOpaqueService(t, nil, func(c *oidcauth.Config) { c.Issuers[0].Introspection.Owns = func(string) bool { return true } })
	token := s.Token("api://invoices", alice)
	require.Equal(t, reason.WrongAudience, s.reason(t, token))
	for _, spoilt := range []string{token + "=", token + "==", token + "~"} {
		i.answers[spoilt] = i.answers["opaque-of-alice"]
		require.Equal(t, reason.MalformedToken, s.reason(t, spoilt))
	}
	require.Zero(t, i.asked.Load())
}

func TestWhatIsNoTokenIsNobodysToken(t *testing.T) {
	var shown []string
	s, i := newOpaqueService(t, nil, func(c *oidcauth.Config) {
		c.Issuers[0].Introspection.Owns = func(token string) bool { shown = append(shown, token); return true }
	})
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

// A token that no UserInfo takes as a header is the sender's fault.
func TestOpaqueTokenTooLargeForUserInfo(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Introspection.InsecureByUserInfo = must(p.UserInfoClient()), true
	})
	require.Equal(t, reason.UserInfoRefused, s.reason(t, strings.Repeat("x", 16<<10+1)))
	s.Fail(oidctest.UserInfo, oidctest.Fault{Status: 431})
	require.Equal(t, reason.UserInfoRefused, s.reason(t, "opaque"))
}
