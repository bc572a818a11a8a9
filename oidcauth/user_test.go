package oidcauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

func rawNumber(s string) json.Number { return json.Number(s) }

func person(id string, enabled bool) usermap.User { return usermap.User{ID: id, Enabled: enabled} }

func TestExactlyOneEnabledUser(t *testing.T) {
	down := errors.New("down")
	cases := []struct {
		name  string
		found []usermap.User
		err   error
		want  reason.Reason
	}{
		{"one", []usermap.User{person("1", true)}, nil, ""},
		{"one enabled among disabled", []usermap.User{person("1", false), person("2", true)}, nil, ""},
		{"none", nil, nil, reason.UserNotFound},
		{"two", []usermap.User{person("1", true), person("2", true)}, nil, reason.UserAmbiguous},
		{"disabled", []usermap.User{person("1", false)}, nil, reason.UserDisabled},
		{"lookup failed", nil, down, reason.UserStoreUnavailable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Users = usermap.FinderFunc(func(_ context.Context, q usermap.Query) ([]usermap.User, error) {
					require.Equal(t, "alice", q.Value)
					return c.found, c.err
				})
			})
			require.Equal(t, c.want, s.reason(t, s.Token(audience, alice)))
		})
	}
}

func TestValueToCheckEqualsComparisonValue(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Checks = []claims.Check{claims.OneOf(claims.Name("tid"), "t1", "t2")}
	})
	runCases(t, s, []tokenCase{
		{"equal", claimsOf(oidctest.Claims{"tid": "t2"}), ""},
		{"one element equals", claimsOf(oidctest.Claims{"tid": []string{"x", "t1"}}), ""},
		{"absent", claimsOf(nil), reason.CheckClaimMissing},
		{"other case", claimsOf(oidctest.Claims{"tid": "T1"}), reason.CheckFailed},
		{"prefix", claimsOf(oidctest.Claims{"tid": "t11"}), reason.CheckFailed},
		{"other type", claimsOf(oidctest.Claims{"tid": 1}), reason.CheckFailed},
	})
}

func TestTokenFirstUserInfoSecond(t *testing.T) {
	s := newService(t, func(p *oidctest.Provider, c *oidcauth.Config) {
		client, err := p.UserInfoClient()
		require.NoError(t, err)
		c.Issuers[0].Claims.UserInfo = client
		c.Issuers[0].Claims.User = claims.Name("oid")
		c.Users = usermap.NewTable(usermap.Entry{Value: "o-1", User: person("1", true)})
	})
	s.SetUserInfo("alice", oidctest.Claims{"oid": "o-1"})
	s.SetUserInfo("mallory", oidctest.Claims{"sub": "alice", "oid": "o-1"})
	s.SetUserInfo("bob", oidctest.Claims{})

	require.Empty(t, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "oid": "o-1"})))
	require.Zero(t, s.Requests(oidctest.UserInfo), "the token holds the claim")
	require.Empty(t, s.reason(t, s.Token(audience, alice)))
	require.Equal(t, 1, s.Requests(oidctest.UserInfo))
	again := s.Token(audience, oidctest.Claims{"sub": "alice", "n": 0})
	require.Empty(t, s.reason(t, again))
	require.Empty(t, s.reason(t, again))
	require.Equal(t, 2, s.Requests(oidctest.UserInfo), "the second request of a token is answered from the cache")
	require.Equal(t, reason.UserInfoSubjectMismatch, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "mallory"})))
	require.Equal(t, reason.ClaimMissing, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "bob"})))
	require.Equal(t, reason.UserInfoRefused, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "nobody"})))
	s.Fail(oidctest.UserInfo, oidctest.Fault{Status: 500})
	require.Equal(t, reason.UserInfoUnavailable, s.reason(t, s.Token(audience, oidctest.Claims{"sub": "alice", "n": 1})))
}

func TestEmptyOrNonStringSearchValueNeverMatches(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.User = claims.Name("oid")
		c.Users = usermap.FinderFunc(func(context.Context, usermap.Query) ([]usermap.User, error) {
			t.Error("the finder was asked")
			return nil, nil
		})
	})
	runCases(t, s, []tokenCase{
		{"empty", claimsOf(oidctest.Claims{"oid": ""}), reason.ClaimUnusable},
		{"number", claimsOf(oidctest.Claims{"oid": 7}), reason.ClaimUnusable},
		{"list", claimsOf(oidctest.Claims{"oid": []string{"a"}}), reason.ClaimUnusable},
		{"absent", claimsOf(nil), reason.ClaimMissing},
	})
}

func TestUserNameValueIsIndependentOfTheSearchClaim(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Name = claims.Name("preferred_username")
		c.Users = usermap.NewTable(usermap.Entry{Value: "alice", User: usermap.User{ID: "1", Name: "Alice", Enabled: true, Value: 42}})
	})
	id, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "preferred_username": "a.l"})))
	require.NoError(t, err)
	require.Equal(t, "a.l", id.Name())
	require.Equal(t, 42, id.User().Value)
}

type panicking struct{}

func (panicking) UserInfo(context.Context, string) (claims.Set, error) { panic("broken") }

func TestPanickingFetcherIsADependencyFault(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = panicking{}
		c.Issuers[0].Claims.Required = []claims.Path{claims.Name("email")}
	})
	require.Equal(t, reason.UserInfoUnavailable, s.reason(t, s.Token(audience, alice)))
}
