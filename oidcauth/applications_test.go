package oidcauth_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

const machineAudience = "api://machines"

// withTwoApplications trusts one issuer for two applications. The first one finds users by their email. The second one serves
// machines, whose tokens must have a role.
func withTwoApplications(change func(people, machines *oidcauth.Issuer)) option {
	return withConfig(func(c *oidcauth.Config) {
		people := c.Issuers[0]
		people.Claims.User = claims.Name("email")
		people.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
			if q.Value != "alice@example.com" {
				return nil, nil
			}
			return []usermap.User{{ID: "1", Enabled: true}}, nil
		})
		machines := c.Issuers[0]
		machines.Audience = []string{machineAudience}
		machines.Claims = oidcauth.ClaimRules{Checks: []claims.Check{claims.Equals(claims.Name("role"), "sync")}}
		if change != nil {
			change(&people, &machines)
		}
		c.Issuers = []oidcauth.Issuer{people, machines}
	})
}

func TestAudienceSelectsTheApplicationOfAnIssuer(t *testing.T) {
	s := newService(t, withTwoApplications(nil))
	for _, c := range []struct {
		name   string
		claims oidctest.Claims
		want   reason.Reason
		user   string
	}{
		{"a person", oidctest.Claims{"aud": audience, "email": "alice@example.com"}, "", "1"},
		{"an unknown person", oidctest.Claims{"aud": audience, "email": "eve@example.com", "role": "sync"}, reason.UserNotFound, ""},
		{"a machine", oidctest.Claims{"aud": machineAudience, "role": "sync"}, "", ""},
		{"a machine without the role", oidctest.Claims{"aud": machineAudience, "email": "alice@example.com"}, reason.CheckClaimMissing, ""},
		{"both audiences follow the first application", oidctest.Claims{"aud": []string{machineAudience, audience}, "role": "sync"}, reason.ClaimMissing, ""},
		{"neither audience", oidctest.Claims{"aud": "api://other", "email": "alice@example.com", "role": "sync"}, reason.WrongAudience, ""},
		{"no audience", oidctest.Claims{"aud": nil, "email": "alice@example.com", "role": "sync"}, reason.WrongAudience, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			token := s.Token(audience, c.claims)
			for range 2 { // the second time from the cache
				require.Equal(t, c.want, s.reason(t, token))
			}
			if c.want == "" {
				id, err := s.auth.Check(withHeaders("Bearer " + token))
				require.NoError(t, err)
				require.Equal(t, c.user, id.User().ID)
			}
		})
	}
}

func TestApplicationIsChosenByItsClientIfTokensHaveNoAudience(t *testing.T) {
	s := newService(t, withTwoApplications(func(people, machines *oidcauth.Issuer) {
		for _, iss := range []*oidcauth.Issuer{people, machines} {
			iss.Audience, iss.ClientIDInsteadOfAudience = nil, true
		}
		people.ClientIDs, machines.ClientIDs = []string{"browser"}, []string{"nightly"}
	}))
	require.Empty(t, s.reason(t, s.Token("", oidctest.Claims{"aud": nil, "client_id": "nightly", "role": "sync"})))
	require.Equal(t, reason.ClaimMissing, s.reason(t, s.Token("", oidctest.Claims{"aud": nil, "client_id": "browser", "role": "sync"})))
	require.Equal(t, reason.UnauthorizedParty, s.reason(t, s.Token("", oidctest.Claims{"aud": nil, "client_id": "eve", "role": "sync"})))
}

