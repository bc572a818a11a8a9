package entra_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

func TestConfigurationOfGroups(t *testing.T) {
	client, err := provider.New(provider.Config{TokenURL: "https://login.example/token", ClientID: "api"})
	require.NoError(t, err)
	for name, c := range map[string]entra.GroupsConfig{
		"no client":    {},
		"plain http":   {Client: client, GraphURL: "http://graph.microsoft.com"},
		"a path":       {Client: client, GraphURL: "https://graph.microsoft.com/v1.0"},
		"a query":      {Client: client, GraphURL: "https://graph.microsoft.com?x=y"},
		"negative age": {Client: client, MaxAge: -1},
		"age of a day": {Client: client, MaxAge: 24 * time.Hour},
		"no transport": {Client: client, HTTPClient: &http.Client{Transport: (*http.Transport)(nil)}},
	} {
		_, err := entra.NewGroups(c)
		require.Error(t, err, name)
	}
	_, err = entra.NewGroups(entra.GroupsConfig{Client: client, GraphURL: "https://graph.microsoft.us/"})
	require.NoError(t, err)
}

// The whole way: a check on a group, by a token that does not name it.
func TestChecksReadFetchedGroups(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice], api.members[bob] = ids(300), ids(3)
	config := p.Config("api")
	config.Issuers[0].Claims.User = claims.Name("oid")
	config.Issuers[0].Claims.Checks = []claims.Check{claims.Equals(claims.Name("groups"), ids(300)[250])}
	config.Issuers[0].Claims.UserInfo = api.fetcher(t, p, nil)
	var codes []string
	config.OnEvent = func(_ context.Context, e decision.Event) {
		if e.Decision != nil {
			codes = e.Decision.HintCodes()
		}
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	id, err := auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage(alice))})
	require.NoError(t, err)
	require.Equal(t, "pairwise-"+alice, id.Subject())
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage(bob))})
	require.ErrorIs(t, err, reason.CheckFailed)
	require.Equal(t, []string{"check_failed"}, codes, "the groups are not left out any more")
	small := overage(bob)
	small["_claim_names"], small["groups"] = nil, ids(300)[250:251]
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", small)})
	require.NoError(t, err)

	// The handler reads the groups too, although no setting needs them.
	plain := p.Config("api")
	plain.Issuers[0].Claims.UserInfo = config.Issuers[0].Claims.UserInfo
	open, err := oidcauth.New(plain)
	require.NoError(t, err)
	id, err = open.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage(bob))})
	require.NoError(t, err)
	require.NoError(t, id.RequireClaims(claims.Equals(claims.Name("groups"), ids(3)[2])))
	require.ErrorIs(t, id.RequireClaims(claims.Equals(claims.Name("groups"), ids(4)[3])), reason.CheckFailed)

	api.set(func(g *graph) { g.deny = true })
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage("00000000-0000-4000-8000-0000000000c3"))})
	require.ErrorIs(t, err, reason.UserInfoUnavailable)
	require.Equal(t, []string{"graph_permission"}, codes)
	api.set(func(g *graph) { g.deny, g.throttle = false, "1" })
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage("00000000-0000-4000-8000-0000000000d4"))})
	require.ErrorIs(t, err, reason.UserInfoUnavailable)
	require.Equal(t, []string{"graph_throttled"}, codes)
}

// A role may come from any of the groups, also from one of the last pages.
func TestRolesOfFetchedGroups(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice], api.members[bob] = ids(6000), ids(5000)
	config := p.Config("api")
	config.Issuers[0].Claims.UserInfo = api.fetcher(t, p, nil)
	config.Issuers[0].Claims.Roles = oidcauth.RoleRules{
		Paths: []claims.Path{claims.Name("groups")}, Map: map[string][]string{ids(5001)[5000]: {"clerk"}},
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	for user, want := range map[string][]string{alice: {"clerk"}, bob: nil} {
		id, err := auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage(user))})
		require.NoError(t, err)
		require.Equal(t, want, id.Roles())
	}
}

// Groups does not judge tokens, and has one claim of the user only.
func TestConfigurationsWithoutUseOfGroups(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	for field, change := range map[string]func(*oidcauth.Issuer){
		"Introspection.InsecureByUserInfo": func(iss *oidcauth.Issuer) { iss.Introspection.InsecureByUserInfo = true },
		"Claims.UserInfoOnly":              func(iss *oidcauth.Issuer) { iss.Claims.UserInfoOnly = true },
		"Claims.UserInfoSubject":           func(iss *oidcauth.Issuer) { iss.Claims.UserInfoSubject = claims.Name("oid") },
	} {
		config := p.Config("api")
		config.Issuers[0].Claims.UserInfo = api.fetcher(t, p, nil)
		change(&config.Issuers[0])
		_, err := oidcauth.New(config)
		var fault *oidcauth.ConfigError
		require.ErrorAs(t, err, &fault, field)
		require.Contains(t, fault.Field, field)
	}
}

func TestCallsToGraphAreInTheStatus(t *testing.T) {
	p, api := oidctest.New(t), newGraph(t)
	api.members[alice] = ids(1)
	config := p.Config("api")
	config.Issuers[0].Claims.UserInfo = api.fetcher(t, p, nil)
	config.Issuers[0].Claims.Required = []claims.Path{claims.Name("groups")}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	_, err = auth.CheckToken(t.Context(), oidcauth.Presented{Token: p.Token("api", overage(alice))})
	require.NoError(t, err)
	require.Equal(t, &provider.EndpointStats{Calls: 1}, auth.Status().Issuers[0].UserInfo)
}
