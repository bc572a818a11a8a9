package oidcauth_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
	"github.com/knownbearer/knownbearer/usermap"
)

const zitadelRoles = "urn:zitadel:iam:org:project:roles"

// Each row reads the roles of one product's claim. The token is sent twice, with and without a user store.
func TestRolesOfProducts(t *testing.T) {
	roles, groups := claims.Name("roles"), claims.Name("groups")
	for name, c := range map[string]struct {
		rules oidcauth.RoleRules
		has   oidctest.Claims
		want  []string
	}{
		"nothing configured": {oidcauth.RoleRules{}, oidctest.Claims{"roles": []string{"admin"}}, nil},
		"list":               {oidcauth.RoleRules{Paths: []claims.Path{roles}}, oidctest.Claims{"roles": []string{"a", "b", "a"}}, []string{"a", "b"}},
		"string":             {oidcauth.RoleRules{Paths: []claims.Path{roles}}, oidctest.Claims{"roles": "Order Clerk"}, []string{"Order Clerk"}},
		"Keycloak": {
			oidcauth.RoleRules{Paths: []claims.Path{claims.Pointer("/realm_access/roles"), claims.Pointer("/resource_access/orders/roles")}},
			oidctest.Claims{
				"realm_access":    oidctest.Claims{"roles": []string{"clerk"}},
				"resource_access": oidctest.Claims{"orders": oidctest.Claims{"roles": []string{"writer"}}, "shop": oidctest.Claims{"roles": []string{"admin"}}},
			},
			[]string{"clerk", "writer"},
		},
		"Cognito": {oidcauth.RoleRules{Paths: []claims.Path{claims.Name("cognito:groups")}}, oidctest.Claims{"cognito:groups": []string{"clerks"}}, []string{"clerks"}},
		"ZITADEL": {
			oidcauth.RoleRules{Paths: []claims.Path{claims.Name(zitadelRoles)}},
			oidctest.Claims{zitadelRoles: oidctest.Claims{"admin": oidctest.Claims{"1": "a.example"}, "nowhere": oidctest.Claims{}, "off": false, "on": true, "text": "yes"}},
			[]string{"admin", "on"},
		},
		"prefix": {
			oidcauth.RoleRules{Paths: []claims.Path{groups}, Prefixes: []string{"orders-", "orders-eu-"}},
			oidctest.Claims{"groups": []string{"orders-clerk", "admin", "orders-eu-admin", "orders-", "ORDERS-x"}},
			[]string{"clerk", "admin"},
		},
		"map": {
			oidcauth.RoleRules{Paths: []claims.Path{groups}, Map: map[string][]string{"9f": {"admin", "clerk"}, "7e": {"clerk"}}},
			oidctest.Claims{"groups": []string{"7e", "9f", "admin"}},
			[]string{"clerk", "admin"},
		},
		"prefix and map": {
			oidcauth.RoleRules{Paths: []claims.Path{groups}, Prefixes: []string{"/orders/"}, Map: map[string][]string{"ops": {"admin"}}},
			oidctest.Claims{"groups": []string{"/orders/ops", "ops", "/orders/admin"}},
			[]string{"admin"},
		},
		"neither text nor object":  {oidcauth.RoleRules{Paths: []claims.Path{roles}}, oidctest.Claims{"roles": []any{"a", 1}}, nil},
		"number":                   {oidcauth.RoleRules{Paths: []claims.Path{roles}}, oidctest.Claims{"roles": 7}, nil},
		"empty":                    {oidcauth.RoleRules{Paths: []claims.Path{roles}}, oidctest.Claims{"roles": []string{"", "a"}}, []string{"a"}},
		"no claim":                 {oidcauth.RoleRules{Paths: []claims.Path{roles, groups}}, nil, nil},
		"name with a dot, literal": {oidcauth.RoleRules{Paths: []claims.Path{claims.Name("realm_access.roles")}}, oidctest.Claims{"realm_access": oidctest.Claims{"roles": []string{"a"}}}, nil},
	} {
		for _, users := range []usermap.Finder{nil, anyUser} {
			t.Run(fmt.Sprint(name, users != nil), func(t *testing.T) {
				s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
					config.Issuers[0].Claims.Roles, config.Users = c.rules, users
				})
				token := s.Token(audience, merged(alice, c.has))
				for range 2 {
					id, err := s.auth.Check(withHeaders("Bearer " + token))
					require.NoError(t, err)
					require.ElementsMatch(t, c.want, id.Roles())
					require.True(t, id.HasRoles(c.want...))
					require.False(t, id.HasRoles(append(slices.Clone(c.want), "root")...))
				}
			})
		}
	}
}

