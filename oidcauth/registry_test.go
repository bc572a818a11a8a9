package oidcauth_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// made returns an Authenticator for these issuers, and the issuers for which New warns.
func made(t *testing.T, list denylist.List, issuers ...string) (*oidcauth.Authenticator, []any) {
	t.Helper()
	logger, records := recorderAt(t, slog.LevelInfo)
	config := oidcauth.Config{Revocation: oidcauth.Revocation{DenyList: list}, Logger: logger}
	for _, url := range issuers {
		config.Issuers = append(config.Issuers, oidcauth.Issuer{URL: url, Audience: []string{audience}, Keys: certsource.Discovered{}})
	}
	auth, err := oidcauth.New(config)
	require.NoError(t, err)
	var warned []any
	for _, r := range records() {
		require.Equal(t, "WARN", r["level"])
		warned = append(warned, r["issuer"])
	}
	return auth, warned
}

func TestSecondAuthenticatorWithAnotherDenyListCausesAWarning(t *testing.T) {
	shared := &denylist.Memory{}
	for name, c := range map[string]struct {
		first, second denylist.List
		warns         bool
	}{
		"two lists by default":     {nil, nil, true},
		"the second's by default":  {shared, nil, true},
		"the first's by default":   {nil, shared, true},
		"carried over":             {shared, shared, false},
		"two lists of the service": {shared, &denylist.Memory{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			url := "https://" + fmt.Sprintf("%x", name) + ".example"
			first, warned := made(t, c.first, url)
			require.Empty(t, warned)
			_, warned = made(t, nil, url+"/other")
			require.Empty(t, warned)
			second, warned := made(t, c.second, url+"/another", url)
			require.Equal(t, c.warns, len(warned) == 1)
			if c.warns {
				require.Equal(t, []any{url}, warned)
			}
			runtime.KeepAlive(first)
			runtime.KeepAlive(second)
		})
	}
}

func TestCollectedAuthenticatorCausesNoWarning(t *testing.T) {
	const url = "https://gone.example"
	_, warned := made(t, nil, url)
	require.Empty(t, warned)
	runtime.GC()
	_, warned = made(t, nil, url)
	require.Empty(t, warned, "nothing but the list of Authenticators refers to the first")
}

// The number of issuers in the registry is bounded.
func TestIssuersOfTheRegistryAreBounded(t *testing.T) {
	of := func(n int) string { return fmt.Sprintf("https://n%d.example", n) }
	var all []*oidcauth.Authenticator
	warned := 0
	for n := range 1200 {
		auth, _ := made(t, nil, of(n))
		all = append(all, auth)
	}
	for n := range 1200 {
		if _, w := made(t, &denylist.Memory{}, of(n)); len(w) > 0 {
			warned++
		}
	}
	require.Greater(t, warned, 0)
	require.LessOrEqual(t, warned, 1000)
	runtime.KeepAlive(all)
	all = nil
	runtime.GC()
	first, _ := made(t, nil, of(5000))
	_, w := made(t, nil, of(5000))
	require.Len(t, w, 1, "collected Authenticators were removed")
	runtime.KeepAlive(first)
}
