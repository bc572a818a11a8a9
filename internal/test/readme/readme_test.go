package readme_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/logschema"
	"github.com/knownbearer/knownbearer/internal/test/readme"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

var update = flag.Bool("update", false, "write code blocks, tables and output into the pages again")

// pages are all of this module; .github/MIGRATION.md shows other libraries, and is tested where those are dependencies.
var pages = []string{
	"README.md", "oidcauth/README.md", "oidcauth/oidctest/README.md", "usermap/README.md", "certsource/README.md", "examples/README.md",
	"examples/providers/README.md", "examples/explain/README.md", "internal/test/bench/README.md", "internal/test/interop/README.md", ".github/CONTRIBUTING.md",
	".github/SECURITY.md", ".github/CHANGELOG.md", "oidcauth/grpcauth/README.md", "oidcauth/mcpauth/README.md",
	"oidcauth/promauth/README.md", "oidcauth/settings/README.md", "examples/metrics/README.md", "examples/service/README.md", "examples/login/README.md", "oidcauth/otelauth/README.md",
	"oidcauth/login/README.md",
}

// shown are the files whose functions and variables the pages show.
var shown = []string{
	"internal/test/readme/blocks_test.go", "internal/test/readme/downstream_test.go", "internal/test/readme/possession_test.go", "internal/test/readme/testing_test.go", "internal/test/readme/login_test.go", "internal/test/readme/testing_login_test.go", "internal/test/readme/providers.go", "examples/frameworks/chi/readme_test.go",
	"examples/events/clock.go", "examples/frameworks/websocket/echo.go",
	"oidcauth/grpcauth/example_test.go", "oidcauth/mcpauth/example_test.go", "oidcauth/promauth/example_test.go", "oidcauth/otelauth/example_test.go", "oidcauth/login/example_test.go",
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := readme.Root()
	require.NoError(t, err)
	return dir
}

func text(t *testing.T, page string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root(t), page))
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
	return "See the hints below."
}

func hintTable() string {
	var b strings.Builder
	b.WriteString("| hint | cause | fix |\n|---|---|---|\n")
	mendable := hints.Mendable()
	for _, r := range hints.Rules() {
		if r.General {
			continue // the table of reasons has them
		}
		code := r.Code
		if r.Explained {
			code += " *"
		}
		if slices.Contains(mendable, r.Code) {
			code += " †"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code, r.Cause, r.Fix)
	}
	return b.String()
}

func logTable() string {
	var b strings.Builder
	b.WriteString("| field | type | in records of | meaning |\n|---|---|---|---|\n")
	for _, f := range logschema.Fields {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", f.Name, f.Type, f.Records, f.Meaning)
	}
	return b.String()
}

var errOutput = errors.New("quickstart prints no table and record")

// quickstart runs the program once, and cuts its output into the table of requests and the record of a refusal.
func quickstart(dir string) func() ([2]string, error) {
	return sync.OnceValues(func() (parts [2]string, err error) {
		command := exec.Command("go", "run", "-buildvcs=false", "./examples/quickstart", "-once")
		command.Dir = dir
		var errs bytes.Buffer
		command.Stderr = &errs
		out, err := command.Output()
		if err != nil {
			return parts, fmt.Errorf("%w: %s", err, &errs)
		}
		requests, rest, ok := strings.Cut(string(out), "\n\n")
		_, record, found := strings.Cut(rest, "record:\n")
		if !ok || !found {
			return parts, errOutput
		}
		return [2]string{requests, record}, nil
	})
}

// The command explain renders its page itself, because a main package cannot be imported.
func TestPageOfExplain(t *testing.T) {
	args := []string{"test", "-count=1", "-run", "^TestREADME$", "./examples/explain"}
	if *update {
		args = append(args, "-update")
	}
	command := exec.Command("go", args...)
	command.Dir = root(t)
	out, err := command.CombinedOutput()
	require.NoError(t, err, "run go test ./internal/test/readme -update\n%s", out)
}

// What the pages mark is what the code says, so that neither can drift from the other.
func TestPages(t *testing.T) {
	dir := root(t)
	sources, err := readme.NewSources(dir, shown...)
	require.NoError(t, err)
	run := quickstart(dir)
	p := &readme.Pages{
		Go: sources,
		Tables: map[string]func() string{
			"reasons": reasonTable, "hints": hintTable, "login reasons": loginTable, "login hints": loginHintTable, "conformance": func() string { return readme.Conformance(dir) }, "log": logTable, "settings members": readme.SettingsMembers,
			"settings presets": func() string { return readme.SettingsPresets(dir) }, "settings example": func() string { return readme.SettingsExample(dir) },
		},
		Outputs: map[string]func() (string, error){
			"slips":    readme.SettingsSlips,
			"requests": func() (string, error) { parts, err := run(); return parts[0], err },
			"record":   func() (string, error) { parts, err := run(); return parts[1], err },
		},
	}
	names, err := readme.NewNames(dir, readme.Folders...)
	require.NoError(t, err)
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			have := text(t, page)
			want, err := p.Render(have)
			require.NoError(t, err)
			if *update {
				require.NoError(t, os.WriteFile(filepath.Join(dir, page), []byte(want), 0o600))
				return
			}
			require.True(t, want == have, "run go test ./internal/test/readme -update")
			require.NoError(t, readme.CheckLinks(filepath.Join(dir, page)))
			require.NoError(t, names.Check(filepath.Join(dir, page)))
		})
	}
}

// Every page of the repository is tested here or where its dependencies are.
func TestEveryPageIsTested(t *testing.T) {
	dir := root(t)
	known := map[string]bool{".github/MIGRATION.md": true, "internal/test/interop/testdata/README.md": true}
	for _, page := range pages {
		known[page] = true
	}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if entry.IsDir() && entry.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".md" {
			return err
		}
		name, err := filepath.Rel(dir, path)
		require.True(t, known[filepath.ToSlash(name)], name)
		return err
	})
	require.NoError(t, err)
}

// The first page fits the patience of its reader.
func TestFirstPageIsShort(t *testing.T) {
	page := text(t, "README.md")
	require.LessOrEqual(t, strings.Count(page, "\n"), 170)
	_, program, ok := strings.Cut(page, "```go\n")
	require.True(t, ok)
	program, _, _ = strings.Cut(program, "```")
	require.LessOrEqual(t, strings.Count(program, "\n"), 35)
	picture := strings.Index(page, "```mermaid")
	require.Positive(t, picture)
	require.LessOrEqual(t, strings.Count(page[:picture], "\n"), 60, "the picture is in the first two screens")
}
