package oidctest_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func TestRunningProvidersHaveKeysOfTheirOwn(t *testing.T) {
	start := func() *oidctest.Provider {
		p, err := oidctest.Start()
		require.NoError(t, err)
		t.Cleanup(p.Close)
		return p
	}
	keys := func(p *oidctest.Provider) string {
		answer, err := http.Get(p.Issuer() + string(oidctest.JWKS))
		require.NoError(t, err)
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
	closed := start()
	require.NoError(t, closed.Rotate("RS256"))
	closed.Close()
	closed.Close() // gives its keys back once
	seen := map[string]bool{}
	for range 5 {
		set := keys(start())
		require.False(t, seen[set], "two providers publish the same keys")
		seen[set] = true
	}
}
