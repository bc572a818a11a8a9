package oidcauth_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// identified returns the identity of a token with these claims.
func identified(t *testing.T, s service, claims oidctest.Claims) *oidcauth.Identity {
	t.Helper()
	all := oidctest.Claims{"sub": "alice"}
	for name, v := range claims {
		all[name] = v
	}
	id, err := s.auth.Check(withHeaders("Bearer " + s.Token(audience, all)))
	require.NoError(t, err)
	return id
}

func TestIdentityNamesItsClientByOneListOfClaims(t *testing.T) {
	s := newService(t, nil)
	for name, c := range map[string]struct {
		claims oidctest.Claims
		want   string
	}{
		"azp":            {oidctest.Claims{"azp": "shop"}, "shop"},
		"client_id":      {oidctest.Claims{"client_id": "shop"}, "shop"},
		"cid":            {oidctest.Claims{"cid": "shop"}, "shop"},
		"appid":          {oidctest.Claims{"appid": "shop"}, "shop"},
		"two that agree": {oidctest.Claims{"azp": "shop", "client_id": "shop"}, "shop"},
		"two that don't": {oidctest.Claims{"azp": "shop", "client_id": "till"}, ""},
		"one is empty":   {oidctest.Claims{"azp": "", "client_id": "shop"}, "shop"},
		"no string":      {oidctest.Claims{"azp": 7}, ""},
		"no client":      {nil, ""},
		"another claim":  {oidctest.Claims{"clientId": "shop"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id := identified(t, s, c.claims)
			require.Equal(t, c.want, id.ClientID())
			var shown struct{ Client string }
			text, err := json.Marshal(id)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &shown))
			require.Equal(t, c.want, shown.Client)
		})
	}
}

// Users may edit the profile that UserInfo returns.
func TestUserInfoNamesNoClient(t *testing.T) {
	s := newService(t, func(_ *oidctest.Provider, c *oidcauth.Config) {
		c.Issuers[0].Claims.UserInfo = infoAnswers(`{"sub":"alice","azp":"shop","client_id":"shop","scope":"admin"}`)
		c.Issuers[0].Introspection.InsecureByUserInfo = true
	})
	id, err := s.auth.Check(withHeaders("Bearer opaque"))
	require.NoError(t, err)
	require.Empty(t, id.ClientID())
	require.Empty(t, id.Scopes())
	require.Equal(t, "shop", identified(t, s, oidctest.Claims{"azp": "shop"}).ClientID(), "a JWT is verified")
}

// All requests with a cached token share one Identity, so a caller must not be able to change it through the values that it
// returns.
func TestValuesOfAnIdentityCannotChangeIt(t *testing.T) {
	s := newService(t, nil)
	bearer := "Bearer " + s.Token(audience, oidctest.Claims{"sub": "alice", "scope": "orders.read orders.write", "roles": []string{"reader"}})
	seen := func() *oidcauth.Identity {
		id, err := s.auth.Check(withHeaders(bearer))
		require.NoError(t, err)
		return id
	}
	first := seen()
	scopes := first.Scopes()
	require.Equal(t, []string{"orders.read", "orders.write"}, scopes)
	scopes[0] = "admin"
	_ = append(scopes[:1], "admin")
	var into struct {
		Roles []string
		Raw   map[string]json.RawMessage `json:"-"`
	}
	require.NoError(t, first.Decode(&into))
	require.NoError(t, first.Decode(&into.Raw))
	into.Roles[0] = "admin"
	copy(into.Raw["roles"], `["admins"]`)
	names := first.Claims().Names()
	names[0] = "admin"

	again := seen()
	require.Same(t, first, again, "otherwise the test shows nothing")
	require.Equal(t, []string{"orders.read", "orders.write"}, again.Scopes())
	require.False(t, again.HasScopes("admin"))
	var clean struct{ Roles []string }
	require.NoError(t, again.Decode(&clean))
	require.Equal(t, []string{"reader"}, clean.Roles)
	require.NotContains(t, again.Claims().Names(), "admin")
}

func TestDecodeReadsTheTokenBeforeUserInfo(t *testing.T) {
	type profile struct {
		Subject string `json:"sub"`
		Email   string
		Name    string
		Level   int64
	}
	for name, c := range map[string]struct {
		only bool
		need claims.Path
		want profile
	}{
		"the token suffices": {false, claims.Name("name"), profile{"alice", "", "Token", 1 << 60}},
		"UserInfo is asked":  {false, claims.Name("email"), profile{"alice", "a@b", "Token", 1 << 60}},
		"UserInfo only":      {true, claims.Name("email"), profile{"alice", "a@b", "Info", 0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(_ *oidctest.Provider, config *oidcauth.Config) {
				iss := &config.Issuers[0]
				iss.Claims.UserInfo, iss.Claims.UserInfoOnly = infoAnswers(`{"sub":"alice","email":"a@b","name":"Info"}`), c.only
				iss.Claims.Required = []claims.Path{c.need}
			})
			var got profile
			require.NoError(t, identified(t, s, oidctest.Claims{"name": "Token", "level": int64(1 << 60)}).Decode(&got))
			require.Equal(t, c.want, got)
		})
	}
}
