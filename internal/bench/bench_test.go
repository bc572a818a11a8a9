package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVerdicts: what is timed does check tokens. Times are not asserted.
func TestVerdicts(t *testing.T) {
	for _, alg := range algorithms {
		s, err := newSite(alg)
		require.NoError(t, err)
		defer s.Close()
		pool := verdicts(t, s)
		for _, c := range candidates {
			t.Run(alg+"/"+c.name, func(t *testing.T) {
				h, err := c.warm(s, pool["good"])
				require.NoError(t, err)
				for name, r := range pool {
					if c.name == "its parse and signature alone" && name != "good" && name != "forged" && name != "other claims" {
						continue // it looks at no claim
					}
					assert.Equal(t, name == "good", accepts(h, r), name)
				}
			})
		}
	}
}

// verdicts are requests; only the good one may pass.
func verdicts(t *testing.T, s *site) map[string]*http.Request {
	t.Helper()
	make := func(claim string, value any) string {
		token, err := s.token(func(claims map[string]any) {
			if claims[claim] = value; value == nil {
				delete(claims, claim)
			}
		})
		require.NoError(t, err)
		return token
	}
	good := make("ver", "1.0")
	mine, other := strings.Split(good, "."), strings.Split(make("name", "Mallory"), ".")
	out := map[string]*http.Request{}
	for name, token := range map[string]string{
		"good":             good,
		"forged":           broken(good),
		"other claims":     strings.Join([]string{mine[0], other[1], mine[2]}, "."),
		"expired":          make("exp", time.Now().Add(-time.Hour).Unix()),
		"another issuer":   make("iss", "https://issuer.invalid"),
		"another audience": make("aud", "api://billing"),
	} {
		out[name] = requests([]string{token})[0]
	}
	return out
}

// TestLimit: the limit verifies every token, and no broken one.
func TestLimit(t *testing.T) {
	for _, alg := range algorithms {
		s, err := newSite(alg)
		require.NoError(t, err)
		defer s.Close()
		tokens, err := s.tokens(3)
		require.NoError(t, err)
		for _, forged := range []bool{false, true} {
			if forged {
				tokens[1] = broken(tokens[1])
			}
			base, err := limit(s, tokens)
			require.NoError(t, err)
			_, err = trial{base, 1}.run(3)
			assert.Equal(t, forged, err != nil, "%s: %v", alg, err)
		}
	}
}

// TestTable: one short run prints a line for every candidate, in both forms.
func TestTable(t *testing.T) {
	for _, markdown := range []bool{false, true} {
		var out strings.Builder
		require.NoError(t, report(&out, meter{1, time.Microsecond}, "ES256", 8, candidates, markdown))
		for _, c := range candidates {
			assert.Contains(t, out.String(), c.name)
		}
	}
}
