package hints_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

var now = time.Unix(1_800_000_000, 0)

// object parses the JSON text of a token's part.
func object(t *testing.T, text string) strictjson.Object {
	t.Helper()
	o, err := strictjson.ParseText(text, strictjson.Limits{})
	require.NoError(t, err)
	return o
}

// codes returns the codes of the hints about one fault.
func codes(c *hints.Case) []string {
	var out []string
	for _, h := range hints.For(c) {
		out = append(out, h.Code)
	}
	return out
}

// rule is a case that one rule recognises, and a near miss.
type rule struct {
	code       string
	seen, near hints.Case
	tokens     [2]string // the claims of seen and near
}

func runRules(t *testing.T, rules map[string]rule) {
	t.Helper()
	for name, r := range rules {
		t.Run(name, func(t *testing.T) {
			for i, c := range []*hints.Case{&r.seen, &r.near} {
				c.Now = now
				if r.tokens[i] != "" {
					c.Claims = object(t, r.tokens[i])
				}
			}
			require.Contains(t, codes(&r.seen), r.code)
			require.NotContains(t, codes(&r.near), r.code)
		})
	}
}