func TestVerdictRoles(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles")}
	})
	for name, c := range map[string]struct {
		roles      any
		middleware func(http.Handler) http.Handler
		method     func(*oidcauth.Identity) error
		want       reason.Reason
	}{
		"all":                {[]string{"a", "b"}, s.auth.RequireRoles("b", "a"), func(id *oidcauth.Identity) error { return id.RequireRoles("b", "a") }, ""},
		"one of two":         {[]string{"a"}, s.auth.RequireRoles("b", "a"), func(id *oidcauth.Identity) error { return id.RequireRoles("b", "a") }, reason.RoleMissing},
		"another case":       {[]string{"A"}, s.auth.RequireRoles("a"), func(id *oidcauth.Identity) error { return id.RequireRoles("a") }, reason.RoleMissing},
		"part of a text":     {"a b", s.auth.RequireRoles("a"), func(id *oidcauth.Identity) error { return id.RequireRoles("a") }, reason.RoleMissing},
		"none is required":   {"a", s.auth.RequireRoles(), func(id *oidcauth.Identity) error { return id.RequireRoles() }, reason.RoleMissing},
		"the empty role":     {[]string{""}, s.auth.RequireRoles(""), func(id *oidcauth.Identity) error { return id.RequireRoles("") }, reason.RoleMissing},
		"any":                {[]string{"a"}, s.auth.RequireAnyRole("b", "a"), func(id *oidcauth.Identity) error { return id.RequireAnyRole("b", "a") }, ""},
		"any of others":      {[]string{"c"}, s.auth.RequireAnyRole("b", "a"), func(id *oidcauth.Identity) error { return id.RequireAnyRole("b", "a") }, reason.RoleMissing},
		"any of nothing":     {[]string{"c"}, s.auth.RequireAnyRole(), func(id *oidcauth.Identity) error { return id.RequireAnyRole() }, reason.RoleMissing},
		"a scope is no role": {nil, s.auth.RequireRoles("read"), func(id *oidcauth.Identity) error { return id.RequireRoles("read") }, reason.RoleMissing},
	} {
		t.Run(name, func(t *testing.T) {
			r := withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "read", "roles": c.roles}))
			id, err := s.auth.Check(r)
			require.NoError(t, err)
			res := serve(s.auth.Handler(c.middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))), r)
			require.ErrorIs(t, c.method(nil), reason.NoCredentials)
			if c.want == "" {
				require.NoError(t, c.method(id))
				require.Equal(t, http.StatusOK, res.StatusCode)
				return
			}
			require.ErrorIs(t, c.method(id), c.want)
			require.Equal(t, http.StatusForbidden, res.StatusCode)
			require.NotContains(t, res.Header.Get("WWW-Authenticate"), "error=")
		})
	}
}

