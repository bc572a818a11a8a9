// Package needed ends tests for which the machine lacks something. They are skipped or, if the environment says KNOWNBEARER_REQUIRE=1,
// they fail.
package needed

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// Required reports whether a test must fail instead of being skipped.
func Required() bool { return os.Getenv("KNOWNBEARER_REQUIRE") == "1" }

// Missing ends the test because of what the machine lacks.
func Missing(tb testing.TB, lack error) {
	tb.Helper()
	if Required() {
		tb.Fatal(lack)
	}
	tb.Skip(lack)
}

// Program returns the path of a program. If the machine lacks it, Program ends the test and names the package of Debian. A server is
// also found where Debian installs it, which is not on the PATH of every user.
func Program(tb testing.TB, name, pkg string) string {
	tb.Helper()
	for _, at := range []string{name, "/usr/sbin/" + name} {
		if path, err := exec.LookPath(at); err == nil {
			return path
		}
	}
	Missing(tb, fmt.Errorf("%s is not installed: apt-get install %s", name, pkg))
	return ""
}
