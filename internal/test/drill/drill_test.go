package drill_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// leastNamed is how many of the drills must be named by the first line of each place.
const leastNamed = 38

func drills() []drill { return slices.Concat(microsoftDrills(), productDrills(), genericDrills()) }

func validRequests() []valid { return slices.Concat(microsoftValid(), productValid(), genericValid()) }

func TestDrillIsComplete(t *testing.T) {
	require.Len(t, drills(), 40)
	require.Len(t, validRequests(), 15)
	names := map[string]bool{}
	for _, d := range drills() {
		require.NotEmpty(t, d.story, d.name)
		require.NotEmpty(t, d.want, d.name)
		require.False(t, names[d.name], d.name)
		names[d.name] = true
	}
}

// The first line names the true cause in the tool, in the log record and on the page. The verbose output is the table.
func TestFirstLineNamesTheCause(t *testing.T) {
	tool, shared := builtTool(t), newWorld(t)
	named := map[string]int{}
	for _, d := range drills() {
		t.Run(d.name, func(t *testing.T) {
			w := shared
			if d.fault != nil {
				w = newWorld(t)
				w.p.Fail(d.fault.endpoint, d.fault.answer)
			}
			got := w.read(t, tool, d.service, w.send(t, d.token, d.target, d.request))
			require.Equal(t, 1, got.status, got.output)
			places := []struct {
				name  string
				lines []string
			}{{"tool", []string{got.tool}}, {"log", []string{got.log}}, {"page", []string{got.page, got.pasted}}}
			var verdicts []string
			for _, p := range places {
				if d.namedBy(p.lines) {
					named[p.name]++
					verdicts = append(verdicts, p.name)
				}
			}
			t.Logf("\n| %s | %s | %s | %s | %s | %s | %s |", d.name, d.story, got.tool, got.log, got.page, got.pasted, strings.Join(verdicts, ", "))
		})
	}
	t.Log("named:", named, "of", len(drills()))
	for _, place := range []string{"tool", "log", "page"} {
		require.GreaterOrEqual(t, named[place], leastNamed, place)
	}
}

func TestValidRequestsGetNoHint(t *testing.T) {
	tool, w := builtTool(t), newWorld(t)
	for _, v := range validRequests() {
		t.Run(v.name, func(t *testing.T) {
			got := w.read(t, tool, v.service, w.send(t, v.token, "", v.request))
			require.Zero(t, got.status, got.output)
			require.Empty(t, got.log)
			require.Empty(t, got.hints)
			require.NotContains(t, got.output, "\n  fix ")
			t.Logf("\n| %s | %s |", v.name, got.tool)
		})
	}
}

// namedBy reports whether each of the lines names the cause. An empty line does not count, but one line must not be empty.
func (d drill) namedBy(lines []string) bool {
	if lines[0] == "" {
		return false
	}
	for _, line := range lines {
		for _, alternatives := range d.want {
			if line != "" && !slices.ContainsFunc(alternatives, func(word string) bool { return hasWord(line, word) }) {
				return false
			}
		}
	}
	return true
}

// hasWord reports whether a word of the line begins with word. A word of at most three letters must be a whole one, or its plural.
func hasWord(line, word string) bool {
	pattern := regexp.QuoteMeta(word)
	if first := word[0]; first != '{' && first != '/' {
		pattern = `\b` + pattern
	}
	if len(word) <= 3 {
		pattern += `s?\b`
	}
	return regexp.MustCompile(`(?i)` + pattern).MatchString(strings.TrimSpace(line))
}
