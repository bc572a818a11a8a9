package readme_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/test/readme"
)

const fence = "```"

// written writes a file below a new folder and returns the folder.
func written(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	return dir
}

func TestBlocksAreThoseOfTheSource(t *testing.T) {
	dir := written(
		t, "a.go",
		"// Package a is one.\npackage a\n\nvar pair = []int{\n\t1,\n}\n\nfunc twice(n int) int {\n\tif n > 0 {\n\t\tn *= 2\n\t}\n\treturn n\n}\n",
	)
	sources, err := readme.NewSources(dir, "*.go")
	require.NoError(t, err)
	p := &readme.Pages{Go: sources}
	for mark, code := range map[string]string{
		"twice":      "if n > 0 {\n\tn *= 2\n}\nreturn n",
		"func twice": "func twice(n int) int {\n\tif n > 0 {\n\t\tn *= 2\n\t}\n\treturn n\n}",
		"pair":       "[]int{\n\t1,\n}",
		"file a.go":  "package a\n\nvar pair = []int{\n\t1,\n}\n\nfunc twice(n int) int {\n\tif n > 0 {\n\t\tn *= 2\n\t}\n\treturn n\n}",
	} {
		t.Run(mark, func(t *testing.T) {
			head := "text\n<!-- go: " + mark + " -->\n" + fence + "go\n"
			got, err := p.Render(head + "old\n" + fence + "\nmore\n")
			require.NoError(t, err)
			want := head + code + "\n" + fence + "\nmore\n"
			require.Equal(t, want, got)
			again, err := p.Render(want)
			require.NoError(t, err)
			require.Equal(t, want, again)
		})
	}
	for name, page := range map[string]string{
		"unknown":  "<!-- go: thrice -->\n" + fence + "go\n" + fence + "\n",
		"no file":  "<!-- go: file b.go -->\n" + fence + "go\n" + fence + "\n",
		"unmarked": fence + "go\nx()\n" + fence + "\n",
		"open":     "<!-- go: twice -->\n" + fence + "go\nx()\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.Render(page)
			require.Error(t, err)
		})
	}
}

func TestNameStandsForOneDeclaration(t *testing.T) {
	dir := written(t, "a.go", "package a\n\nfunc one() {}\n")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.go"), []byte("package a\n\nfunc one() {}\n"), 0o600))
	_, err := readme.NewSources(dir, "*.go")
	require.Error(t, err)
}

func TestOutputThatOnlyVariesIsKept(t *testing.T) {
	said := "time=2026-01-01T00:00:00Z reason=expired duration_ms=1µs\n"
	p := &readme.Pages{Outputs: map[string]func() (string, error){
		"record": func() (string, error) { return said, nil },
		"broken": func() (string, error) { return "", errors.ErrUnsupported },
	}}
	page := "<!-- output: record -->\n" + fence + "text\ntime=2025-06-01T00:00:00Z reason=expired\n  duration_ms=2ms\n" + fence + "\n"
	got, err := p.Render(page)
	require.NoError(t, err)
	require.Equal(t, page, got)
	said = "time=2026-01-01T00:00:00Z reason=wrong_audience duration_ms=1µs\n"
	got, err = p.Render(page)
	require.NoError(t, err)
	require.Contains(t, got, "wrong_audience")
	require.NotContains(t, got, "expired")
	_, err = p.Render("<!-- output: broken -->\n" + fence + "text\n" + fence + "\n")
	require.ErrorIs(t, err, errors.ErrUnsupported)
}

func TestTableIsWritten(t *testing.T) {
	dir := written(t, "a.md", "a\n<!-- table: figures -->\n| old |\n<!-- end -->\nb\n")
	page := filepath.Join(dir, "a.md")
	require.NoError(t, readme.WriteTable(page, "figures", "| new |\n|---|\n"))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, "a\n<!-- table: figures -->\n| new |\n|---|\n<!-- end -->\nb\n", string(text))
	require.ErrorIs(t, readme.WriteTable(page, "others", ""), readme.ErrNoTable)
}

func TestDeadLinksAreFound(t *testing.T) {
	for text, good := range map[string]bool{
		"[a](#one-two)":                 true,
		"[a](a.md#one-two)":             true,
		"[a](https://example.com/x#y)":  true,
		"`f[T](x)`":                     true,
		"[a](#three)":                   false,
		"[a](b.md)":                     false,
		"[a](a.md#three)":               false,
		fence + "\n[a](b.md)\n" + fence: true,
		fence + "\n# Three\n" + fence + "\n[a](#three)": false,
	} {
		t.Run(text, func(t *testing.T) {
			dir := written(t, "a.md", "# One, two\n\n"+text+"\n")
			err := readme.CheckLinks(filepath.Join(dir, "a.md"))
			require.Equal(t, good, err == nil, "%v", err)
		})
	}
}

// A field that is renamed or moved into a group is found in prose, where the compiler does not look.
func TestNamesThatAreGoneAreFound(t *testing.T) {
	dir := written(t, "a.go", `package oidcauth

type Issuer struct {
	URL    string
	Claims Claims
}

type Claims struct{ User string }

type Authenticator struct{}

func (a *Authenticator) Check() {}

func New() {}
`)
	names, err := readme.NewNames(dir, ".")
	require.NoError(t, err)
	for text, good := range map[string]bool{
		"`Issuer.URL`":           true,
		"Issuer.Claims.User":     true,
		"oidcauth.Issuer.URL":    true,
		"`auth.Check(r)`":        true,
		"oidcauth.New(":          true,
		"other.Config.Gone":      true,
		"other.Issuer.Gone":      true,
		"Issuer.Search":          false,
		"Issuer.Claims.Person":   false,
		"oidcauth.Issuer.Search": false,
		"`auth.Gone(r)`":         false,
		"oidcauth.Gone":          false,
	} {
		t.Run(text, func(t *testing.T) {
			page := filepath.Join(written(t, "a.md", "See "+text+".\n"), "a.md")
			err := names.Check(page)
			require.Equal(t, good, err == nil, "%v", err)
		})
	}
}
