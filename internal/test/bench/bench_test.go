package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestVerdicts: what is timed does check tokens. Times are not asserted.
func TestVerdicts(t *testing.T) {
	for _, alg := range algorithms {
		s := start(t, alg)
		pool := verdicts(t, s)
		for _, c := range candidates {
			t.Run(alg+"/"+c.name, func(t *testing.T) {
				h, err := c.warm(s, pool["good"])
				require.NoError(t, err)
				for name, r := range pool {
					if c.name == "its parse and signature alone" && name != "good" && name != "bad signature" && name != "other claims" {
						continue // it looks at no claim
					}
					assert.Equal(t, name == "good", accepts(h, r), name)
				}
			})
		}
	}
}

func start(t *testing.T, alg string) *site {
	t.Helper()
	s, err := newSite(alg)
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// verdicts are requests; only the good one may pass.
func verdicts(t *testing.T, s *site) map[string]*http.Request {
	t.Helper()
	good, err := s.token(nil)
	require.NoError(t, err)
	other, err := s.token(func(_, claims map[string]any) { claims["name"] = "Mallory" })
	require.NoError(t, err)
	forged, err := s.forgeries(1)
	require.NoError(t, err)
	mine, others := strings.Split(good, "."), strings.Split(other, ".")
	tokens := map[string]string{"good": good, "other claims": strings.Join([]string{mine[0], others[1], mine[2]}, "."), "forged": forged[0]}
	for _, r := range refusals {
		made, err := r.tokens(s, 1)
		require.NoError(t, err)
		tokens[r.name] = made[0]
	}
	out := map[string]*http.Request{}
	for name, token := range tokens {
		out[name] = requests([]string{token})[0]
	}
	return out
}

// TestLimit: the limit verifies every token, and no broken one.
func TestLimit(t *testing.T) {
	for _, alg := range algorithms {
		s := start(t, alg)
		tokens, err := s.tokens(3, nil)
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

// TestRefusalsAreChecked: a flood that is let through, or a good token that is not, is no measurement.
func TestRefusalsAreChecked(t *testing.T) {
	s := start(t, "ES256")
	good, err := s.tokens(9, nil)
	require.NoError(t, err)
	all := requests(good)
	for _, want := range []verdict{accepted, refused} {
		_, err := trial{refusers[0].subject(s, all[0], all[1:], want), 1}.run(8)
		assert.Equal(t, want == refused, err != nil, "%s: %v", want, err)
	}
	for _, r := range refusals {
		bad, err := r.tokens(s, 8)
		require.NoError(t, err)
		assert.Len(t, distinct(bad), 8, r.name)
		for _, want := range []verdict{accepted, refused} {
			_, err = trial{refusers[0].subject(s, all[0], requests(bad), want), 1}.run(8)
			assert.Equal(t, want == accepted, err != nil, "%s, %s: %v", r.name, want, err)
		}
	}
}

func distinct(tokens []string) map[string]bool {
	out := map[string]bool{}
	for _, token := range tokens {
		out[token] = true
	}
	return out
}

// TestSizes: tokens are about as long as their line says.
func TestSizes(t *testing.T) {
	s := start(t, "RS256")
	for _, size := range []int{512, 1 << 10, 2 << 10, 32 << 10} {
		token, err := s.token(sized(size))
		require.NoError(t, err)
		assert.InDelta(t, size, len(token), float64(size)/5)
	}
}

// TestUsersAreLookedUp: only who has an account passes.
func TestUsersAreLookedUp(t *testing.T) {
	s := start(t, "ES256")
	stores, closeAll, err := openStores()
	t.Cleanup(func() { assert.NoError(t, closeAll()) })
	if len(stores) < 3 {
		t.Log(err)
	}
	for _, one := range stores {
		h, err := lookup(one.name, one.finder, 0).build(s, next)
		require.NoError(t, err)
		for sub, known := range map[string]bool{login: true, "Alice": false, "mallory": false, fmt.Sprintf("user-%d", accounts): true} {
			token, err := s.token(func(_, claims map[string]any) { claims["sub"] = sub })
			require.NoError(t, err)
			assert.Equal(t, known, accepts(h, requests([]string{token})[0]), "%s: %s", one.name, sub)
		}
	}
}

// short is a plan whose figures mean nothing.
var short = plan{meter{1, time.Microsecond}, []string{"RS256", "EdDSA"}, "", 8, 1000, ""}

// TestTables: one short run of each table prints all of its lines, and writes every table of the page again.
func TestTables(t *testing.T) {
	lines := map[string][]string{
		"algorithms": {"RS256, a token of", "EdDSA, a token of", "All algorithms", "allocations (RS256)"},
		"refused":    {"× limit", "allocations", "fetches of the key set per 1000 requests"},
		"growth": {
			" bytes", "| 1 key |", "| 100 keys |", "| 4 keys, a token without kid |", "| 1000 issuers |",
			"| 1000 issuers, none is the token's |", "refusal logged |", "| 1000 |", "| 1000, bad signature |",
		},
		"users": {"| no lookup |", "| usermap.Table |", "| SQLite |", "| SQLite, UserMaxAge |", "PostgreSQL"},
	}
	for _, c := range candidates {
		lines["algorithms"] = append(lines["algorithms"], c.label())
	}
	for _, c := range refusers {
		lines["refused"] = append(lines["refused"], c.label())
	}
	for _, r := range refusals {
		lines["refused"] = append(lines["refused"], r.name)
	}
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	stale := regexp.MustCompile(`(?ms)^(<!-- table: [^\n]*\n).*?^(<!-- end -->)`).ReplaceAllString(string(readme), "${1}| stale |\n${2}")
	require.Contains(t, stale, "| stale |")
	plan := short
	plan.page = filepath.Join(t.TempDir(), "README.md")
	require.NoError(t, os.WriteFile(plan.page, []byte(stale), 0o600))
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, plan.report(&out, []string{name}, true))
			for _, line := range lines[name] {
				assert.Contains(t, out.String(), line)
			}
		})
	}
	fresh, err := os.ReadFile(plan.page)
	require.NoError(t, err)
	assert.NotContains(t, string(fresh), "| stale |")
}

// TestForms: a table for the terminal has the same lines as one in Markdown.
func TestForms(t *testing.T) {
	one := &table{title: "title", columns: []string{"", "figure"}, notes: []string{"note"}}
	one.add("a|b", "1.00")
	for markdown, want := range map[bool]string{
		false: "title\n\n       figure\n  a|b  1.00\n\n  - note\n\n",
		true:  "## title\n\n|  | figure |\n|---|---|\n| a\\|b | 1.00 |\n\n- note\n\n",
	} {
		var out strings.Builder
		require.NoError(t, one.write(&out, markdown))
		assert.Equal(t, want, out.String())
	}
}

// TestTableThatIsNone is refused by name.
func TestTableThatIsNone(t *testing.T) {
	require.ErrorIs(t, short.report(&strings.Builder{}, []string{"speed"}, false), errNoTable)
}