func TestAnswerOfIntrospectionChoosesTheApplication(t *testing.T) {
	for name, iss := range map[string]any{"answer with iss": "", "answer without iss": nil} {
		t.Run(name, func(t *testing.T) {
			p := oidctest.New(t)
			machine := oidctest.Claims{"aud": machineAudience, "role": "sync"}
			if iss == nil {
				machine["iss"] = nil
			}
			asked := &introspection{}
			s := serviceOf(t, p, withOpaqueToken(asked, machine), withConfig(func(c *oidcauth.Config) {
				people, machines := c.Issuers[0], c.Issuers[0]
				people.Claims.Required = []claims.Path{claims.Name("email")}
				machines.Audience = []string{machineAudience}
				machines.Claims.Checks = []claims.Check{claims.Equals(claims.Name("role"), "sync")}
				c.Issuers = []oidcauth.Issuer{people, machines}
			}))
			for range 2 {
				require.Empty(t, s.reason(t, "opaque-of-alice"))
			}
			require.EqualValues(t, 1, asked.asked.Load())
		})
	}
}

// An application that verifies its tokens by their signature accepts no opaque token of another application.
func TestOpaqueTokenIsRefusedByAnApplicationThatAcceptsOnlyJWTs(t *testing.T) {
	s := newService(t, withOpaqueToken(&introspection{}, oidctest.Claims{"aud": machineAudience, "role": "sync"}), withConfig(func(c *oidcauth.Config) {
		machines := c.Issuers[0]
		machines.Audience, machines.Introspection = []string{machineAudience}, oidcauth.Introspection{}
		c.Issuers = append(c.Issuers, machines)
	}))
	require.Equal(t, reason.WrongAudience, s.reason(t, "opaque-of-alice"))
}

func TestRefusalNamesTheAudiencesOfAllApplications(t *testing.T) {
	s := newService(t, withTwoApplications(nil))
	_, err := s.auth.Check(withHeaders("Bearer " + s.Token("api://other", nil)))
	var refusal *oidcauth.Error
	require.ErrorAs(t, err, &refusal)
	require.Contains(t, refusal.Detail, audience)
	require.Contains(t, refusal.Detail, machineAudience)
}

func TestIndistinguishableApplicationsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name, field string
		change      func(people, machines *oidcauth.Issuer)
	}{
		{"one audience", "Issuers[1].Audience", func(_, m *oidcauth.Issuer) { m.Audience = append(m.Audience, audience) }},
		{"one audience is not compared", "Issuers[1].URL", func(_, m *oidcauth.Issuer) { m.InsecureSkipAudience = true }},
		{"one logout audience", "Issuers[1].LogoutAudience", func(p, m *oidcauth.Issuer) {
			p.LogoutAudience, m.LogoutAudience = []string{"orders"}, []string{"orders"}
		}},
		{"one client", "Issuers[1].ClientIDs", func(p, m *oidcauth.Issuer) {
			for _, iss := range []*oidcauth.Issuer{p, m} {
				iss.Audience, iss.ClientIDs, iss.ClientIDInsteadOfAudience = nil, []string{"app"}, true
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := oidctest.New(t).Config(audience)
			people, machines := config.Issuers[0], config.Issuers[0]
			machines.Audience = []string{machineAudience}
			c.change(&people, &machines)
			config.Issuers = []oidcauth.Issuer{people, machines}
			_, err := oidcauth.New(config)
			var fault *oidcauth.ConfigError
			require.ErrorAs(t, err, &fault)
			require.Equal(t, c.field, fault.Field)
		})
	}
}

// If a provider states the type of access tokens, it does so for all applications. A token without a stated type is then
// refused.
func TestStatedTokenTypeCountsForAllApplications(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, nil), withConfig(func(c *oidcauth.Config) {
		machines := c.Issuers[0]
		machines.Audience = []string{machineAudience}
		c.Issuers = append(c.Issuers, machines)
	}))
	refresh := merged(i.answers["opaque-of-alice"], oidctest.Claims{"aud": machineAudience})
	delete(refresh, "token_type")
	i.answers["refresh"] = refresh
	require.Empty(t, s.reason(t, "opaque-of-alice"))
	require.Equal(t, reason.WrongTokenType, s.reason(t, "refresh"))
}

