package readme_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var update = flag.Bool("update", false, "write the tables into README.md")

const file = "../../README.md"

func text(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

func reasonTable() string {
	var b strings.Builder
	b.WriteString("| reason | status | meaning | what to do |\n|---|---|---|---|\n")
	for _, r := range reason.All() {
		fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", r, r.Status(), r.Meaning(), fix(string(r)))
	}
	return b.String()
}

// fix is that of the reason's general hint; a reason without one has special hints for every case.
func fix(reason string) string {
	for _, r := range hints.Rules() {
		if r.General && r.Code == reason {
			return r.Fix
		}
	}
	return "see the hints below"
}

func hintTable() string {
	var b strings.Builder
	b.WriteString("| hint | cause | fix |\n|---|---|---|\n")
	for _, r := range hints.Rules() {
		if r.General {
			continue // the table of reasons has them
		}
		if r.Explained {
			r.Code += " *"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Code, r.Cause, r.Fix)
	}
	return b.String()
}

// The tables are the code's, so that neither can drift from the other.
func TestTables(t *testing.T) {
	readme := text(t)
	for name, table := range map[string]string{"reasons": reasonTable(), "hints": hintTable()} {
		begin, end := "<!-- table of "+name+" -->\n", "<!-- end -->"
		before, rest, ok := strings.Cut(readme, begin)
		require.True(t, ok, name)
		have, after, ok := strings.Cut(rest, end)
		require.True(t, ok, name)
		if *update {
			readme = before + begin + table + end + after
			continue
		}
		require.True(t, table == have, "run go test ./internal/readme -update")
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(readme), 0o600))
	}
}

var block = regexp.MustCompile("(?s)```go\n(.*?)```")

// Every block of code stands in this package too, where it is compiled.
func TestBlocksAreCompiled(t *testing.T) {
	var compiled strings.Builder
	paths, err := filepath.Glob("*.go")
	require.NoError(t, err)
	more, err := filepath.Glob("../../examples/frameworks/*/readme_test.go") // what needs a router
	require.NoError(t, err)
	paths = append(paths, more...)
	for _, p := range paths {
		data, err := os.ReadFile(p)
		require.NoError(t, err)
		compiled.WriteString(flat(string(data)))
	}
	blocks := block.FindAllStringSubmatch(text(t), -1)
	require.Greater(t, len(blocks), 10)
	for _, b := range blocks {
		require.Contains(t, compiled.String(), flat(b[1]))
	}
}

// flat leaves indentation and alignment out, which differ between a block and a function.
func flat(code string) string {
	var b strings.Builder
	for _, line := range strings.Split(code, "\n") {
		if words := strings.Fields(line); len(words) > 0 {
			b.WriteString(strings.Join(words, " ") + "\n")
		}
	}
	return b.String()
}

// The first block is what a reader sees first.
func TestFirstBlockIsShort(t *testing.T) {
	first := block.FindStringSubmatch(text(t))
	require.LessOrEqual(t, strings.Count(first[1], "\n"), 20)
}
