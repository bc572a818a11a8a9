package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/knownbearer/knownbearer/internal/test/needed"
	"github.com/stretchr/testify/require"
)

func settings() []setting {
	var out []setting
	for _, g := range new(options).groups() {
		out = append(out, g.settings...)
	}
	return out
}

func TestHelpNamesEveryFlagWithin100Columns(t *testing.T) {
	got := runWith(t, "", "-h")
	require.Equal(t, accepted, got.status)
	require.Empty(t, got.err)
	for _, line := range strings.Split(got.out, "\n") {
		require.LessOrEqual(t, len(line), maxColumn, line)
	}
	for _, f := range settings() {
		require.Contains(t, got.out, "\n  -"+f.name)
	}
	for _, g := range new(options).groups() {
		require.Contains(t, got.out, "\n"+g.title+"\n")
	}
}

func TestEveryFlagIsParsed(t *testing.T) {
	f := new(options).flagSet()
	for _, s := range settings() {
		require.NotNil(t, f.Lookup(s.name), s.name)
	}
}

// complete returns what bash offers for the last word.
func completions(t *testing.T, words ...string) []string {
	t.Helper()
	shell := needed.Program(t, "bash", "bash")
	script := runWith(t, "", "-completion", "bash")
	require.Equal(t, accepted, script.status)
	const ask = "\nCOMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _explain; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
	cmd := exec.CommandContext(t.Context(), shell, append([]string{"--norc", "-c", script.out + ask, "bash"}, words...)...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.Fields(string(out))
}

func TestBashCompletes(t *testing.T) {
	require.Equal(t, []string{"-introspect", "-introspect-jwts", "-introspection-url"}, completions(t, "explain", "-intro"))
	require.Equal(t, []string{"client_secret_basic", "client_secret_post", "client_secret_jwt"}, completions(t, "explain", "-auth", "client_s"))
	require.Equal(t, []string{"bash", "zsh", "fish"}, completions(t, "explain", "-completion", ""))
	require.Equal(t, []string{"/dev/null"}, completions(t, "explain", "-file", "/dev/nul"))
	require.Equal(t, []string{"/dev"}, completions(t, "explain", "-key-dir", "/dev"))
	require.Empty(t, completions(t, "explain", "-issuer", ""))
	require.Len(t, completions(t, "explain", "-issuer", "https://login.example.com", ""), len(settings()))
}

func TestOtherShellsReadTheirScript(t *testing.T) {
	for _, shell := range []string{"zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			script := runWith(t, "", "-completion", shell)
			require.Equal(t, accepted, script.status)
			for _, s := range settings() {
				require.Contains(t, script.out, s.name)
			}
			path := needed.Program(t, shell, shell)
			out, err := exec.CommandContext(t.Context(), path, "-n", writeFile(t, "script", script.out)).CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
	require.Equal(t, usage, runWith(t, "", "-completion", "tcsh").status)
}
