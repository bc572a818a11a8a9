package oidcauth_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var testName = regexp.MustCompile(`\bTest[A-Z]\w+`)

// Every test that the documentation names exists.
func TestThreatsAndLimitsNameTestsThatExist(t *testing.T) {
	exist := map[string]bool{}
	root := os.DirFS("..")
	require.NoError(t, fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			exist[string(m[1])] = true
		}
		return err
	}))
	for _, file := range []string{"limits.go", "threats.go", "rfc8725.go", "login/README.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		names := testName.FindAllString(strings.ReplaceAll(string(text), "oidctest.Test", ""), -1) // without functions of package oidctest
		require.Greater(t, len(names), 20)
		for _, name := range names {
			require.True(t, exist[name], "%s names %s", file, name)
		}
	}
}
