package oidcauth_test

import (
	"context"
	"encoding/json"
	"strings"
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

func reasons(d *decision.Decision) []reason.Reason {
	var out []reason.Reason
	for _, f := range d.Faults() {
		out = append(out, f.Reason)
	}
	return out
}

func stepOf(t *testing.T, d *decision.Decision, name string) decision.Step {
	t.Helper()
	for _, s := range d.Steps {
		if s.Name == name {
			return s
		}
	}
	require.Fail(t, "no step "+name)
	return decision.Step{}
}

func TestExplainNamesEveryIndependentFault(t *testing.T) {
	lookups := 0
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].ClientIDs = []string{"shop"}
		c.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("tid"), "t1"), claims.Equals(claims.Name("level"), int64(2))}
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			lookups++
			return nil, nil
		})
	})
	token := s.Token("api://invoices", oidctest.Claims{
		"sub": "alice", "azp": "web", "cnf": map[string]any{"jkt": "x"}, "tid": "t2", "exp": s.Now().Add(-time.Hour).Unix(),
	})
	require.Equal(t, reason.Expired, s.reason(t, token))
	require.Zero(t, lookups, "the verdict is known")
	d := s.auth.Explain(context.Background(), token)
	require.True(t, d.Verified)
	require.Equal(t, []reason.Reason{
		reason.Expired, reason.WrongAudience, reason.UnauthorizedParty, reason.SenderConstrained, reason.CheckFailed,
		reason.CheckClaimMissing, reason.UserNotFound,
	}, reasons(d))
	require.NotZero(t, lookups)
}

func TestConsequencesAreNotListed(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) { c.Users = usermap.NewTable() })
	for name, c := range map[string]struct {
		forgery oidctest.Forgery
		want    []reason.Reason
	}{
		"unknown issuer, within the default leeway": {
			oidctest.Forgery{Claims: oidctest.Claims{"iss": "https://other", "exp": time.Now().Add(-30 * time.Second).Unix()}},
			[]reason.Reason{reason.UnknownIssuer},
		},
		"unknown issuer": {oidctest.Forgery{Claims: oidctest.Claims{"iss": "https://other", "aud": "other"}}, []reason.Reason{reason.UnknownIssuer}},
		"unknown key": {
			oidctest.Forgery{Header: map[string]any{"kid": "x"}, Claims: oidctest.Claims{"aud": audience, "sub": "alice"}},
			[]reason.Reason{reason.KeyNotFound},
		},
		"logout token": {oidctest.Forgery{Header: jwt, Claims: oidctest.Claims{"events": "x", "aud": "shop"}}, []reason.Reason{reason.WrongTokenType}},
		"no subject":   {oidctest.Forgery{Claims: oidctest.Claims{"aud": audience}}, []reason.Reason{reason.ClaimMissing}},
		"odd dates alone": {
			oidctest.Forgery{Claims: oidctest.Claims{"aud": audience, "sub": "alice", "exp": "soon"}},
			[]reason.Reason{reason.InvalidClaims, reason.UserNotFound},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, reasons(s.auth.Explain(context.Background(), s.Forge(c.forgery))))
		})
	}
}

func TestForgedTokenIsExaminedOffline(t *testing.T) {
	lookups := 0
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		info, err := p.UserInfoClient()
		require.NoError(t, err)
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.User = info, claims.Name("email")
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			lookups++
			return nil, nil
		})
	})
	good := s.Token(audience, alice)
	forged := good[:strings.LastIndexByte(good, '.')+1] + strings.Repeat("A", len(good)-strings.LastIndexByte(good, '.')-1)
	d := s.auth.Explain(context.Background(), forged)
	require.False(t, d.Verified)
	require.Equal(t, []reason.Reason{reason.InvalidSignature}, reasons(d))
	require.Zero(t, lookups)
	require.Zero(t, s.Requests(oidctest.UserInfo))
	require.True(t, stepOf(t, d, "audience").Unverified)
	require.Equal(t, decision.Skipped, stepOf(t, d, "claims").Outcome)
	require.Equal(t, decision.Skipped, stepOf(t, d, "user").Outcome)
}

func TestExplainDescribesEveryStepOfAnAcceptedToken(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		info, err := p.UserInfoClient()
		require.NoError(t, err)
		p.SetUserInfo("alice", oidctest.Claims{"email": "alice@corp.example"})
		c.Issuers[0].Claims.UserInfo, c.Issuers[0].Claims.User = info, claims.Name("email")
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice@corp.example", User: person("7", true)})
	})
	d := s.auth.Explain(context.Background(), s.Token(audience, alice))
	require.True(t, d.Accepted, d)
	require.Empty(t, d.Reason)
	require.Empty(t, d.Faults())
	var names []string
	for _, step := range d.Steps {
		require.Equal(t, decision.Passed, step.Outcome)
		require.False(t, step.Unverified)
		names = append(names, step.Name)
	}
	require.Equal(t, []string{
		"bearer", "parse", "type", "issuer", "algorithm", "age", "keys", "signature", "token_type", "subject", "time", "audience", "client",
		"revocation", "confirmation", "claims", "checks", "user",
	}, names)
	require.Equal(t, []decision.ClaimSource{{Name: "email", Source: "UserInfo", Value: "[redacted]"}}, stepOf(t, d, "claims").Claims)
	require.NotEmpty(t, stepOf(t, d, "keys").Sources)
	require.NotEmpty(t, d.Token.KeySource)
}

func TestExplainAcceptsOneTokenOnly(t *testing.T) {
	s := newService(t, nil)
	d := s.auth.Explain(context.Background(), "Bearer "+s.Token(audience, alice))
	require.Equal(t, reason.MalformedRequest, d.Reason)
	require.Equal(t, []string{"header_bearer_twice"}, d.HintCodes())
}

func TestDecisionReadsAsTextAndJSON(t *testing.T) {
	s := newService(t, nil)
	d := s.auth.Explain(context.Background(), s.Forge(oidctest.Forgery{
		Header: map[string]any{"kid": "\x1b[2Jkid\u202e"}, Claims: oidctest.Claims{"aud": "api://\n\x07invoices"},
	}))
	text := d.String()
	for _, want := range []string{d.ID, string(d.Reason), "signature", "audience", "unknown_key", "anyone may have written"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "\x1b")
	require.NotContains(t, text, "\x07")
	require.NotContains(t, text, "\u202e")

	data, err := json.Marshal(d)
	require.NoError(t, err)
	var back decision.Decision
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, d.Faults(), back.Faults())
	require.Equal(t, d.Hints, back.Hints)
}