// A path that the token lacks is read from UserInfo, if the token has none of the paths or UserInfo is requested for another claim.
func TestVerdictRolesOfUserInfo(t *testing.T) {
	for name, c := range map[string]struct {
		has    oidctest.Claims
		only   bool
		needs  string
		info   claims.Fetcher
		want   []string
		reason reason.Reason
	}{
		"in the token":               {has: oidctest.Claims{"roles": "a"}, info: infoIsDown(), want: []string{"a"}},
		"in the token, and empty":    {has: oidctest.Claims{"roles": []string{}}, info: infoIsDown()},
		"in UserInfo":                {info: infoAnswers(`{"sub":"alice","groups":["b"]}`), want: []string{"b"}},
		"in neither":                 {info: infoAnswers(`{"sub":"alice"}`)},
		"in both":                    {has: oidctest.Claims{"roles": "a"}, info: infoAnswers(`{"sub":"alice","groups":["b"]}`), want: []string{"a"}},
		"in both, one needs another": {has: oidctest.Claims{"roles": "a"}, needs: "nick", info: infoAnswers(`{"sub":"alice","nick":"x","roles":["c"],"groups":["b"]}`), want: []string{"a", "b"}},
		"UserInfo alone":             {has: oidctest.Claims{"roles": "a"}, only: true, info: infoAnswers(`{"sub":"alice","groups":["b"]}`), want: []string{"b"}},
		"UserInfo is down":           {info: infoIsDown(), reason: reason.UserInfoUnavailable},
		"UserInfo of another":        {info: infoAnswers(`{"sub":"bob","roles":["a"]}`), reason: reason.UserInfoSubjectMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				config.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles"), claims.Name("groups")}
				if c.needs != "" {
					config.Issuers[0].Claims.Required = []claims.Path{claims.Name(c.needs)}
				}
				config.Issuers[0].Claims.UserInfo, config.Issuers[0].Claims.UserInfoOnly = c.info, c.only
			})
			token := s.Token(audience, merged(alice, c.has))
			for range 2 {
				id, err := s.auth.Check(withHeaders("Bearer " + token))
				if c.reason != "" {
					require.ErrorIs(t, err, c.reason)
					continue
				}
				require.NoError(t, err)
				require.ElementsMatch(t, c.want, id.Roles())
			}
		})
	}
}

func TestRolesAreBounded(t *testing.T) {
	long := strings.Repeat("x", 257)
	many := []string{long}
	for n := range 1500 {
		many = append(many, fmt.Sprint("role-", n))
	}
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("roles")}
	})
	id, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "roles": many})))
	require.NoError(t, err)
	require.Len(t, id.Roles(), 1000)
	require.False(t, id.HasRoles(long))
	require.True(t, id.HasRoles("role-0", "role-999"))
}

// A configuration is refused if it gives no roles, or accepts every value.
func TestRoleRulesAreValidated(t *testing.T) {
	roles := []claims.Path{claims.Name("roles")}
	for field, rules := range map[string]oidcauth.RoleRules{
		"Paths":    {Map: map[string][]string{"a": {"b"}}},
		"Prefixes": {Paths: roles, Prefixes: []string{"a", ""}},
		"Map":      {Paths: roles, Map: map[string][]string{}},
	} {
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: "https://a.example", Audience: []string{"x"}, Claims: oidcauth.ClaimRules{Roles: rules}}}})
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault)
		require.Equal(t, "Issuers[0].Claims.Roles."+field, fault.Field)
	}
	for _, m := range []map[string][]string{{"": {"a"}}, {"a": nil}, {"a": {""}}} {
		_, err := oidcauth.New(oidcauth.Config{Issuers: []oidcauth.Issuer{{URL: "https://a.example", Audience: []string{"x"}, Claims: oidcauth.ClaimRules{Roles: oidcauth.RoleRules{Paths: roles, Map: m}}}}})
		require.Error(t, err)
	}
}

// The names of groups may describe a person, so the detail contains only their number. With a Map, the names are those of the
// application, and the detail contains them.
func TestMissingRoleIsExplainedWithoutGroups(t *testing.T) {
	for _, mapped := range []bool{false, true} {
		s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
			c.Issuers[0].Claims.Roles.Paths = []claims.Path{claims.Name("groups")}
			if mapped {
				c.Issuers[0].Claims.Roles.Map = map[string][]string{"patients-of-dr-x": {"reader"}}
			}
		})
		id, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "groups": []string{"patients-of-dr-x"}})))
		require.NoError(t, err)
		text := id.RequireRoles("admin").Error()
		require.Contains(t, text, `"admin"`)
		require.NotContains(t, text, "patients")
		require.Equal(t, mapped, strings.Contains(text, `"reader"`))
	}
}
