package interop

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// Each library judges each forgery. Whatever we accept, the others accept and read alike; every other verdict stands
// in the table with its reason, and a reason that no forgery needs is an error too.
func TestDifferences(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("verdicts", func(t *testing.T) {
		t.Parallel()
		for _, alg := range algorithms {
			t.Run(alg, func(t *testing.T) {
				t.Parallel()
				for _, c := range corpus(t, alg) {
					compare(t, c)
					mu.Lock()
					seen[c.name] = true
					mu.Unlock()
				}
			})
		}
	})
	t.Cleanup(func() { // after the parallel tests
		if t.Failed() {
			return // some forgeries were not reached
		}
		for name, d := range differences {
			require.True(t, seen[name], "no forgery is called %q", name)
			require.NotEmpty(t, d.names(), name)
			require.NotEmpty(t, d.why, name)
		}
		for name := range genuine {
			require.True(t, seen[name], "no forgery is called %q", name)
		}
	})
}

func compare(t *testing.T, c forgery) {
	t.Helper()
	ours := accepts(t, c.issuer.labelled, c.token)
	require.Equal(t, genuine[c.name], ours, "%s: our verdict", c.name)
	require.Equal(t, ours || c.name == anotherAlg, accepts(t, c.issuer.silent, c.token), "%s: without the key's alg", c.name)
	var others []string
	for _, p := range peers {
		claims, err := p.verify(c.token, c.issuer.alg, c.issuer.public)
		if (err == nil) != ours {
			others = append(others, p.name)
		} else if ours {
			require.Equal(t, ourClaims(t, c.token), claims, "%s: claims as %s reads them", c.name, p.name)
		}
	}
	require.Equal(t, differences[c.name].names(), append([]string{}, others...), "%s: who judges otherwise", c.name)
}

// ourClaims are the claims as a map; nil if a number does not fit the map.
func ourClaims(t testing.TB, token string) map[string]any {
	t.Helper()
	parsed, err := jose.Parse(token, 0)
	require.NoError(t, err)
	claims := map[string]any{}
	for _, name := range parsed.Claims.Names() {
		value, found := parsed.Claims.Get(name)
		require.True(t, found)
		var v any
		if json.Unmarshal([]byte(value.Raw()), &v) != nil {
			return nil
		}
		claims[name] = v
	}
	return claims
}