// If introspection does not state aud, the aud of the JWT itself chooses the application.
func TestAudienceOfAnIntrospectedJWTChoosesTheApplication(t *testing.T) {
	i := &introspection{}
	s := newService(t, withOpaqueToken(i, oidctest.Claims{"aud": nil}), withAudienceOfJWT, withConfig(func(c *oidcauth.Config) {
		people, machines := c.Issuers[0], c.Issuers[0]
		people.Claims.Required = []claims.Path{claims.Name("email")}
		machines.Audience = []string{machineAudience}
		machines.Claims.Checks = []claims.Check{claims.Equals(claims.Name("role"), "sync")}
		c.Issuers = []oidcauth.Issuer{people, machines}
	}))
	for name, c := range map[string]struct {
		aud    string
		answer oidctest.Claims
		want   reason.Reason
	}{
		"machine":          {machineAudience, oidctest.Claims{"role": "sync"}, ""},
		"machine, no role": {machineAudience, oidctest.Claims{"email": "alice@example.com"}, reason.CheckClaimMissing},
		"person":           {audience, oidctest.Claims{"email": "alice@example.com"}, ""},
		"person, no email": {audience, oidctest.Claims{"role": "sync"}, reason.ClaimMissing},
		"neither":          {"api://other", oidctest.Claims{"email": "alice@example.com", "role": "sync"}, reason.WrongAudience},
	} {
		t.Run(name, func(t *testing.T) {
			token := s.Token(c.aud, merged(alice, oidctest.Claims{"jti": name}))
			i.answers[token] = merged(i.answers["opaque-of-alice"], c.answer)
			for range 2 {
				require.Equal(t, c.want, s.reason(t, token))
			}
		})
	}
}

// The keys of an issuer are fetched once for all of its applications, unless they are configured in different ways.
func TestApplicationsOfAnIssuerShareItsKeys(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(s service, machines *oidcauth.Issuer)
		fetches int
	}{
		"the same source": {func(service, *oidcauth.Issuer) {}, 1},
		"another source": {func(s service, machines *oidcauth.Issuer) {
			machines.Keys = certsource.JWKS{URL: s.Issuer() + string(oidctest.JWKS)}
		}, 2},
		"another interval": {func(_ service, machines *oidcauth.Issuer) {
			machines.Keys = certsource.Discovered{Refresh: certsource.Refresh{Interval: time.Hour}}
		}, 2},
		"another HTTP client": {func(_ service, machines *oidcauth.Issuer) { machines.HTTPClient = &http.Client{} }, 2},
		"a wrapped source": {func(_ service, machines *oidcauth.Issuer) {
			machines.Keys = certsource.Wrap(certsource.Discovered{}, func(s certsource.Source) certsource.Source { return s })
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := service{Provider: oidctest.New(t)}
			s = serviceOf(t, s.Provider, withTwoApplications(func(_, machines *oidcauth.Issuer) { c.change(s, machines) }))
			require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"email": "alice@example.com"})))
			require.Empty(t, s.reason(t, s.Token(machineAudience, oidctest.Claims{"role": "sync"})))
			require.Equal(t, c.fetches, s.Requests(oidctest.JWKS))
		})
	}
}

// The keys of one issuer verify no token of another one, although both have the same source.
func TestIssuersWithTheSameSourceDoNotShareKeys(t *testing.T) {
	p := oidctest.New(t)
	other := p.Issuer() + "/other"
	s := serviceOf(t, p, withConfig(func(c *oidcauth.Config) {
		c.Issuers[0].Keys = certsource.JWKS{URL: p.Issuer() + string(oidctest.JWKS)}
		second := c.Issuers[0]
		second.URL = other
		c.Issuers = append(c.Issuers, second)
	}))
	require.Empty(t, s.reason(t, p.Token(audience, alice)))
	require.Empty(t, s.reason(t, p.Token(audience, oidctest.Claims{"iss": other})))
	require.Equal(t, 2, p.Requests(oidctest.JWKS))
}
